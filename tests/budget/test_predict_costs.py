"""Predicted stages in seconds, dollars and eFLOPs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ttc.backends.base import TokenPrices
from ttc.budget.call_cost import CostModel
from ttc.budget.hardware import hardware
from ttc.budget.models import shape
from ttc.budget.predict import Costing, Prediction, Stage, Workload, costs_of, merged, predict_seconds
from ttc.budget.predict.costs import RooflineTiming
from ttc.budget.predict.stages import solutions
from ttc.budget.roofline import Roofline


@dataclass
class Linear:
    """step = a + b·batch + c·context; prefill = f·new."""

    a: float = 0.01
    b: float = 0.001
    c: float = 1e-6
    f: float = 1e-4

    def decode_step(self, batch: float, context_tokens: float) -> float:
        return self.a + self.b * batch + self.c * context_tokens

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0) -> float:
        return self.f * new_tokens


def stepwise(law: Linear, prompt: int, lengths: list[int]) -> float:
    """The same stage, one decode step after the other."""
    total = law.prefill_seconds(prompt)
    for t in range(max(lengths)):
        running = [length for length in lengths if length > t]
        total += law.decode_step(len(running), sum(prompt + t + 0.5 for _ in running))
    return total


def test_seconds_of_a_stage_equal_the_sum_over_its_steps() -> None:
    lengths = [40, 70, 100, 190]
    mean, square = sum(lengths) / 4, sum(x * x for x in lengths) / 4
    stage = Stage("solve", 4, mean, 200, 1, longest=190, square=square)
    assert predict_seconds(Linear(), [stage]) == pytest.approx(stepwise(Linear(), 200, lengths), rel=1e-9)


def test_what_does_not_fit_waits() -> None:
    stage = Stage("solve", 32, 100, 50, 1, longest=100)
    free, narrow = predict_seconds(Linear(), [stage]), predict_seconds(Linear(), [stage], slots=8)
    small = predict_seconds(Linear(), [stage], kv_capacity=8 * 150)
    assert narrow == pytest.approx(small)
    assert narrow > free
    # four rounds of the fixed part of a step in place of one
    assert narrow - free == pytest.approx(300 * Linear().a, rel=1e-6)


def test_stages_come_one_after_the_other_and_count_by_their_chance() -> None:
    one = Stage("solve", 4, 100, 50, 1)
    half = Stage("solve", 4, 100, 50, 1, chance=0.5)
    assert predict_seconds(Linear(), [one, half]) == pytest.approx(1.5 * predict_seconds(Linear(), [one]))
    assert Prediction((one, half)).waves == 1.5


def test_cached_prompts_need_no_prefill() -> None:
    stage = Stage("verify", 4, 1, 1000, 4, cached=900)
    cold, warm = (predict_seconds(Linear(), [stage], cache) for cache in (0.0, 1.0))
    assert cold - warm == pytest.approx(4 * 900 * Linear().f)


def test_eflops_are_those_of_the_cost_model() -> None:
    model = CostModel(shape("Qwen3-8B"), 295.3)
    stage = Stage("solve", 16, 1024, 512, 1)
    costs = costs_of(Prediction((stage,)), Costing(model=model))
    assert costs.eflops == pytest.approx(model.call(512, 0, 1024, 16).eflops / 1e12)
    assert costs.seconds is None
    assert costs.usd is None


def test_longer_scatter_costs_more_eflops_at_the_same_mean() -> None:
    model = CostModel(shape("Qwen3-8B"), 295.3)
    even, scattered = (Stage("solve", 4, 1000, 512, 1, square=square) for square in (1e6, 2e6))
    costs = [costs_of(Prediction((stage,)), Costing(model=model)).eflops or 0 for stage in (even, scattered)]
    assert costs[1] > costs[0]


def test_dollars_by_price_list_or_by_rent() -> None:
    prediction = Prediction((Stage("solve", 4, 100, 50, 1),))
    prices = TokenPrices(prompt=1.0, output=2.0)
    assert costs_of(prediction, Costing(prices=prices)).usd == pytest.approx((50 + 800) / 1e6)
    rented = costs_of(prediction, Costing(timing=Linear(), usd_per_hour=3.6))
    assert rented.seconds is not None
    assert rented.usd == pytest.approx(rented.seconds * 0.001)


def test_parallel_samples_are_cheap_in_seconds_and_dear_in_eflops() -> None:
    """The same 16 candidates: by seconds hardly more than one, by eFLOPs sixteen times one."""
    device, w = hardware("H100"), Workload(512, (1024,))
    timing = RooflineTiming(Roofline(shape("Qwen3-8B"), device))
    costing = Costing(timing=timing, model=CostModel(shape("Qwen3-8B"), device.intensity()))
    one, many = (costs_of(Prediction((solutions(w, n),)), costing) for n in (1, 16))
    assert one.seconds is not None
    assert many.seconds is not None
    assert one.eflops is not None
    assert many.eflops is not None
    assert many.seconds < 3 * one.seconds
    assert many.eflops > 14 * one.eflops


def test_orders_of_lengths() -> None:
    w = Workload(50, (80, 100, 130, 90))
    assert w.longest(1) == w.mean
    assert w.mean < w.longest(4) < w.longest(16) <= w.max_tokens
    assert w.order(1, 8) < w.mean < w.order(8, 8)
    assert merged([w, w]).lengths == w.lengths * 2


@pytest.mark.parametrize("lengths", [(), (0,)])
def test_lengths_are_needed(lengths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="lengths is"):
        Workload(50, lengths)
