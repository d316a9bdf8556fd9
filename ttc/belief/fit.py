"""Fit the laws of streams, their lengths and their agreement to graded candidates; scipy is used here alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttc.belief.belief import Agreement, Belief, Stream, belief_of
from ttc.belief.graded import Graded, drawn, group_sizes, subsamples
from ttc.belief.law import LOG_WEIGHTS, Counts, Floats, Tables, Theta

START = Theta(0, 1.5, 1, -2, -0.5, 1.5, 0.7, -0.2, 0, 0)
"""Where a fit without a centre begins, and to what few data fall back."""
SPREAD = Theta(2, 1, 1, 2, 1, 1, 1, 0.7, 1.5, 0.5)
"""Standard deviations of the numbers around their centre."""
BOUND = 7.0
LEAST_WITHOUT_CENTRE = 20
"""Problems; with a centre one is enough."""
LEAST_FOR_AGREEMENT = 40
SIZES = (1, 2, 4, 8)
"""Candidates a stream in the sub-samples to which the agreement is fitted."""


@dataclass(frozen=True, slots=True)
class _Data:
    """One stream of all problems: right, wrong and silent candidates [problems], groups of each size [problems, n]."""

    right: Counts
    wrong: Counts
    silent: Counts
    groups: Counts
    sizes: Counts  # [problems, sizes]: how many wrong groups have so many votes

    @classmethod
    def of(cls, problems: Sequence[Graded], stream: int) -> _Data:
        rows = [group_sizes(problem, stream) for problem in problems]
        widest = max((size for _, groups, _ in rows for size in groups), default=0)
        sizes = np.zeros((len(rows), widest + 1), dtype=np.int64)
        for row, (_, groups, _) in zip(sizes, rows, strict=True):
            for size, number in groups.items():
                row[size] = number
        wrong = (sizes * np.arange(widest + 1)).sum(1)
        right, silent = (np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 2))
        return cls(right, wrong, silent, sizes.sum(1), sizes)

    def log_likelihood(self, tables: Tables) -> Floats:
        """ln P(graded votes | z) [nodes, problems]."""
        votes = self.right + self.wrong
        tables.reach(int((votes + self.silent).max(initial=0)) + 1)
        logs = tables.own[:, self.right] + tables.rest[:, self.wrong] + tables.groups[:, self.groups]
        logs += tables.votes[:, votes] + tables.silent[:, self.silent] + tables.drawn[:, votes + self.silent]
        result: Floats = logs + self.sizes @ tables.again[: self.sizes.shape[1]]
        return result


def fit_laws(problems: Sequence[Graded], centres: Sequence[Sequence[float] | None]) -> list[Theta]:
    """The laws of the streams of these problems, jointly, of greatest posterior density.

    `centres` holds for each stream the law of a similar model, or None: then at least 20 problems are needed.

    Raises ValueError for too few problems.
    """
    from scipy.optimize import minimize

    if not problems or (None in centres and len(problems) < LEAST_WITHOUT_CENTRE):
        least = LEAST_WITHOUT_CENTRE if None in centres else 1
        raise ValueError(f"{len(problems)} problems are too few to fit a law: give at least {least}")
    data = [_Data.of(problems, stream) for stream in range(len(centres))]
    centre = np.concatenate([START if c is None else np.asarray(c, dtype=float) for c in centres])
    spread = np.tile(SPREAD, len(centres))

    def loss(numbers: Floats) -> float:
        joint = LOG_WEIGHTS[:, None]
        for part, theta in zip(data, numbers.reshape(len(data), -1).tolist(), strict=True):
            joint = joint + part.log_likelihood(Tables(theta, 64))
        return float(-np.logaddexp.reduce(joint, axis=0).sum() + (((numbers - centre) / spread) ** 2).sum() / 2)

    begin = np.concatenate([_start(part, c) for part, c in zip(data, centres, strict=True)])
    found = minimize(loss, np.clip(begin, -BOUND, BOUND), method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * len(begin)).x
    return [Theta(*map(float, row)) for row in found.reshape(len(data), -1)]


def _start(data: _Data, centre: Sequence[float] | None) -> Floats:
    """Where the search begins: the centre, without one the shares of all problems together."""
    if centre is not None:
        return np.asarray(centre, dtype=float)
    votes, silent = int((data.right + data.wrong).sum()), int(data.silent.sum())
    right = data.right.sum() / max(1, votes)
    return np.array(START._replace(a0=_logit(right), q0=_logit(silent / max(1, votes + silent))))


def _logit(share: float) -> float:
    inside = min(max(float(share), 0.03), 0.97)
    return math.log(inside / (1 - inside))


def fit_agreement(problems: Sequence[Graded], streams: tuple[Stream, ...], seed: int = 0) -> tuple[Agreement, int]:
    """How much the agreement of streams says, and the number of problems that it was fitted to; 0 = not fitted.

    Maximises the mean ln P(right answer, or "not seen" | votes) over random sub-samples of each problem.
    """
    from scipy.optimize import minimize_scalar

    usual = Agreement()
    belief, rng = belief_of(streams, Agreement(0.0, usual.kappa)), np.random.default_rng(seed)
    rows: list[tuple[Floats, Floats, int]] = []
    for problem in problems:
        for _, places in subsamples(problem, SIZES, rng, len(streams)):
            one = drawn(belief, problem, places)
            counts = np.array(one.votes.counts).reshape(len(streams), -1)
            further = np.append(np.maximum((counts > 0).sum(0) - 1, 0), 0).astype(float)
            rows.append((np.logaddexp.reduce(belief.log_joint(one.votes), axis=0), further, one.truth))
    if len(streams) < 2 or len(problems) < LEAST_FOR_AGREEMENT or not rows:
        return usual, 0

    def loss(b: float) -> float:
        told = [log[truth] + b * more[truth] - np.logaddexp.reduce(log + b * more) for log, more, truth in rows]
        return float(-np.mean(told) + ((b - usual.b) / 2) ** 2 / (2 * len(rows)))

    return Agreement(float(minimize_scalar(loss, bounds=(-5, 10), method="bounded").x), usual.kappa), len(problems)


def log_losses(belief: Belief, problems: Sequence[Graded], sizes: Sequence[int], rng: np.random.Generator) -> Floats:
    """−ln P(right answer, or "not seen" | n candidates) of each problem, the mean over `sizes` [problems]."""
    found = []
    for problem in problems:
        parts = [drawn(belief, problem, places) for _, places in subsamples(problem, sizes, rng, len(belief.streams))]
        logs = [math.log(max(belief.right(part.votes)[part.truth], 1e-12)) for part in parts]
        found.append(-math.fsum(logs) / len(logs) if logs else math.nan)
    return np.array(found)
