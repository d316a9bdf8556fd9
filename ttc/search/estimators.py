"""Estimators of accuracy from a pool of candidates, and closed forms of what voting and selection can reach."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ttc.search.voting import ABSTAIN, expected_accuracy, majority


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Return the chance that k candidates drawn without replacement from n, `correct` of them right, hold a right one.

    1 - C(n - c, k)/C(n, k), unbiased for 1 - (1 - p)^k (Chen et al. 2021, arXiv 2107.03374).
    """
    if not 0 <= correct <= n:
        raise ValueError(f"correct must be between 0 and n = {n}, got {correct}")
    _check_k(k, n)
    return 1 - comb(n - correct, k) / comb(n, k)


def best_of_k(scores: ArrayLike, values: ArrayLike, k: int) -> float:
    """Return the expected value of the highest-scored of k candidates drawn without replacement from the pool.

    `scores` [n] select, `values` [n] are what the selected one is worth (1 = right). Of n in ascending order the one
    of rank i is the best of a random k-subset with chance C(i-1, k-1)/C(n, k); candidates of equal score share the
    chance of their ranks.
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


def majority_at_k(
    labels: Sequence[int], correct: int, k: int, rng: np.random.Generator, *, subsets: int = 1000
) -> float:
    """Return the expected accuracy of a majority vote over k of the n candidates, ties broken by a fair draw.

    Exact for k = 1 and k = n; else the mean over `subsets` random k-subsets, so its standard error is below
    1/(2 sqrt(subsets)). If all of a subset abstain, the vote is wrong.
    """
    _check_k(k, len(labels))
    pool = np.asarray(labels, dtype=int)
    if k == 1:
        return float(np.mean(pool == correct)) if correct != ABSTAIN else 0.0
    draws = [pool] if k == pool.size else [rng.choice(pool, k, replace=False) for _ in range(subsets)]
    return float(np.mean([expected_accuracy(majority(draw.tolist()), correct) for draw in draws]))


def coverage(p: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return 1 - (1 - p)^n: the chance that one of n is right, which a perfect verifier turns into accuracy."""
    found: NDArray[np.float64] = -np.expm1(n * np.log1p(-np.asarray(p, dtype=float)))
    return found


def discrimination(scores: ArrayLike, right: Sequence[bool]) -> float:
    """Return P(a right candidate scores above a wrong one) within one problem, ties one half; nan without such a pair.

    Averaged over problems this is the within-question discrimination that decides whether weighing votes by the score
    helps; calibration across problems does not (arXiv 2502.06233).
    """
    values, truth = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    above = values[truth & ~np.isnan(values)][:, None] - values[~truth & ~np.isnan(values)]
    return float(np.mean((np.sign(above) + 1) / 2)) if above.size else float("nan")


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and the {n} candidates of the pool, got {k}")
