"""DVTS: several greedy tree searches side by side that never exchange candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ttc.search.rebase import Paths, dvts
from ttc.strategies.tree_search import TreeSearch


@dataclass(frozen=True)
class Dvts(TreeSearch):
    """Diverse verifier tree search: in each of the `subtrees`, the best candidate of a step gets all children."""

    subtrees: int | None = None
    """None = the root of n, rounded up."""

    paper: ClassVar[str] = "Beeching et al. 2024, huggingface/search-and-learn"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.subtrees is not None and not 1 <= self.subtrees <= self.n:
            raise ValueError(f"subtrees is {self.subtrees}; it must lie in [1, n = {self.n}], or be None")

    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each."""
        return dvts(scores, width, paths, subtrees=self.subtrees)
