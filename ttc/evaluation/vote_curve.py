"""Accuracy of voting by N: what a value profile expects of other problems, and what their recorded samples give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttc.auto.gains import forecast
from ttc.belief.belief import Stream, belief_of
from ttc.belief.fit import fit_laws
from ttc.belief.graded import Graded, halves
from ttc.belief.lookup import PROSE

SIZES = (1, 2, 4, 8, 16, 32)
SHUFFLES = 40


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Voting by n on problems that the profile was not fitted to; accuracies in [0, 1], the error over problems."""

    n: int
    expected: float
    measured: float
    standard_error: float


def replayed(problem: Graded, n: int, seed: int = 0) -> float:
    """Accuracy of the vote of n of the problem's samples, over shuffles; ties go by lot."""
    rng, labels = np.random.default_rng(seed), np.asarray(problem.labels)
    right = 0.0
    for _ in range(SHUFFLES):
        drawn = rng.permutation(labels)[:n]
        votes = np.bincount(drawn[drawn >= 0]) if (drawn >= 0).any() else np.zeros(1)
        if votes.max():
            winners = np.flatnonzero(votes == votes.max())
            right += sum(winner == problem.right for winner in winners) / len(winners)
    return right / SHUFFLES


def held_out_curve(
    problems: Sequence[Graded], centre: Sequence[float] | None = None, seed: int = 0
) -> list[CurvePoint]:
    """The curve of both halves, each expected by the law of the other half; the halves are drawn by lot.

    n goes up to half of the samples of a problem: beyond, shuffles of the same samples resemble each other too much.
    `centre` is the law to which few problems fall back; without one each half needs 20 problems.
    """
    parts = halves(problems, np.random.default_rng(seed))
    beliefs = [belief_of((Stream(PROSE, fit_laws(part, [centre])[0]),)) for part in parts]
    most = max(1, min(len(problem.labels) for problem in problems) // 2)
    points = []
    for n in (size for size in SIZES if size <= most):
        expected = [forecast(belief, n) for belief in beliefs]
        measured = np.array([replayed(problem, n, seed=i) for i, problem in enumerate(problems)])
        error = float(measured.std(ddof=1) / len(measured) ** 0.5)
        mean = float(np.average(expected, weights=[len(parts[1]), len(parts[0])]))
        points.append(CurvePoint(n, mean, float(measured.mean()), error))
    return points
