"""Sample, scrutinize and scale: whom to verify on, whom to compare (Zhao et al. 2025, arXiv 2502.01839)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike


def prune(scores: ArrayLike, labels: Sequence[int], *, least: float = 0.2, each: int = 15) -> list[int]:
    """Return the candidates worth the rest of the verdicts after a few preliminary ones, in index order.

    Dropped are mean verdicts below `least` and all but the `each` highest of every answer (`labels` [n]; ties to the
    earlier). Candidates without a verdict (nan) stay out. If nothing reaches `least`, the highest stay in.
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


def best_group(scores: ArrayLike, margin: float = 0.05) -> list[int]:
    """Return S_best, the candidates whose mean verdict is within `margin` of the highest, best first."""
    values = np.asarray(scores, dtype=float)
    _check(values, range(values.size))
    order = np.argsort(-values, kind="stable").tolist()
    return [i for i in order if values[i] >= np.nanmax(values) - margin - 1e-12]


def matches(group: Sequence[int], labels: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs to compare: a round robin of the group, none if all its answers are equal.

    Only the group plays. (A public re-implementation lets all candidates play, which is a full round robin.) Pairs of
    equal answers are left out: whichever wins, the answer is the same.
    """
    return [(a, b) for a, b in combinations(group, 2) if labels[a] != labels[b]]


def champion(group: Sequence[int], pairs: Sequence[tuple[int, int]], first_wins: Sequence[float]) -> int:
    """Return the member of the group (best verdict first) that won most matches; ties go to the better verdict.

    `first_wins` [pairs] is the share of a pair's repeated comparisons that the first won; over one half wins the
    match, one half is half a match for each.
    """
    won = dict.fromkeys(group, 0.0)
    for (a, b), share in zip(pairs, first_wins, strict=True):
        point = 0.5 if share == 0.5 else float(share > 0.5)
        won[a], won[b] = won[a] + point, won[b] + 1 - point
    return max(group, key=won.__getitem__)


def _check(values: np.ndarray, labels: Sequence[int]) -> None:
    if values.shape != (len(labels),) or np.isnan(values).all():
        raise ValueError(f"scores must be one number a candidate, at least one not nan, got {values.tolist()}")
