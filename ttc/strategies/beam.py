"""Beam search over steps: only the best partial solutions go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ttc.errors import check_range
from ttc.search.rebase import Paths, beam
from ttc.strategies.tree_search import TreeSearch


@dataclass(frozen=True)
class Beam(TreeSearch):
    """Keep the `keep` best candidates of each step and share the width evenly among them."""

    keep: int | None = None
    """None = the root of the width, rounded up."""

    paper: ClassVar[str] = "Snell et al. 2024, arXiv 2408.03314"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("[1, inf)", "or None for the root of the width", keep=self.keep)

    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each."""
        return beam(scores, width, keep=self.keep)
