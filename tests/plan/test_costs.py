"""Predicted stages in seconds, dollars and eFLOPs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from evals.bench.workloads import learnt
from ttc.backends.base import TokenPrices
from ttc.forecast.stages import solutions
from ttc.plan import (
    Costing,
    Prediction,
    Stage,
    Unit,
    Workload,
    costs_of,
    predict,
    predict_seconds,
)
from ttc.plan.costs import RooflineTiming
from ttc.prices.call_cost import CostModel
from ttc.prices.hardware import hardware
from ttc.prices.models import shape
from ttc.prices.roofline import Roofline
from ttc.strategies import make_strategy


@dataclass
class Linear:
    """step = a + b·batch + c·context; prefill = e + requests·f·new."""

    a: float = 0.01
    b: float = 0.001
    c: float = 1e-6
    e: float = 0.0
    f: float = 1e-4

    def decode_step(self, batch: float, context_tokens: float) -> float:
        return self.a + self.b * batch + self.c * context_tokens

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0, requests: float = 1) -> float:
        return self.e + requests * self.f * new_tokens


def seconds(*stages: Stage, law: Linear | None = None, **limits: float) -> float:
    return predict_seconds(law or Linear(), Prediction(stages), **limits)


def stepwise(law: Linear, prompt: int, lengths: list[int]) -> float:
    """The same stage, one decode step after the other."""
    total = law.prefill_seconds(prompt)
    for t in range(1, max(lengths)):  # the first token of each comes with the prefill
        running = [length for length in lengths if length > t]
        total += law.decode_step(len(running), sum(prompt + t + 0.5 for _ in running))
    return total


def test_seconds_of_a_stage_equal_the_sum_over_its_steps() -> None:
    lengths = [40, 70, 100, 190]
    mean, square = sum(lengths) / 4, sum(x * x for x in lengths) / 4
    stage = Stage("solve", 4, mean, 200, 1, longest=190, square=square)
    assert seconds(stage) == pytest.approx(stepwise(Linear(), 200, lengths), rel=1e-9)


def test_what_does_not_fit_waits() -> None:
    stage = Stage("solve", 32, 100, 50, 1, longest=100)
    free, narrow, small = seconds(stage), seconds(stage, slots=8), seconds(stage, kv_capacity=8 * 150)
    assert narrow == pytest.approx(small)
    assert narrow > free
    # four rounds of the fixed part of a step in place of one
    assert narrow - free == pytest.approx(3 * 99 * Linear().a, rel=1e-6)


def test_stages_come_one_after_the_other_and_count_by_their_chance() -> None:
    one = Stage("solve", 4, 100, 50, 1)
    half = Stage("solve", 4, 100, 50, 1, chance=0.5)
    assert seconds(one, half) == pytest.approx(1.5 * seconds(one))
    assert Prediction((one, half)).waves == 1.5


def test_cached_prompts_need_no_prefill() -> None:
    stage = Stage("verify", 4, 1, 1000, 4, cached=900)
    cold, warm = (predict_seconds(Linear(), Prediction((stage,), shared=share)) for share in (0.0, 1.0))
    assert cold - warm == pytest.approx(4 * 900 * Linear().f)


def test_what_was_read_before_is_another_cache_than_what_calls_share() -> None:
    shared = Stage("verify", 4, 1, 1000, 4, cached=900)
    both = Prediction((shared, replace(shared, known=1.0)), cache=1.0, shared=0.25)
    assert both.cached_tokens == 4 * 900 * 1.25


def test_calls_sent_together_pay_the_round_trip_once() -> None:
    law = Linear(e=0.05)
    together, narrow = (seconds(Stage("judge", 8, 1, 100, 8), law=law, slots=slots) for slots in (8, 2))
    assert together == pytest.approx(law.e + 8 * 100 * law.f)
    assert narrow - together == pytest.approx(3 * law.e)  # four rounds of two


def test_a_judge_that_replies_with_one_token_decodes_nothing() -> None:
    assert seconds(Stage("judge", 8, 1, 100, 8), law=Linear(a=1e9)) < 1


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


def test_how_often_answers_are_new_is_learnt_from_all_problems() -> None:
    sure = learnt([Workload(50, (200,), answers=(8,))] * 8)[0]
    unsure = learnt([Workload(50, (200,), answers=(2, 1, 1, 1, 1, 1, 1))] * 8)[0]
    assert sure.novelty < 0.2
    assert unsure.novelty > 3
    league = make_strategy("league", {"n": 8})
    alone, together = (predict(league, w).calls for w in (replace(sure, novelty=1.0), sure))
    assert together - 8 < 0.5 * (alone - 8)


def test_equal_beginnings_are_judged_once() -> None:
    check = Unit(4, 800, 4, by_step=True)
    w = Workload(50, (200,), check=check, has_verifier=True)
    calls = []
    for common in ((), (120, 120, 120)):
        stages = predict(make_strategy("beam", {"n": 4}), replace(w, common=common)).stages
        calls.append([round(stage.calls, 6) for stage in stages if stage.kind == "verify"])
    assert calls == [[4, 4, 4, 4], [1, 1, 4, 4]]


def test_growth_goes_on_while_any_solution_has_steps() -> None:
    """Half of the solutions have 2 steps and half 6: of eight, one surely has 6, and few are left then."""
    w = Workload(50, (300,), steps=4, step_counts=(2, 6), step_sigma=0.5)
    stages = predict(make_strategy("beam", {"n": 8}), w).stages
    grown = [stage for stage in stages if stage.kind == "solve"]
    assert len(grown) == 6
    assert grown[5].chance > 0.99
    assert grown[5].calls == pytest.approx(4, rel=0.01)
    assert sum(stage.chance * stage.calls * stage.output for stage in grown) == pytest.approx(8 * 300)
    assert grown[0].steps > 1.5 * grown[0].output  # all wait for the longest step
