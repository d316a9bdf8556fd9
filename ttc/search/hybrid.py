"""Select by one criterion after the other (hybrid verifier of R2E-Gym; Jain et al. 2025, arXiv 2504.07164).

Each stage looks only at the candidates that the stages before it left over, e.g. the hybrid of execution and judgement:

    select(n, [TopFraction(judged, 0.5, least=3), Highest(regression), Highest(generated), Highest(judged)])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Protocol


class Stage(Protocol):
    """Narrows a set of candidates."""

    def keep(self, candidates: Sequence[int]) -> list[int]:
        """Return those of `candidates` that go on, in the same order, at least one."""
        ...


@dataclass(frozen=True, slots=True)
class TopFraction:
    """Keep the best max(least, floor(fraction · size)) by `scores` [n], and all that tie with the last of them.

    Keeping ties makes the result independent of the order of candidates. nan ranks last.
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


@dataclass(frozen=True, slots=True)
class Highest:
    """Keep the candidates whose score [n] is the highest; nan ranks last."""

    scores: Sequence[float]

    def keep(self, candidates: Sequence[int]) -> list[int]:
        """Keep the maximum and its ties."""
        best = max(_last(self.scores[i]) for i in candidates)
        return [i for i in candidates if _last(self.scores[i]) == best]


def select(n: int, stages: Sequence[Stage]) -> list[int]:
    """Return the candidates 0..n-1 that all stages leave over, in index order: more than one where they tie."""
    if n < 1:
        raise ValueError(f"n must be >= 1 candidate, got {n}")
    left = list(range(n))
    for stage in stages:
        left = stage.keep(left)
    return left


def _last(score: float) -> float:
    """Rank a candidate that could not be judged behind all others."""
    return float("-inf") if isnan(score) else score
