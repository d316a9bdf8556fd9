"""From predicted calls to what they cost in every currency: seconds, US dollars, eFLOPs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ttc.budget.prices import usd_of_rent

if TYPE_CHECKING:
    from ttc.budget.call_cost import CostModel
    from ttc.budget.predict.stages import Prediction, Stage
    from ttc.budget.prices import PriceList
    from ttc.budget.roofline import Roofline


class Timing(Protocol):
    """How long a server takes: `CalibrationProfile` as measured, or a `RooflineTiming` before anything is."""

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0) -> float:
        """Seconds to process `new_tokens` of a prompt after `cached_tokens`."""


@dataclass(frozen=True, slots=True)
class RooflineTiming:
    """A roofline in the form of `Timing`."""

    roofline: Roofline

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""
        return self.roofline.decode_step(batch, context_tokens / batch)

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0) -> float:
        """Seconds to process `new_tokens` of a prompt after `cached_tokens`."""
        return self.roofline.prefill(new_tokens + cached_tokens, cached_tokens)


@dataclass(frozen=True, slots=True)
class Costing:
    """What is known of prices; a currency whose price is unknown is None in the costs.

    `slots` is how many sequences the server decodes at once, `kv_capacity` how many tokens its cache holds: what does
    not fit waits. `usd_per_hour` is the rent of one's own devices, taken for the predicted seconds; a price list of
    tokens goes before it.
    """

    timing: Timing | None = None
    model: CostModel | None = None
    prices: PriceList | None = None
    usd_per_hour: float | None = None
    slots: float = math.inf
    kv_capacity: float = math.inf


@dataclass(frozen=True, slots=True)
class Costs:
    """One predicted run in all currencies; tokens are output tokens, eflops 10^12 effective operations."""

    tokens: float
    calls: float
    seconds: float | None
    usd: float | None
    eflops: float | None


def costs_of(prediction: Prediction, costing: Costing) -> Costs:
    """The prediction in all currencies."""
    seconds = None
    if costing.timing is not None:
        seconds = predict_seconds(
            costing.timing, prediction.stages, prediction.cache, costing.slots, costing.kv_capacity
        )
    model = costing.model
    eflops = None if model is None else sum(_eflops(model, stage, prediction.cache) for stage in prediction.stages)
    usd = None
    if costing.prices is not None:
        counts = (prediction.prompt_tokens, prediction.cached_tokens, prediction.output_tokens)
        usd = costing.prices.usd(*map(round, counts))
    if usd is None and costing.usd_per_hour is not None and seconds is not None:
        usd = usd_of_rent(seconds, costing.usd_per_hour)
    return Costs(prediction.output_tokens, prediction.calls, seconds, usd, eflops)


def predict_seconds(
    timing: Timing, stages: Iterable[Stage], cache: float = 1.0, slots: float = math.inf, kv_capacity: float = math.inf
) -> float:
    """Seconds of stages one after the other on a server with nothing else to do.

    A stage takes the prefill of its prompts and then as many decode steps as its longest call has tokens, or, where
    its calls do not all fit beside each other, as the places need to work them off. Steps are priced at the stage's
    mean batch and mean context, which is exact for a linear law.
    """
    return sum(stage.chance * _stage_seconds(timing, stage, cache, slots, kv_capacity) for stage in stages)


def _stage_seconds(timing: Timing, stage: Stage, cache: float, slots: float, kv_capacity: float) -> float:
    if not stage.calls:
        return 0.0
    cached = cache * stage.cached
    prefill = stage.requests * timing.prefill_seconds(stage.prompt - cached, cached)
    work = stage.calls * stage.output
    if not work:
        return prefill
    places = min(slots, max(1.0, kv_capacity / (stage.prompt + stage.steps)))
    steps = max(stage.steps, work / min(places, stage.calls) + stage.steps - stage.output)
    context = stage.calls * (stage.prompt * stage.output + stage.output_square / 2)
    return prefill + steps * timing.decode_step(work / steps, context / steps)


def _eflops(model: CostModel, stage: Stage, cache: float) -> float:
    """10^12 effective operations of a stage; every prompt is read by as many sequences as share its request."""
    if not stage.requests:
        return 0.0
    sequences = stage.calls / stage.requests
    cached = cache * stage.cached
    one = model.expected(stage.prompt, cached, stage.output, stage.output_square)
    alone = model.call(stage.prompt, cached)
    more = (one.eflops - alone.eflops) * sequences  # what is decoded comes once for each sequence
    return stage.chance * stage.requests * (alone.eflops + more) / 1e12
