"""Select by one criterion after the other (hybrid verifier of R2E-Gym; Jain et al. 2025, arXiv 2504.07164)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan


@dataclass(frozen=True, slots=True)
class TopFraction:
    """Keep the best max(least, floor(fraction · size)) candidates, and all that tie with the last of them.

    Keeping ties makes the result independent of the order of candidates.

    Args:
        scores: [n]; nan ranks last.
        fraction: In (0, 1].
        least: At least so many are kept.
    """

    scores: Sequence[float]
    fraction: float = 0.5
    least: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1 or self.least < 1:
            raise ValueError(f"fraction must be in (0, 1] and least >= 1, got {self.fraction} and {self.least}")

    def keep(self, candidates: Sequence[int]) -> list[int]:
        """Keep the top."""
        size = min(max(self.least, int(self.fraction * len(candidates))), len(candidates))
        bar = sorted((_last(self.scores[i]) for i in candidates), reverse=True)[size - 1]
        return [i for i in candidates if _last(self.scores[i]) >= bar]


def _last(score: float) -> float:
    """Rank a candidate that could not be judged behind all others."""
    return float("-inf") if isnan(score) else score
