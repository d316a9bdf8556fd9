"""Fit the lengths of a stream: of each way, over problems, and how they fall as problems get easier."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ttc.belief.belief import Lengths, Stream, Way, belief_of
from ttc.belief.fit import fit_laws, log_losses
from ttc.belief.graded import Graded, group_sizes, halves
from ttc.belief.law import NODES, Floats

SIZES = (1, 2, 4)
"""Candidates at which lengths must make the belief better, to be kept."""
LEAST_SD = 0.01
"""Least standard deviation: of equal lengths there is none, and no model is that steady."""
USUAL_SLOPE = 0.5
LEAST_GAIN = 0.01
"""Of log loss, in nats: below it a slope that changes its sign between halves still seems to pay."""


def fit_lengths(
    problems: Sequence[Graded], stream: Stream, number: int = 0, default_way: str = "prose"
) -> Lengths | None:
    """The lengths of one stream with their slope, whether or not it pays; None where no tokens are known."""
    rows = [_logs(problem, number, default_way) for problem in problems]
    ways = _ways(rows)
    if not ways:
        return None
    bare = Lengths(tuple(ways), 1.0)
    used = [(p, row) for p, row in zip(problems, rows, strict=True) if row]
    means = {way.name: way.log_mean for way in ways}
    residual = np.array([np.mean([log - means[way] for way, log in row]) for _, row in used])
    noise = np.array([bare.noise / len(row) for _, row in used])
    nodes = np.array([_difficulty(problem, stream, number) for problem, _ in used])
    shift, slope, between = _slope(residual, noise, nodes)
    moved = tuple(Way(way.name, way.log_mean + shift, way.within) for way in ways)
    return Lengths(moved, max(between, LEAST_SD), slope)


def _logs(problem: Graded, number: int, default_way: str) -> list[tuple[str, float]]:
    """(way, ln tokens) of each candidate of the stream."""
    if not problem.tokens:
        return []
    places = problem.of_stream(number)
    return [(problem.ways[i] if problem.ways else default_way, math.log(max(problem.tokens[i], 1))) for i in places]


def _ways(rows: Sequence[Sequence[tuple[str, float]]]) -> list[Way]:
    """Mean ln tokens of each way, and its standard deviation inside a problem."""
    found = []
    for name in dict.fromkeys(way for row in rows for way, _ in row):
        logs = [values for row in rows if (values := [log for way, log in row if way == name])]
        within = [float(np.var(values, ddof=1)) for values in logs if len(values) > 1]
        mean = float(np.mean([np.mean(values) for values in logs]))
        found.append(Way(name, mean, max(float(np.mean(within)) ** 0.5 if within else 0.0, LEAST_SD)))
    return found


def _difficulty(problem: Graded, stream: Stream, number: int) -> Floats:
    """P(z | the graded votes of this stream) [nodes]."""
    right, groups, silent = group_sizes(problem, number)
    counts = [right, *groups.elements()] if right else list(groups.elements())
    return belief_of((stream,)).graded(counts, silent, 0 if right else None)


def _slope(residual: Floats, noise: Floats, nodes: Floats) -> tuple[float, float, float]:
    """(shift, slope, between) of greatest posterior density: residual ~ Normal(shift + slope·z, between² + noise)."""
    from scipy.optimize import minimize

    def loss(law: Floats) -> float:
        variance = (np.exp(2 * np.clip(law[2], math.log(LEAST_SD), 3)) + noise)[:, None]
        miss = residual[:, None] - law[0] - law[1] * NODES
        logs = np.log(np.maximum(nodes, 1e-300)) - miss**2 / (2 * variance) - np.log(variance) / 2
        return float(-np.logaddexp.reduce(logs, axis=1).sum() + (law[1] / USUAL_SLOPE) ** 2 / 2)

    begin = np.array([0.0, -0.1, math.log(max(float(residual.std()), LEAST_SD))])
    shift, slope, between = minimize(loss, begin, method="L-BFGS-B").x
    return float(shift), float(slope), math.exp(min(float(between), 3.0))


def pays(gain: float, se: float) -> bool:
    """Whether lengths are kept: they must gain more than one standard error, and more than a hundredth."""
    return gain > max(se, LEAST_GAIN)


def lengths_gain(
    problems: Sequence[Graded], stream: Stream, centre: Sequence[float] | None, number: int = 0, seed: int = 0
) -> tuple[float, float]:
    """How much the log loss of P falls by the lengths, cross-fitted by halves: (mean, standard error over problems).

    (0, infinity) where the halves are too small for a law or no tokens are known.
    """
    alone = [_only(problem, number) for problem in problems]
    first, second = halves(alone, np.random.default_rng(seed))
    gains: list[float] = []
    for train, test in ((first, second), (second, first)):
        try:
            law = Stream(stream.key, fit_laws(train, [centre])[0])
        except ValueError:
            return 0.0, math.inf
        lengths = fit_lengths(train, law)
        if lengths is None:
            return 0.0, math.inf
        beliefs = [belief_of((Stream(law.key, law.theta, part),)) for part in (None, lengths)]
        without, with_them = (log_losses(b, test, SIZES, np.random.default_rng(seed + 1)) for b in beliefs)
        gains += [float(gain) for gain in without - with_them if not math.isnan(gain)]
    if len(gains) < 2:
        return 0.0, math.inf
    return float(np.mean(gains)), float(np.std(gains, ddof=1) / math.sqrt(len(gains)))


def _only(problem: Graded, number: int) -> Graded:
    """One stream of a problem as if it were the only one."""
    if not problem.streams:
        return problem
    places = problem.of_stream(number)
    labels = [problem.labels[i] for i in places]
    right = problem.right if problem.right in labels else None
    tokens = [problem.tokens[i] for i in places] if problem.tokens else ()
    return Graded(labels, right, tokens, (), [problem.ways[i] for i in places] if problem.ways else ())
