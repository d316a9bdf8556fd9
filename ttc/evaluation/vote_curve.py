"""Accuracy of voting by N: what a value profile expects of other problems, and what their recorded samples give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ttc.auto.prior import Observed, fit_profile
from ttc.plan.accuracy import vote_accuracy

if TYPE_CHECKING:
    from ttc.auto.prior import ValueProfile

SIZES = (1, 2, 4, 8, 16, 32)
SHUFFLES = 40


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Voting by n on problems that the profile was not fitted to; accuracies in [0, 1], the error over problems."""

    n: int
    expected: float
    measured: float
    standard_error: float


def replayed(problem: Observed, n: int, seed: int = 0) -> float:
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


def held_out_curve(problems: Sequence[Observed], components: int = 3, seed: int = 0) -> list[CurvePoint]:
    """The curve of both halves, each expected by the profile of the other half; the halves are drawn by lot.

    n goes up to half of the samples of a problem: beyond, shuffles of the same samples resemble each other too much.
    """
    order = np.random.default_rng(seed).permutation(len(problems))
    halves = [[problems[i] for i in order[start::2]] for start in (0, 1)]
    profiles = [fit_profile(half, components=components) for half in halves]
    most = max(1, min(len(problem.labels) for problem in problems) // 2)
    points = []
    for n in (size for size in SIZES if size <= most):
        expected = [vote_accuracy(profile, n) for profile in profiles]
        weights = [len(halves[1]), len(halves[0])]
        measured = np.array([replayed(problem, n, seed=i) for i, problem in enumerate(problems)])
        error = float(measured.std(ddof=1) / len(measured) ** 0.5)
        mean = float(np.average(expected, weights=weights))
        points.append(CurvePoint(n, mean, float(measured.mean()), error))
    return points


def describe(profile: ValueProfile) -> list[tuple[str, str]]:
    """The profile in words: (what, value)."""
    rows = []
    for number, part in enumerate(profile.components, 1):
        law = f"share right {part.rate:.2f} (Beta {part.alpha:.2f}, {part.beta:.2f})"
        rows.append((f"degree {number}", f"{part.weight:.0%} of the problems; {law}"))
    silent, speaking = profile.silent
    rows.append(("no answer", f"{silent / (silent + speaking):.1%} of the samples"))
    lengths = profile.lengths
    spread = f"log-sd {lengths.between:.2f} between, {lengths.within:.2f} within"
    rows.append(("tokens", f"median {math.exp(lengths.log_mean):.0f}; {spread}"))
    rows += [(f"verifier {name}", f"AUC {score.auc:.3f}") for name, score in profile.scores.items()]
    return rows
