"""What actions will cost, in every currency that is limited, and as a share of the budget.

A budget of several currencies binds by the scarcest, so the cost of an action is its largest share of any limit. That
makes prices free of units: 0.05 means that the whole budget must be worth five points of accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Protocol

from ttc.auto.prior import LengthLaw

Amounts = Mapping[str, float]
"""Currency -> amount, in the units of `Budget`."""

PARALLEL = (0.0, 0.02, 0.05, 0.15, 0.4, 1.0)
"""Slow-downs of a decode step by each further sequence, from which `WaveTimes` chooses what fits.

Until it has seen two widths it takes 0.15, which makes 16 candidates take three times as long as one: an 8B model on
an H100 at long contexts, by the roofline.
"""


class Prices(Protocol):
    """The prices of a backend (`ttc.backends.base.Pricing`)."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """US dollars of a call, None if unknown."""

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        """10^12 eFLOPs of n completions of output/n tokens each, None if unknown."""


@dataclass(frozen=True, slots=True)
class Length:
    """Predicted output tokens of the next candidate: log-normal, cut at `most`."""

    log_mean: float
    sd: float
    most: int

    @classmethod
    def learnt(cls, law: LengthLaw, tokens: list[int], most: int) -> Length:
        """The law of one problem after candidates of these lengths (normal prior and likelihood in the logarithm)."""
        precision = law.between**-2 + len(tokens) * law.within**-2
        logs = sum(math.log(max(count, 1)) for count in tokens)
        mean = (law.log_mean * law.between**-2 + logs * law.within**-2) / precision
        return cls(mean, math.sqrt(1 / precision + law.within**2), most)

    def moment(self, power: int) -> float:
        """E[min(length, most)^power], in closed form."""
        z = (math.log(self.most) - self.log_mean) / self.sd
        inside = math.exp(power * self.log_mean + (power * self.sd) ** 2 / 2) * _normal(z - power * self.sd)
        return inside + float(self.most) ** power * _normal(-z)

    def longest(self, n: int) -> float:
        """Typical longest of n: the n/(n + 1) quantile."""
        return min(self.most, math.exp(self.log_mean + self.sd * NormalDist().inv_cdf(n / (n + 1))))


class Latency(Protocol):
    """Seconds that waves of candidates take."""

    def seconds(self, n: int, prompt: float, longest: float) -> float:
        """Of n candidates after one prompt, the longest of `longest` tokens."""


class Steps(Protocol):
    """A calibrated server (`ttc.prices.latency.LatencyLaws`)."""

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of one step of `batch` sequences with so many tokens of context in all."""

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0) -> float:
        """Seconds of a prompt."""


@dataclass(frozen=True, slots=True)
class CalibratedTimes:
    """Latency by the measured laws of a server: n decode together, with n·(prompt + longest/2) tokens of context."""

    server: Steps

    def seconds(self, n: int, prompt: float, longest: float) -> float:
        """Prefill and then `longest` steps."""
        step = self.server.decode_step(n, n * (prompt + longest / 2))
        return self.server.prefill_seconds(prompt) + longest * step


@dataclass(slots=True)
class WaveTimes:
    """Latency learnt from the run itself: seconds = longest·step·(1 + slope·(n − 1)), of the waves that were timed."""

    step: float = 0.02  # s, until a wave was timed
    slope: float = 0.15
    waves: list[tuple[int, float, float]] = field(default_factory=list)

    def add(self, n: int, longest: int, seconds: float) -> None:
        """Take in a wave, and fit again: the slope with the least spread of ln(seconds / predicted)."""
        if seconds <= 0 or longest < 1:
            return
        self.waves.append((n, longest, seconds))
        fits = [self._fit(slope) for slope in (PARALLEL if len({n for n, _, _ in self.waves}) > 1 else (0.15,))]
        _, self.step, self.slope = min(fits)

    def _fit(self, slope: float) -> tuple[float, float, float]:
        logs = [math.log(seconds / (longest * (1 + slope * (n - 1)))) for n, longest, seconds in self.waves]
        mean = sum(logs) / len(logs)
        return sum((value - mean) ** 2 for value in logs), math.exp(mean), slope

    def seconds(self, n: int, prompt: float, longest: float) -> float:
        """As the waves so far suggest."""
        return longest * self.step * (1 + self.slope * (n - 1))


@dataclass(frozen=True, slots=True)
class Spending:
    """Prices actions of one problem. `limits` are the whole budget, by currency: shares are of them."""

    limits: Amounts
    prices: Prices
    latency: Latency
    prompt: int
    length: Length

    def samples(self, n: int) -> Amounts:
        """Expected amounts of n candidates, each in a call of its own; eFLOPs are quadratic in the length."""
        mean, square = self.length.moment(1), self.length.moment(2)
        chance = min(1.0, mean**2 / square)  # of the longer of two lengths, 0 and square/mean, with these two moments
        compute = self._eflops(square / mean) * chance + self._eflops(0) * (1 - chance)
        timed = "seconds" in self.limits
        return {
            "tokens": n * mean,
            "calls": float(n),
            "usd": n * (self.prices.usd(self.prompt, 0, round(mean)) or 0.0) if "usd" in self.limits else 0.0,
            "eflops": n * compute,
            "seconds": self.latency.seconds(n, self.prompt, self.length.longest(n)) if timed else 0.0,
        }

    def _eflops(self, tokens: float) -> float:
        return (self.prices.eflops(self.prompt, 0, round(tokens)) or 0.0) if "eflops" in self.limits else 0.0

    def share(self, amounts: Amounts) -> float:
        """The largest share of a limit."""
        return max((amounts.get(currency, 0.0) / limit for currency, limit in self.limits.items()), default=0.0)

    def binding(self, amounts: Amounts) -> str:
        """The currency of that share."""
        return max(self.limits, key=lambda currency: amounts.get(currency, 0.0) / self.limits[currency])

    def lacking(self, amounts: Amounts, left: Callable[[str], float]) -> str | None:
        """The first currency of which less is left than the amounts need."""
        return next((c for c in self.limits if amounts.get(c, 0.0) > left(c)), None)


def total(*parts: Amounts) -> dict[str, float]:
    """The sum of amounts; seconds too, as the parts happen one after the other."""
    return {
        currency: sum(part.get(currency, 0.0) for part in parts) for currency in {c for part in parts for c in part}
    }


def times(amounts: Amounts, n: float) -> dict[str, float]:
    """n times the amounts."""
    return {currency: n * amount for currency, amount in amounts.items()}


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
