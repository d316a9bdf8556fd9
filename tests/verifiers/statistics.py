"""Pools of verified candidates and the closed forms that they are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, stats

from ttc.backends.simulated import SimulatedBackend
from ttc.core.verifier import Verifier
from ttc.testing.verifiers import open_session
from ttc.types import Problem


async def pool(
    backend: SimulatedBackend, verifier: Verifier, *, problems: int, n: int, **fields: object
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which candidates are right [problems * n], and their scores."""
    right, scores = [], []
    for number in range(problems):
        problem = Problem(f"What is {number} + {number}?")
        session = open_session(backend, problem=problem, seed=number)
        candidates = await session.sample(n, **fields)
        verdicts = await session.verify(candidates, verifier)
        gold = backend.facts(problem.text).gold
        right += [candidate.answer == gold for candidate in candidates]
        scores += [verdict.score for verdict in verdicts]
    return np.array(right), np.array(scores)


def auc(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """P(a right candidate scores higher than a wrong one), ties half."""
    ranks = stats.rankdata(scores)
    n = right.sum()
    return float((ranks[right].sum() - n * (n + 1) / 2) / (n * (~right).sum()))


def beta_auc(tpr: float, fpr: float, concentration: float) -> float:
    """P(X > Y) for Beta variables with these means and a + b = concentration."""
    x = stats.beta(tpr * concentration, (1 - tpr) * concentration)
    y = stats.beta(fpr * concentration, (1 - fpr) * concentration)
    return float(integrate.quad(lambda u: y.cdf(x.ppf(u)), 0, 1, limit=200)[0])
