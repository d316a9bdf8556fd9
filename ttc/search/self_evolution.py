"""Deep self-evolving reasoning as a two-state Markov chain: right (C) or wrong (I) (arXiv 2510.17498, 2025).

Each round of verify-and-refine turns a wrong solution right with chance p_ic and a right one wrong with p_ci. The
chain forgets its start and settles at pi = p_ic/(p_ic + p_ci). A vote over chains and late rounds is right if pi is
above 1/2, so iff p_ic > p_ci.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, log


@dataclass(frozen=True, slots=True)
class Chain:
    """The two-state chain; `p_ic` improves, `p_ci` degrades, both probabilities a round."""

    p_ic: float
    p_ci: float

    def __post_init__(self) -> None:
        if not (0 <= self.p_ic <= 1 and 0 <= self.p_ci <= 1 and self.p_ic + self.p_ci > 0):
            raise ValueError(f"p_ic, p_ci must be in [0, 1] and not both 0, got {self.p_ic} and {self.p_ci}")

    @property
    def stationary(self) -> float:
        """The share of right solutions in the long run."""
        return self.p_ic / (self.p_ic + self.p_ci)

    @property
    def memory(self) -> float:
        """lambda = 1 - p_ic - p_ci: how much of the distance to `stationary` one round leaves."""
        return 1 - self.p_ic - self.p_ci

    def accuracy(self, start: float, rounds: int) -> float:
        """Return a_t = pi + (a_0 - pi) lambda^t."""
        return self.stationary + (start - self.stationary) * self.memory**rounds

    def effective_size(self, window: int) -> float:
        """Return how many independent votes the last `window` rounds of one settled chain are worth.

        Their mean has variance pi(1 - pi)/L · [1 + 2 sum_{k < L} (1 - k/L) lambda^k], and L over the bracket is the
        size.
        """
        if window < 1:
            raise ValueError(f"window must be >= 1 round, got {window}")
        return window / (1 + 2 * sum((1 - k / window) * self.memory**k for k in range(1, window)))

    def paying_rounds(self, start: float, gain: float) -> float:
        """Return after how many rounds one more raises the accuracy by less than `gain` > 0: 0 if it never pays.

        The gain of round t + 1 is (pi - a_0)(1 - lambda) lambda^t. For lambda <= 0 the chain settles in the first
        round.
        """
        if not gain > 0:
            raise ValueError(f"gain must be > 0 (share of right answers a round), got {gain}")
        first = (self.stationary - start) * (1 - self.memory)
        if first < gain:
            return 0
        if self.memory <= 0:
            return 1
        return ceil(log(gain / first) / log(self.memory) + 1e-12) if self.memory < 1 else inf


@dataclass(frozen=True, slots=True)
class Transitions:
    """Counted rounds whose start and end are labelled.

    Args:
        wrong: Rounds that started wrong.
        improved: Those of them that ended right.
        right: Rounds that started right.
        degraded: Those of them that ended wrong.
    """

    wrong: int
    improved: int
    right: int
    degraded: int

    @classmethod
    def count(cls, runs: Sequence[Sequence[bool]]) -> Transitions:
        """Count the transitions of runs of right/wrong solutions, one run a chain in order of rounds."""
        steps = [step for run in runs for step in pairwise(run)]
        improved, degraded = steps.count((False, True)), steps.count((True, False))
        return cls(steps.count((False, False)) + improved, improved, steps.count((True, True)) + degraded, degraded)

    def chain(self) -> Chain:
        """Return the chain with the posterior means (1 + k)/(2 + n) under uniform priors."""
        return Chain((1 + self.improved) / (2 + self.wrong), (1 + self.degraded) / (2 + self.right))
