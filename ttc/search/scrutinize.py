"""Sample, scrutinize and scale: whom to verify on, whom to compare (Zhao et al. 2025, arXiv 2502.01839)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def prune(scores: ArrayLike, labels: Sequence[int], *, least: float = 0.2, each: int = 15) -> list[int]:
    """Return the candidates worth the rest of the verdicts after a few preliminary ones, in index order.

    If nothing reaches `least`, the highest stay in.

    Args:
        scores: [n] mean verdicts; candidates without one (nan) stay out.
        labels: [n] the answer group of each candidate.
        least: Candidates with a mean verdict below it are dropped.
        each: Of every answer only so many are kept, the highest; ties go to the earlier.
    """
    values = np.asarray(scores, dtype=float)
    _check(values, labels)
    bar = min(least, float(np.nanmax(values)))
    kept: list[int] = []
    seen: dict[int, int] = {}
    for i in np.argsort(-values, kind="stable").tolist():
        if values[i] >= bar and seen.get(labels[i], 0) < each:
            seen[labels[i]] = seen.get(labels[i], 0) + 1
            kept.append(i)
    return sorted(kept)


def _check(values: np.ndarray, labels: Sequence[int]) -> None:
    if values.shape != (len(labels),) or np.isnan(values).all():
        raise ValueError(f"scores must be one number a candidate, at least one not nan, got {values.tolist()}")
