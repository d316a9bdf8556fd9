"""League of candidates and elimination by confidence bounds (Chen et al. 2024, arXiv 2411.19477).

A league does not need a transitive judge: one lost match costs one match, not the tournament.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def league_pairs(n: int, opponents: int | None = None) -> list[tuple[int, int]]:
    """Return the matches of the circular design: i meets (i + j) mod n for j = 1..opponents (default n - 1).

    Every candidate plays 2 · opponents matches, half of them listed first; with n - 1 opponents each pair meets twice,
    once in each order.
    """
    if n < 1:
        raise ValueError(f"n must be >= 1 candidate, got {n}")
    opponents = n - 1 if opponents is None else opponents
    if not min(1, n - 1) <= opponents <= n - 1:
        raise ValueError(f"opponents must be between 1 and n - 1 = {n - 1}, got {opponents}")
    return [(i, (i + j) % n) for j in range(1, opponents + 1) for i in range(n)]


def league_table(n: int, pairs: Sequence[tuple[int, int]], first_points: ArrayLike) -> NDArray[np.float64]:
    """Return the mean points a match [n] of each candidate, nan without a match.

    Args:
        n: Candidates.
        pairs: [matches] the two candidates of each match.
        first_points: [matches] the share in [0, 1] of a match's points that went to the candidate listed first.
    """
    points = np.asarray(first_points, dtype=float)
    if points.shape != (len(pairs),) or np.any((points < 0) | (points > 1)):
        raise ValueError(f"first_points must be {len(pairs)} shares in [0, 1], got {points.tolist()}")
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    games = np.bincount(first, minlength=n) + np.bincount(second, minlength=n)
    won = np.bincount(first, points, n) + np.bincount(second, 1 - points, n)
    rates: NDArray[np.float64] = np.divide(won, games, out=np.full(n, np.nan), where=games > 0)
    return rates


def leader(rates: ArrayLike, rng: np.random.Generator | None = None) -> int:
    """Return the index of the highest rate (nan never leads); ties: the first, or a fair draw with an `rng`."""
    rates = np.asarray(rates, dtype=float)
    if np.isnan(rates).all():
        raise ValueError("rates has no number in it: play at least one match")
    tied = np.flatnonzero(rates >= np.nanmax(rates) - 1e-12)
    return int(tied[0] if rng is None else rng.choice(tied))
