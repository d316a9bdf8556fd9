"""What a strategy's calls will look like for one problem on one model: lengths, answers, and the price of a check."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist, fmean

PRIOR_SIGMA, PRIOR_WEIGHT = 0.4, 4
"""Standard deviation of log lengths before any is seen, and how many samples that belief is worth (ours)."""
ALPHA = 1.0
"""Weight of an answer not seen yet, in samples, before other problems were seen (ours)."""
STEP_SIGMA = 0.5
"""Standard deviation of the log tokens of steps where none was seen (ours)."""

POINTS = 16
"""Quantiles that stand for a law."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one check of one candidate, or one comparison of a pair, costs; all its calls together."""

    calls: float = 0.0
    prompt: float = 0.0  # tokens
    output: float = 0.0  # tokens
    by_step: bool = False  # every step of the candidate is judged by a call of its own (a process verifier)


FREE = Unit()


@dataclass(frozen=True)
class Workload:
    """One problem on one model, as far as it is known before the run. Token counts are output tokens but for `prompt`.

    `answers` counts the answers of the samples that were seen, largest first; `silent` those without an answer.
    """

    prompt: float
    """Tokens of the problem as it is asked, with everything around it."""
    lengths: tuple[int, ...]
    """Tokens of sample solutions; at least one."""
    max_tokens: int = 1024
    answers: tuple[int, ...] = ()
    silent: int = 0
    spread: float = PRIOR_SIGMA
    """Standard deviation of the log lengths of one problem's solutions as it was on other problems."""
    novelty: float = ALPHA
    """Weight of an answer that was not seen yet, in samples."""
    steps: float = 4.0
    """Mean steps of a solution."""
    step_counts: tuple[int, ...] = ()
    """Steps of each sample; none = all have `steps`."""
    step_sigma: float = STEP_SIGMA
    """Standard deviation of the log tokens of steps."""
    review: float = 0.0
    """Tokens of a critique in words; 0 = as long as a solution."""
    frame: float = 0.0
    """Tokens that a prompt about a solution has beside the problem and the solution."""
    check: Unit = FREE
    """The run's verifier; FREE where there is none."""
    has_verifier: bool = False
    compare: Unit = Unit(1, 0.0, 1.0)
    """The judge; a prompt of 0 stands for the problem with two solutions."""
    has_judge: bool = False
    uncertainty: tuple[tuple[float, ...], ...] = ()
    """Nats a token of each step, one row for each sample."""
    common: tuple[int, ...] = ()
    """Tokens that two samples share from their start, for each pair."""
    fan_out: bool = True
    """n samples go out as one request that counts its prompt once."""
    cached: float = 1.0
    """Share of what was read before that the prefix cache serves when it comes again, in [0, 1]."""
    shared: float = 1.0
    """The same of a new start that calls which are sent together share, in [0, 1]."""
    source: str = field(default="assumed", compare=False)
    """Where the numbers come from, for people."""

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < 1:
            raise ValueError(
                f"lengths is {self.lengths}; it must hold the tokens, at least 1, of at least one solution"
            )
        for name in ("cached", "shared"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, 1]")

    # -- lengths ----------------------------------------------------------------------------------------------------
    @cached_property
    def mean(self) -> float:
        """Mean tokens of a solution."""
        return fmean(min(length, self.max_tokens) for length in self.lengths)

    @property
    def square(self) -> float:
        """Mean of the squared tokens of a solution, by the lognormal law of `sigma`."""
        return self.mean**2 * math.exp(self.sigma**2)

    @cached_property
    def sigma(self) -> float:
        """Standard deviation of the log lengths, pulled to `spread` while samples are few."""
        squares, freedom = scatter(self.lengths)
        return math.sqrt((squares + PRIOR_WEIGHT * self.spread**2) / (freedom + PRIOR_WEIGHT))

    def quantile(self, q: float) -> float:
        """Tokens that a share q in (0, 1) of solutions does not exceed, by a lognormal law of this mean."""
        return min(self.max_tokens, self.mean * lognormal(q, self.sigma))

    def order(self, rank: float, n: float) -> float:
        """Expected tokens of the rank-th shortest of n solutions (Blom 1958: the quantile at (r - 3/8)/(n + 1/4))."""
        return self.quantile((rank - 0.375) / (n + 0.25)) if n > 1 else self.mean

    def longest(self, n: float) -> float:
        """Expected tokens of the longest of n solutions: its law is the n-th power of theirs, read off at POINTS."""
        if n <= 1:
            return self.mean
        return max(self.mean, fmean(self.quantile(((k + 0.5) / POINTS) ** (1 / n)) for k in range(POINTS)))

    def stretched(self, mean: float, n: float) -> float:
        """Expected tokens of the longest of n texts of this mean that scatter as solutions do; one token never does."""
        return mean * self.longest(n) / self.mean if mean > 1 else mean

    def longest_step(self, n: float) -> float:
        """Expected tokens of the longest of n steps."""
        if n <= 1:
            return self.step
        return self.step * fmean(lognormal(((k + 0.5) / POINTS) ** (1 / n), self.step_sigma) for k in range(POINTS))

    def going(self, number: float) -> float:
        """Share of solutions that have more than `number` steps."""
        if self.step_counts:
            return sum(count > number for count in self.step_counts) / len(self.step_counts)
        return min(1.0, max(0.0, self.steps - number))

    def distinct(self, n: float, tokens: float) -> float:
        """Expected number of different texts among n beginnings of so many tokens, by the pairs of samples."""
        if not self.common:
            return n
        return 1 + max(0.0, n - 1) * sum(shared < tokens for shared in self.common) / len(self.common)

    @property
    def step(self) -> float:
        """Mean tokens of a step."""
        return self.mean / self.steps

    @property
    def critique(self) -> float:
        """Tokens of a critique in words."""
        return self.review or self.mean


def scatter(lengths: Sequence[float]) -> tuple[float, int]:
    """The sum of squares of log lengths around their mean, and its degrees of freedom."""
    logs = [math.log(length) for length in lengths]
    center = fmean(logs)
    return sum((log - center) ** 2 for log in logs), len(logs) - 1


def lognormal(q: float, sigma: float) -> float:
    """The quantile q in (0, 1) of a lognormal law of mean 1."""
    return math.exp(sigma * NormalDist().inv_cdf(q) - sigma**2 / 2)
