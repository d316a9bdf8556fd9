"""The law of one stream: how often a model is right, silent, or wrong in the same way, by the difficulty of a problem.

A **stream** is what one run draws in fixed shares, here the candidates of one model. A problem has a latent difficulty
z, standard normal, at three nodes (Gauss-Hermite). Given z

    right:   m = σ(a0 + a1 z), c = exp(c0 + c1 z); share of right answers ~ Beta(m c, (1 − m) c)
    silent:  u = σ(q0 + q1 z), e = exp(e0);        share of candidates without an answer ~ Beta(u e, (1 − u) e)
    wrong:   T = exp(t0 + t1 z), d = σ(d0);        wrong answers repeat each other by the Pitman-Yor process (T, d)

(Pitman, 1995, "Exchangeable and partially exchangeable random partitions".) σ is the logistic function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NODES = np.array([-math.sqrt(3), 0.0, math.sqrt(3)])
"""Difficulties z: high is easy, as a1 is positive."""
LOG_WEIGHTS = np.log([1 / 6, 2 / 3, 1 / 6])
FIRST_SIZE = 160
"""Counts that a table holds at first; it doubles on demand."""


class Theta(NamedTuple):
    """The ten numbers of a stream; the module says what each of them does."""

    a0: float
    a1: float
    c0: float
    q0: float
    q1: float
    e0: float
    t0: float
    t1: float
    d0: float
    c1: float


class Tables:
    """Logs of rising factorials of one law, [node, count], so that a likelihood is a few look-ups."""

    def __init__(self, theta: Sequence[float], size: int = FIRST_SIZE):
        law = Theta(*theta)
        mean, strength = _chance(law.a0 + law.a1 * NODES), np.exp(law.c0 + law.c1 * NODES)
        mute, firm = _chance(law.q0 + law.q1 * NODES), math.exp(law.e0)
        self.alpha, self.beta = mean * strength, (1 - mean) * strength
        self.mute, self.speak = mute * firm, (1 - mute) * firm
        self.spread = np.exp(np.clip(law.t0 + law.t1 * NODES, -3, 5))
        self.discount = min(max(_sigmoid(law.d0), 1e-4), 0.98)
        self._fill(size)

    def _fill(self, size: int) -> None:
        self.size = size
        place = np.arange(size, dtype=float)
        self.rest = _rise(self.beta, place) - _rise(self.spread, place)  # of all votes but the right ones
        self.spoken = _rise(self.speak, place)
        self.votes = self.spoken - _rise(self.alpha + self.beta, place)  # of the number of votes
        self.silent = _rise(self.mute, place)
        self.drawn = -_rise(self.mute + self.speak, place)  # of the number of candidates
        self.groups = _rise(self.spread, place * self.discount)  # of the number of wrong answers
        again = np.log(1 - self.discount + place[:-1])
        self.again = np.concatenate([[0.0, 0.0], np.cumsum(again)])  # of the votes of one wrong answer [count]
        self.own = _rise(self.alpha, place)  # of the votes of the right answer
        self.own_not_wrong = self.own - self.again

    def reach(self, count: int) -> Tables:
        """These tables, doubled until they hold this count."""
        while count > self.size:
            self._fill(2 * self.size)
        return self

    def log_joint(self, counts: Counts, silent: Counts, more_votes: Counts | int = 0, more_groups: int = 0) -> Floats:
        """ln P(votes, answer j right | z) [nodes, ..., answers + 1]; the last column: the right one has no vote here.

        Args:
            counts: votes of each answer [..., answers]; the column of an answer without votes equals the last.
            silent: candidates without an answer [...].
            more_votes: votes of further answers, known to be wrong and not listed [...].
            more_groups: how many such answers there are.
        """
        votes = counts.sum(-1) + more_votes
        own = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), dtype=np.int64)
        own[..., :-1] = counts
        there = own > 0
        groups = there.sum(-1) + more_groups
        common = self.votes.take(votes, 1) + self.silent.take(silent, 1) + self.drawn.take(votes + silent, 1)
        common += self.again.take(own).sum(-1)
        joint = self.own_not_wrong.take(own, 1)
        joint += self.rest.take(votes[..., None] - own, 1)
        joint += self.groups.take(groups[..., None] - there, 1)
        joint += common[..., None]
        result: Floats = joint
        return result

    def log_silence(self, votes: int, silent: int) -> Floats:
        """ln P(so many candidates are silent and the others are not | z) [nodes], which `log_joint` holds."""
        result: Floats = self.spoken[:, votes] + self.silent[:, silent] + self.drawn[:, votes + silent]
        return result


@lru_cache(maxsize=64)
def tables_of(theta: tuple[float, ...]) -> Tables:
    """The tables of a law, made once."""
    return Tables(theta)


def _rise(first: Floats, steps: Floats) -> Floats:
    """ln of the product of the first n factors first + steps[i], n = 0, 1, ... [nodes, n]."""
    logs = np.log(first[:, None] + steps)
    return np.concatenate([np.zeros((len(first), 1)), np.cumsum(logs, axis=1)], axis=1)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _chance(logits: Floats) -> Floats:
    """The logistic function, kept from 0 and 1."""
    return np.clip(1 / (1 + np.exp(-logits)), 0.003, 0.997)
