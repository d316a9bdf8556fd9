"""From predicted calls to what they cost in every currency: seconds, US dollars, eFLOPs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from ttc.forecast.stages import Prediction, Stage
from ttc.prices.call_cost import CostModel
from ttc.prices.pricing import PriceList, usd_of_rent
from ttc.prices.roofline import Roofline


class Timing(Protocol):
    """How long a server takes: `LatencyLaws` as measured, or a `RooflineTiming` before anything is."""

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0, requests: float = 1) -> float:
        """Seconds until `requests` calls sent together have their first tokens, after `new_tokens` each."""


@dataclass(frozen=True, slots=True)
class RooflineTiming:
    """A roofline in the form of `Timing`."""

    roofline: Roofline

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""
        return self.roofline.decode_step(batch, context_tokens / batch)

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0, requests: float = 1) -> float:
        """Seconds until `requests` calls sent together have their first tokens, one prompt after the other."""
        return requests * self.roofline.prefill(new_tokens + cached_tokens, cached_tokens)


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
        seconds = predict_seconds(costing.timing, prediction, costing.slots, costing.kv_capacity)
    model, stages = costing.model, prediction.stages
    eflops = None if model is None else sum(_eflops(model, stage, prediction.served(stage)) for stage in stages)
    usd = None
    if costing.prices is not None:
        counts = (prediction.prompt_tokens, prediction.cached_tokens, prediction.output_tokens)
        usd = costing.prices.usd(*map(round, counts))
    if usd is None and costing.usd_per_hour is not None and seconds is not None:
        usd = usd_of_rent(seconds, costing.usd_per_hour)
    return Costs(prediction.output_tokens, prediction.calls, seconds, usd, eflops)


def predict_seconds(
    timing: Timing, prediction: Prediction, slots: float = math.inf, kv_capacity: float = math.inf
) -> float:
    """Seconds of stages one after the other on a server with nothing else to do.

    A stage reads the prompts of its calls together, which gives each its first token. It then takes as many decode
    steps as its longest call has further tokens. What does not all fit beside each other is worked off by the places
    that there are. Steps are priced at the stage's mean batch and mean context, which is exact for a linear law.
    """
    return sum(
        stage.chance * _stage_seconds(timing, stage, prediction.served(stage), slots, kv_capacity)
        for stage in prediction.stages
    )


def _stage_seconds(timing: Timing, stage: Stage, cached: float, slots: float, kv_capacity: float) -> float:
    if not stage.calls:
        return 0.0
    places = max(1.0, min(slots, kv_capacity / (stage.prompt + stage.steps)))
    rounds = max(1, math.ceil(stage.requests / places))
    prefill = rounds * timing.prefill_seconds(stage.prompt - cached, cached, stage.requests / rounds)
    work = stage.calls * (stage.output - 1)  # the first token of each comes with the prefill
    if work <= 0:
        return prefill
    steps = max(stage.steps - 1, work / min(places, stage.calls) + stage.steps - stage.output)
    context = stage.calls * (stage.prompt * (stage.output - 1) + (stage.output_square - 1) / 2)
    return prefill + steps * timing.decode_step(work / steps, context / steps)


def _eflops(model: CostModel, stage: Stage, cached: float) -> float:
    """10^12 effective operations of a stage; every prompt is read by as many sequences as share its request."""
    if not stage.requests:
        return 0.0
    sequences = stage.calls / stage.requests
    one = model.expected(stage.prompt, cached, stage.output, stage.output_square)
    alone = model.call(stage.prompt, cached)
    more = (one.eflops - alone.eflops) * sequences  # what is decoded comes once for each sequence
    return stage.chance * stage.requests * (alone.eflops + more) / 1e12
