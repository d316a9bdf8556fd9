"""What actions will cost, in every currency; `ttc.auto.options.Limits` makes shares of the budget of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Protocol

from ttc.belief.belief import Lengths, Way
from ttc.types import Cost

Amounts = Mapping[str, float]
"""Currency -> amount, in the units of `Budget`."""

USUAL = Lengths((Way("prose", math.log(500), 0.4),), 1.0)
"""Lengths of a model of which nothing was measured: a median of 500 tokens, within a factor of e for most problems."""
UNIT = 100
"""Output tokens of which the price is asked."""
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
    def learnt(cls, lengths: Lengths | None, tokens: Sequence[int], most: int) -> Length:
        """The law of one problem after candidates of these lengths (normal prior and likelihood in the logarithm)."""
        law = lengths or USUAL
        usual = math.fsum(way.log_mean for way in law.ways) / len(law.ways)
        precision = law.spread**-2 + len(tokens) / law.noise
        logs = math.fsum(math.log(max(count, 1)) for count in tokens)
        mean = (usual * law.spread**-2 + logs / law.noise) / precision
        return cls(mean, math.sqrt(1 / precision + law.noise), most)

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
    """Prices candidates of one problem, in the currencies that are counted; the others are not worth computing.

    prompt: tokens of the problem. length: of the next candidate.
    """

    counted: frozenset[str]
    prices: Prices
    latency: Latency
    prompt: int
    length: Length

    def samples(self, n: int) -> Amounts:
        """Expected amounts of n candidates, each in a call of its own; eFLOPs are quadratic in the length."""
        mean, square = self.length.moment(1), self.length.moment(2)
        chance = min(1.0, mean**2 / square)  # of the longer of two lengths, 0 and square/mean, with these two moments
        compute = self._eflops(square / mean) * chance + self._eflops(0) * (1 - chance)
        return {
            "tokens": n * mean,
            "calls": float(n),
            "usd": n * (self.prices.usd(self.prompt, 0, round(mean)) or 0.0) if "usd" in self.counted else 0.0,
            "eflops": n * compute,
            "seconds": self.latency.seconds(n, self.prompt, self.length.longest(n)) if self._timed else 0.0,
        }

    def checks(self, spent: Cost, seconds: float, n: int) -> Amounts:
        """Amounts of one of n verdicts or judgements that cost this together, prompts included.

        Their prompts are long and their replies short. So a budget of output tokens counts prompt tokens too, each at
        its price against that of an output token. Where no prices are known, they count in full.
        """
        found = {
            "tokens": spent.output_tokens + self._as_output(spent.prompt_tokens, spent.cached_tokens),
            "calls": float(spent.calls),
            "usd": spent.usd or 0.0,
            "eflops": spent.eflops or 0.0,
            "seconds": seconds if spent.calls else 0.0,
        }
        return {currency: amount / n for currency, amount in found.items()}

    def _as_output(self, prompt: int, cached: int) -> float:
        """The output tokens that cost as much as a prompt."""
        for price in (self.prices.usd, self.prices.eflops):
            whole, each = price(prompt, cached, 0), price(0, 0, UNIT)
            if whole is not None and each:
                return UNIT * whole / each
        return float(prompt - cached)

    @property
    def _timed(self) -> bool:
        return "seconds" in self.counted

    def _eflops(self, tokens: float) -> float:
        return (self.prices.eflops(self.prompt, 0, round(tokens)) or 0.0) if "eflops" in self.counted else 0.0


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
