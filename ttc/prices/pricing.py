"""What calls cost in eFLOPs and US dollars: the shape of the model, a price list, or the rent of one's own devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ttc.prices.call_cost import CostModel
from ttc.prices.hardware import hardware
from ttc.prices.shapes import ModelShape, not_negative


class PriceList(Protocol):
    """Anything that knows prices in USD; `ttc.TokenPrices` is one."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """Price of a call, None if unknown."""


@dataclass(frozen=True, slots=True)
class ModelPricing:
    """The pricing of a model whose shape is known: eFLOPs by the cost model, USD by a price list if there is one.

    `intensity` (FLOP per byte) is that of the device the eFLOPs are meant for; by default an H100 in bf16. KV reads of
    a shared prompt are not shared, as in stock vLLM, and weights are read for free (a busy server).
    """

    shape: ModelShape
    prices: PriceList | None = None
    intensity: float = hardware("H100").intensity()

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """Price of a call in USD."""
        return None if self.prices is None else self.prices.usd(prompt, cached, output)

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float:
        """Effective compute of n completions of output/n tokens each after one prompt, in 10^12 eFLOPs."""
        return CostModel(self.shape, self.intensity).call(prompt, cached, output / n, n).eflops / 1e12

    def eflops_of(self, prompt: int, cached: int, lengths: Sequence[int], prompts: int = 1) -> float:
        """Effective compute of completions of these lengths, in 10^12 eFLOPs.

        Their prompt was sent `prompts` times; `prompt` and `cached` are the tokens of all those times together.
        """
        times, model = max(1, prompts), CostModel(self.shape, self.intensity)
        whole = model.lengths(prompt / times, cached / times, lengths).eflops
        again = model.lengths(prompt / times, cached / times, ()).eflops if times > 1 else 0.0
        return (whole + (times - 1) * again) / 1e12


def usd_of_rent(seconds: float, usd_per_hour: float) -> float:
    """Dollars for `seconds` on devices that rent for `usd_per_hour`."""
    not_negative(seconds=seconds, usd_per_hour=usd_per_hour)
    return seconds / 3600 * usd_per_hour
