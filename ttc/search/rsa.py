"""Recursive self-aggregation: a population of candidates, each next one written from k of the present ones.

Recursive Self-Aggregation, 2025 (arXiv 2509.26626). Loop 0 draws the population plainly. The laws below say how the
share p of right candidates moves for two idealised aggregators.
"""

from __future__ import annotations

from math import comb

import numpy as np


def subsets(population: int, k: int, n: int, rng: np.random.Generator) -> list[list[int]]:
    """Return n prompts' candidates: each k different indices below `population`, drawn without replacement."""
    if not 1 <= k <= population:
        raise ValueError(f"k must be between 1 and the population of {population}, got {k}")
    return [[int(i) for i in rng.choice(population, k, replace=False)] for _ in range(n)]


def copy_majority(right: int, population: int, k: int) -> float:
    """Return the chance that most of k members drawn without replacement are right (a tie counts one half).

    The next share of right members if the aggregator copies the majority of what it is shown: hypergeometric. 0 and 1
    are fixed points, and above one half the share grows, below it shrinks.
    """
    _check(right, population, k)
    ways = [comb(right, i) * comb(population - right, k - i) for i in range(k + 1)]
    twice_better = 2 * sum(ways[k // 2 + 1 :]) + (ways[k // 2] if k % 2 == 0 else 0)
    return twice_better / (2 * comb(population, k))  # whole numbers: their floats would overflow


def pick_right(right: int, population: int, k: int) -> float:
    """Return the chance that one of k members drawn without replacement is right.

    The next share if the aggregator finds any right member it is shown; 1 - (1 - p)^k in a large population.
    """
    _check(right, population, k)
    return 1 - comb(population - right, k) / comb(population, k)


def _check(right: int, population: int, k: int) -> None:
    if not (0 <= right <= population and 1 <= k <= population):
        raise ValueError(f"right must be in 0..{population} and k in 1..{population}, got {right} and {k}")
