"""How sure are the votes so far that the leading answer is the one that sampling for ever would elect?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import comb

import numpy as np

NODES = 32  # of the quadrature: error below 1e-8, measured against 600 nodes up to 200 votes a label


def beta_confidence(counts: Iterable[int]) -> float:
    """Return P(the leader beats the runner-up) under a uniform prior (Adaptive-Consistency; arXiv 2305.11860).

    With a >= b votes for the two, it is P(theta > 1/2) for theta ~ Beta(a + 1, b + 1). The closed sum is
    sum_{j <= a} C(a + b + 1, j) / 2^(a + b + 1). It looks at two labels only: with three or more rivals it is too
    sure, and `dirichlet_confidence` is not. No votes: 0.5.
    """
    leader, rival, *_ = [*sorted(counts, reverse=True), 0, 0]
    return _beta(leader, rival)


def dirichlet_confidence(counts: Iterable[int]) -> float:
    """Return P(p_1 is the largest) for p ~ Dirichlet(counts + 1), p_1 the leader's share (arXiv 2305.11860).

    Only labels with a vote are rivals; a lone label gets one rival without votes, which makes it the Beta rule. Ties:
    the chance of one of the leaders. No votes: 0.5.
    """
    return _dirichlet(tuple(sorted((count for count in counts if count > 0), reverse=True)))


@lru_cache(maxsize=16384)
def _beta(leader: int, rival: int) -> float:
    tosses = leader + rival + 1
    favourable: int = sum(comb(tosses, j) for j in range(leader + 1))
    return float(favourable / 2**tosses)


@lru_cache(maxsize=16384)
def _dirichlet(counts: tuple[int, ...]) -> float:
    """Integrate prod_j G_j(x) over the leader's law, where G_j is the cdf of Gamma(count_j + 1).

    A Dirichlet vector is a set of independent gammas divided by their sum, which leaves their order as it is. The
    leader's quantile u = G_1(x) turns the integral into one over [0, 1].
    """
    from scipy.special import gammainc, gammaincinv

    if len(counts) <= 2:
        return beta_confidence(counts)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    s = (nodes + 1) / 2
    u = s**3 * (10 - 15 * s + 6 * s**2)  # flattens the ends, where the quantile function is steep
    x = gammaincinv(counts[0] + 1.0, u)
    below = gammainc(np.array(counts[1:], dtype=float)[:, None] + 1, x).prod(axis=0)
    return float(weights / 2 @ (below * 30 * (s * (1 - s)) ** 2))
