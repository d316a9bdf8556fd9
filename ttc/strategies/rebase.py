"""REBASE: a reward-balanced tree, where better partial solutions get more children and none is starved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ttc.errors import check_range
from ttc.search.rebase import Paths, rebase
from ttc.strategies.tree_search import TreeSearch


@dataclass(frozen=True)
class Rebase(TreeSearch):
    """Share the width by softmax(score / `temperature`), rounded up from the best candidate downwards.

    The published runs draw steps of at most 256 tokens at sampling temperature 1, and at most 1,024 in all.
    """

    temperature: float = 0.2

    paper: ClassVar[str] = "Wu et al. 2024, arXiv 2408.00724"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("(0, inf]", "0.2 is the published setting", temperature=self.temperature)

    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each."""
        return rebase(scores, width, temperature=self.temperature)
