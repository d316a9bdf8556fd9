"""DVTS: several greedy tree searches side by side that never exchange candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ttc.errors import check_range
from ttc.search.rebase import Paths, dvts
from ttc.strategies.tree_search import TreeSearch


@dataclass(frozen=True)
class Dvts(TreeSearch):
    """Diverse verifier tree search: in each of the `subtrees`, the best candidate of a step gets all children.

    The published runs draw steps at sampling temperature 0.8.
    """

    subtrees: int | None = None
    """None = the root of n, rounded up."""

    paper: ClassVar[str] = "Beeching et al. 2024, huggingface/search-and-learn"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range(f"[1, {self.n}]", "1 to n, or be None", subtrees=self.subtrees)

    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each."""
        return dvts(scores, width, paths, subtrees=self.subtrees)
