"""Problems whose law is known, drawn step by step, and the belief written out slowly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from ttc.belief.graded import Graded

THETA_1 = (-0.8, 1.3, 0.9, -2.5, -1.2, 1.7, 0.3, -0.7, 0.5, 0.0)
THETA_2 = (-0.3, 1.3, 0.5, -1.1, -1.0, 1.5, 0.5, -0.6, 0.3, 0.1)
NODES = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def numbers(theta: Sequence[float], z: float) -> tuple[float, float, float, float, float, float]:
    """alpha, beta of right; A, B of silent; T, d of wrong answers."""
    a0, a1, c0, q0, q1, e0, t0, t1, d0, c1 = theta
    m = min(max(sigmoid(a0 + a1 * z), 0.003), 0.997)
    c = math.exp(c0 + c1 * z)
    u = min(max(sigmoid(q0 + q1 * z), 0.003), 0.997)
    e = math.exp(e0)
    spread = math.exp(min(max(t0 + t1 * z, -3), 5))
    return m * c, (1 - m) * c, u * e, (1 - u) * e, spread, min(max(sigmoid(d0), 1e-4), 0.98)


def rising(a: float, n: int) -> float:
    return math.prod(a + i for i in range(n))


def likelihood(theta: Sequence[float], z: float, counts: Sequence[int], silent: int, right: int | None) -> float:
    """L of the specification: the answer `right` is the right one, None = it was not seen."""
    alpha, beta, mute, speak, spread, discount = numbers(theta, z)
    votes = sum(counts)
    own = 0 if right is None else counts[right]
    others = [n for k, n in enumerate(counts) if k != right and n > 0]
    value = rising(alpha, own) * rising(beta, votes - own) / rising(alpha + beta, votes)
    value *= rising(mute, silent) * rising(speak, votes) / rising(mute + speak, votes + silent)
    value *= math.prod(spread + i * discount for i in range(len(others))) / rising(spread, votes - own)
    return value * math.prod(rising(1 - discount, n - 1) for n in others)


def by_hand(
    thetas: Sequence[Sequence[float]], counts: Sequence[Sequence[int]], silent: Sequence[int], b: float = 3.0
) -> list[float]:
    """P(right) of each answer and of none, by Bayes' rule written out."""
    answers = len(counts[0])
    rows = []
    for j in [*range(answers), None]:
        total = 0.0
        for z, weight in NODES:
            laws = zip(thetas, counts, silent, strict=True)
            total += weight * math.prod(likelihood(theta, z, row, q, j) for theta, row, q in laws)
        given = [row[j] for row in counts if row[j] > 0] if j is not None else []
        if len(given) > 1:
            m = len(given)
            total *= math.exp((m - 1) * b - math.lgamma(m) - 0.8 * sum(map(math.log, given)))
        rows.append(total)
    return [row / sum(rows) for row in rows]


def candidates(theta: Sequence[float], z: float, n: int, rng: np.random.Generator) -> list[int]:
    """Labels of n candidates: -1 silent, 0 right, 1, 2, ... wrong answers."""
    alpha, beta, mute, speak, spread, discount = numbers(theta, z)
    right, quiet = rng.beta(alpha, beta), rng.beta(mute, speak)
    groups: list[int] = []
    labels = []
    for _ in range(n):
        if rng.random() < quiet:
            labels.append(-1)
        elif rng.random() < right:
            labels.append(0)
        else:
            point = rng.random() * (spread + sum(groups)) - (spread + discount * len(groups))
            if point < 0:
                groups.append(1)
                labels.append(len(groups))
                continue
            edges = itertools.accumulate(size - discount for size in groups)
            place = next((k for k, edge in enumerate(edges) if edge > point), len(groups) - 1)
            groups[place] += 1
            labels.append(place + 1)
    return labels


def planted(
    theta: Sequence[float],
    problems: int,
    n: int,
    rng: np.random.Generator,
    slope: float | None = None,
    between: float = 0.2,
    within: float = 0.3,
) -> list[Graded]:
    """Problems of one stream drawn from a law, with lengths whose mean log is 6 + slope · z."""
    found = []
    for z in rng.choice([z for z, _ in NODES], problems, p=[weight for _, weight in NODES]):
        labels = candidates(theta, float(z), n, rng)
        mean = 6 + (slope or 0.0) * z + between * rng.standard_normal()
        tokens = np.exp(mean + within * rng.standard_normal(n)).round().astype(int).tolist()
        found.append(Graded(labels, 0 if 0 in labels else None, tokens))
    return found


def planted_pair(
    thetas: Sequence[Sequence[float]], problems: int, n: int, rng: np.random.Generator, same: float = 0.0
) -> list[Graded]:
    """Problems of two streams; a wrong answer of the second is one of the first with chance `same`."""
    found = []
    for z in rng.choice([z for z, _ in NODES], problems, p=[weight for _, weight in NODES]):
        first = candidates(thetas[0], float(z), n, rng)
        wrong = [label for label in first if label > 0]
        second = [
            int(rng.choice(wrong)) if label > 0 and wrong and rng.random() < same else label + 1000 * (label > 0)
            for label in candidates(thetas[1], float(z), n, rng)
        ]
        labels = first + second
        found.append(Graded(labels, 0 if 0 in labels else None, (), [0] * n + [1] * n))
    return found
