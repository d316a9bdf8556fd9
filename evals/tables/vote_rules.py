"""Votes that no strategy of ttc uses, for the comparison in voting_pools.py."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ttc.search.voting import ABSTAIN, Vote, majority, weighted


def borda(labels: Sequence[int], scores: ArrayLike, *, power: float = 0.5) -> Vote:
    """Borda vote on a score such as self-certainty (Kang et al. 2025, arXiv 2502.18581).

    The candidate of rank r (1 = best of the N that vote) casts (N - r + 1)^power; equal scores share the mean rank.
    Only the order of the scores matters. power = 0 is the plurality vote; a larger power listens more to the best
    candidates.
    """
    if power < 0:
        raise ValueError(f"power must be >= 0, got {power}; 0 is the majority vote")
    scores = np.asarray(scores, dtype=float)
    votes = np.full(len(labels), np.nan)
    voting = (np.asarray(labels, dtype=int) != ABSTAIN) & ~np.isnan(scores)
    _, group, sizes = np.unique(scores[voting], return_inverse=True, return_counts=True)
    ranks = np.cumsum(sizes) - (sizes - 1) / 2  # from the worst, 1..N, of each different score
    votes[voting] = ranks[group] ** power
    return weighted(labels, votes)


def short_m_at_k(labels: Sequence[int], lengths: ArrayLike, m: int) -> Vote:
    """Majority of the m shortest of k candidates, ties to the shorter (Hassid et al. 2025, arXiv 2505.17813).

    `lengths` [k] in tokens; they stand for the order in which k equally fast streams finish, equal lengths in index
    order.
    """
    if not 1 <= m <= len(labels):
        raise ValueError(f"m must be between 1 and the {len(labels)} candidates, got {m}")
    first = np.argsort(np.asarray(lengths, dtype=float), kind="stable")[:m]
    return majority([labels[i] for i in first])


def expected_accuracy(vote: Vote, correct: int) -> float:
    """The chance that a fair draw among the tied leaders gives `correct`: accuracy free of tie-break luck."""
    return (correct in vote.tied) / max(len(vote.tied), 1)
