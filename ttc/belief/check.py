"""How far stated chances can be trusted: calibration error beside the error that a perfect forecaster would show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ttc.belief.belief import Belief
from ttc.belief.graded import Graded, drawn, halves, subsamples
from ttc.belief.law import Floats

SIZES = (1, 2, 4, 8, 16)
ROUNDS = 10
"""Halvings of the problems in a check."""
FLOOR_DRAWS = 20
BINS = 10


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of stated chances at n candidates: expected calibration error, its floor, Brier score and bias, in [0, 1].

    floor: the error of a forecaster who is always right about the chances, since bins of few answers are noisy.
    bias: mean stated chance less the share that was right. problems: answers in one round.
    """

    n: int
    ece: float
    floor: float
    brier: float
    bias: float
    problems: int = 0


def calibration_error(stated: Floats, right: Floats, bins: int = BINS) -> float:
    """Expected calibration error over equal intervals of [0, 1]: Σ |stated − right| of each bin, over all answers."""
    place = np.minimum((stated * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, stated - right, bins)).sum() / len(stated))


def calibration_floor(stated: Floats, rng: np.random.Generator, draws: int = FLOOR_DRAWS) -> float:
    """The calibration error to expect if every stated chance were true, from answers drawn by these chances."""
    return float(np.mean([calibration_error(stated, _lots(stated, rng)) for _ in range(draws)]))


def _lots(stated: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(rng.random(len(stated)) < stated, dtype=float)


def reliability(n: int, rounds: Sequence[tuple[Floats, Floats]], seed: int = 0) -> Reliability:
    """Of (stated, right) in several rounds, the mean over them; rounds over the same problems are not pooled."""
    rng = np.random.default_rng(seed)
    rows = [
        (
            calibration_error(stated, right),
            calibration_floor(stated, rng),
            float(np.mean((stated - right) ** 2)),
            float(np.mean(stated - right)),
            len(stated),
        )
        for stated, right in rounds
        if len(stated)
    ]
    if not rows:
        return Reliability(n, math.nan, math.nan, math.nan, math.nan)
    ece, floor, brier, bias, problems = (float(np.mean(column)) for column in zip(*rows, strict=True))
    return Reliability(n, ece, floor, brier, bias, round(problems))


def stated_chances(
    belief: Belief, problems: Sequence[Graded], rng: np.random.Generator, sizes: Sequence[int] = SIZES
) -> dict[int, tuple[Floats, Floats]]:
    """n -> P of the most believed answer of n candidates a stream, and whether it was right; one draw a problem."""
    found: dict[int, list[tuple[float, bool]]] = {n: [] for n in sizes}
    for problem in problems:
        for n, places in subsamples(problem, sizes, rng, len(belief.streams)):
            part = drawn(belief, problem, places)
            order = belief.leaders(part.votes, 1)
            if order:  # a problem without an answer states nothing
                found[n].append((float(belief.right(part.votes)[order[0]]), order[0] == part.truth))
    return {n: _columns(rows) for n, rows in found.items()}


def _columns(rows: Sequence[tuple[float, bool]]) -> tuple[Floats, Floats]:
    both = np.array(rows, dtype=float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def check(belief: Belief, problems: Sequence[Graded], seed: int = 0, rounds: int = ROUNDS) -> list[Reliability]:
    """Of a belief that was fitted to other problems, over several orders of their candidates."""
    rng = np.random.default_rng(seed)
    found = [stated_chances(belief, problems, rng) for _ in range(rounds)]
    return [one for n in SIZES if not math.isnan((one := reliability(n, [part[n] for part in found], seed)).ece)]


def cross_check(
    problems: Sequence[Graded], fit: Callable[[list[Graded]], Any], seed: int = 0, rounds: int = ROUNDS
) -> list[Reliability]:
    """Each half of the problems judged by the belief that `fit` makes of the other half, `rounds` times.

    Args:
        problems: graded problems; one half must be enough for `fit`.
        fit: makes a `Belief` of problems.
        seed: of the halvings and orders.
        rounds: halvings; each gives one round of all problems.
    """
    rng = np.random.default_rng(seed)
    found: dict[int, list[tuple[Floats, Floats]]] = {n: [] for n in SIZES}
    for _ in range(rounds):
        first, second = halves(problems, rng)
        parts = [stated_chances(fit(train), test, rng) for train, test in ((first, second), (second, first))]
        for n in SIZES:
            stated, right = (np.concatenate([part[n][i] for part in parts]) for i in (0, 1))
            found[n].append((stated, right))
    return [one for n in SIZES if not math.isnan((one := reliability(n, found[n], seed)).ece)]
