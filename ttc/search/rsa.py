"""Recursive self-aggregation: a population of candidates, each next one written from k of the present ones.

Recursive Self-Aggregation, 2025 (arXiv 2509.26626). Loop 0 draws the population plainly.
"""

from __future__ import annotations

import numpy as np


def subsets(population: int, k: int, n: int, rng: np.random.Generator) -> list[list[int]]:
    """Return the candidates of n prompts: each k different indices below `population`, drawn without replacement.

    Args:
        population: Members that there are.
        k: Members that a prompt shows, 1 to `population`.
        n: Prompts.
        rng: Draws the members.
    """
    if not 1 <= k <= population:
        raise ValueError(f"k must be between 1 and the population of {population}, got {k}")
    return [[int(i) for i in rng.choice(population, k, replace=False)] for _ in range(n)]
