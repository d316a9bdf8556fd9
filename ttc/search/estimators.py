"""Estimators of accuracy from a pool of candidates, and closed forms of what voting and selection can reach."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import ArrayLike


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Return the chance that k candidates drawn from a pool without replacement hold a right one.

    1 - C(n - c, k)/C(n, k), unbiased for 1 - (1 - p)^k (Chen et al. 2021, arXiv 2107.03374).

    Args:
        n: Candidates of the pool.
        correct: Right ones among them, c.
        k: Candidates drawn, 1 to n.
    """
    if not 0 <= correct <= n:
        raise ValueError(f"correct must be between 0 and n = {n}, got {correct}")
    _check_k(k, n)
    return 1 - comb(n - correct, k) / comb(n, k)


def best_of_k(scores: ArrayLike, values: ArrayLike, k: int) -> float:
    """Return the expected value of the highest-scored of k candidates drawn without replacement from the pool.

    Of n in ascending order, the one of rank i is the best of a random k-subset with chance C(i-1, k-1)/C(n, k).
    Candidates of equal score share the chance of their ranks.

    Args:
        scores: [n] what selects.
        values: [n] what the selected one is worth (1 = right).
        k: Candidates drawn, 1 to n.
    """
    scores, values = np.asarray(scores, dtype=float), np.asarray(values, dtype=float)
    if scores.shape != values.shape or scores.ndim != 1 or np.isnan(scores).any():
        raise ValueError(f"scores and values must be two lists of n numbers without nan, got {scores} and {values}")
    n = scores.size
    _check_k(k, n)
    chance = np.array([comb(rank, k - 1) / comb(n, k) for rank in range(n)])
    order = np.argsort(scores, kind="stable")
    _, level = np.unique(scores[order], return_inverse=True)
    mean_value = np.bincount(level, values[order]) / np.bincount(level)
    return float(chance @ mean_value[level])


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and the {n} candidates of the pool, got {k}")
