"""Noise control for claims of adaptive compute: how much a choice made after seeing the outcomes flatters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HindsightBound:
    """Accuracies over problems, each in [0, 1]."""

    oracle: float  # each problem with the setting that happened to do best on it: no policy reaches this
    best_fixed: float  # the one setting that is best for all
    mean: float  # over settings


def hindsight_bound(scores: Sequence[Sequence[float]]) -> HindsightBound:
    """Compare scores[problem][setting] chosen in hindsight with what one setting achieves.

    On problems that are all alike the oracle still beats `best_fixed`, by noise alone. Frontiers that take, for each
    problem, the best of several settings (as Kinetics, 2025, arXiv:2506.05333, does) contain this gap; run a control.
    """
    if not scores or len({len(row) for row in scores}) != 1 or not scores[0]:
        raise ValueError("scores must have one row for each problem, all of the same positive length")
    columns = [sum(column) / len(scores) for column in zip(*scores, strict=True)]
    return HindsightBound(
        oracle=sum(max(row) for row in scores) / len(scores),
        best_fixed=max(columns),
        mean=sum(columns) / len(columns),
    )
