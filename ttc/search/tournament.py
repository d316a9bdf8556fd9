"""Knockout tournament over candidates with a noisy pairwise judge (Chen et al. 2024, arXiv 2411.19477).

Pairs play `votes` comparisons, the one with more points advances, a tie is a fair coin. Let a candidate be right
with probability p_gen, and let a right one beat a wrong one in one comparison with probability p_comp > 1/2. Then
failure falls to zero as candidates and votes grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, lgamma, log, log1p, log2

import numpy as np


def seeding(n: int, rng: np.random.Generator) -> list[int]:
    """Return candidates 0..n-1 in the random order in which they enter the bracket (the theory wants random pairs)."""
    return [int(i) for i in rng.permutation(n)]


def pairing(field: Sequence[int]) -> tuple[list[tuple[int, int]], list[int]]:
    """Pair neighbours; with an odd field the last candidate has a bye.

    The next field is `[*bye, *winners]`: who had a bye stands first and cannot have the next one too.
    """
    pairs = list(zip(field[0::2], field[1::2], strict=False))
    return pairs, [field[-1]] if len(field) % 2 else []


def decided(first: float, second: float, left: int) -> bool:
    """Say whether further comparisons of one point each can no longer change who has more points.

    Args:
        first: Points of the first.
        second: Points of the second.
        left: Comparisons still to come.
    """
    return abs(first - second) > left


def pair_winner(first: float, second: float, rng: np.random.Generator) -> int:
    """Return 0 if the first has more points, 1 if the second has.

    Args:
        first: Points of the first.
        second: Points of the second.
        rng: A fair coin if they tie.
    """
    return int(rng.integers(2)) if first == second else int(second > first)


def pair_success(p_comp: float, votes: int) -> float:
    """Return P_K, the chance that a right candidate beats a wrong one in `votes` comparisons (0 votes: a coin)."""
    _check(p_comp, "p_comp")
    if p_comp in (0, 1):
        return float(p_comp) if votes else 0.5
    wins = [exp(_log_binomial(votes, k) + k * log(p_comp) + (votes - k) * log1p(-p_comp)) for k in range(votes + 1)]
    return sum(wins[votes // 2 + 1 :]) + (0.5 * wins[votes // 2] if votes % 2 == 0 else 0.0)


def _log_binomial(n: int, k: int) -> float:
    """Log of "n choose k": the number itself has no float from n = 1,030 on."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def knockout_success(n: int, p_gen: float, votes: int, p_comp: float) -> float:
    """Return the exact chance that the champion of n independent candidates is right.

    A match between candidates that are right with probabilities c and d gives cd + (c(1 - d) + d(1 - c)) P_K. For
    equals that is c² + 2c(1 - c) P_K. Slots of a round come from disjoint candidates and stay independent, so byes are
    exact too.

    Args:
        n: Candidates.
        p_gen: P(a candidate is right).
        votes: Comparisons of a pair.
        p_comp: P(a right candidate beats a wrong one in one comparison).
    """
    _check(p_gen, "p_gen")
    if n < 1 or votes < 0:
        raise ValueError(f"need n >= 1 candidates and votes >= 0, got {n} and {votes}")
    beats = pair_success(p_comp, votes)
    right = np.full(n, float(p_gen))
    while right.size > 1:
        bye = right[right.size - right.size % 2 :]
        c, d = right[0 : right.size - bye.size : 2], right[1::2]
        right = np.concatenate([bye, c * d + (c * (1 - d) + d * (1 - c)) * beats])
    return float(right[0])


def knockout_bound(n: int, p_gen: float, votes: int, p_comp: float) -> float:
    """Return the published bound on the chance to fail; above 1 (vacuous) at the usual small sizes.

    (1 - p_gen)^n + ceil(log2 n) exp(-2 votes (p_comp - 1/2)²). Plan with `knockout_success` instead.

    Args:
        n: Candidates.
        p_gen: P(a candidate is right).
        votes: Comparisons of a pair.
        p_comp: P(a right candidate beats a wrong one in one comparison), > 1/2.
    """
    if not p_comp > 0.5:
        raise ValueError(f"p_comp must be > 0.5 for the bound, got {p_comp}; knockout_success takes any value")
    return float((1 - p_gen) ** n + ceil(log2(n)) * exp(-2 * votes * (p_comp - 0.5) ** 2))


def _check(probability: float, name: str) -> None:
    if not 0 <= probability <= 1:
        raise ValueError(f"{name} must be a probability in [0, 1], got {probability}")
