"""Strategies without a forecast of their own: run on the simulated model, against the forecasts written by hand."""

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

import ttc
from tests.plan.test_predict import KNOBS, needs, workloads
from ttc.budget.budget import Budget
from ttc.forecast.stages import Prediction
from ttc.plan import Costing, Unit, Workload, predict
from ttc.plan.table import Situation, rows_of
from ttc.plan.trial_run import NoForecast, forecast_by_trial
from ttc.strategies import STRATEGIES, make_strategy

NEAR = {"output_tokens": 0.15, "calls": 0.1, "prompt_tokens": 0.25, "waves": 0.15}
"""How far the two may be from each other, as a share of the forecast."""
FAR: dict[str, dict[str, float]] = {
    "auto": {"output_tokens": 0.35, "calls": 0.3, "prompt_tokens": 0.45, "waves": 0.45},
    "self_consistency": {"output_tokens": 0.35, "calls": 0.3, "prompt_tokens": 0.3, "waves": 0.3},
    "mur": {"output_tokens": 0.35, "calls": 0.7, "prompt_tokens": 0.8, "waves": 0.3},
}
"""How many waves auto and self_consistency buy scatters widely: with 40 runs they are within 0.16 and 0.08. mur asks by
log-probabilities, which the simulated model does not take from the workload."""


@cache
def both(name: str) -> tuple[list[Prediction], list[Prediction]]:
    """By the strategy's own forecast, and by running it, for three problems."""
    strategy = make_strategy(name, KNOBS.get(name, {"n": 6}))
    known = [replace(w, cached=1.0) for w in workloads(**needs(name))[:3]]
    return [predict(strategy, w) for w in known], [forecast_by_trial(strategy, w) for w in known]


def error(name: str, what: str) -> float:
    """Simulated over forecast, minus 1, in the sum over the problems."""
    own, run = ([getattr(p, what) for p in predictions] for predictions in both(name))
    return sum(run) / sum(own) - 1


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_running_a_strategy_tells_what_its_own_forecast_does(name: str) -> None:
    for what, tolerance in FAR.get(name, NEAR).items():
        assert abs(error(name, what)) < tolerance, what


def test_most_agree_within_a_tenth() -> None:
    for what, least in (("output_tokens", 22), ("calls", 23), ("waves", 23)):
        near = [name for name in STRATEGIES if abs(error(name, what)) < 0.1]
        assert len(near) >= least, (what, sorted(set(STRATEGIES) - set(near)))


@dataclass(frozen=True)
class Chain:
    """Draws one after the other, judges all, and compares the first two; it has no knob n and no forecast."""

    links: int = 3

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        drawn = [(await session.sample())[0] for _ in range(self.links)]
        verdicts = await session.verify(drawn)
        await session.compare([(drawn[0], drawn[1])], 2)
        return max(zip(verdicts, drawn, strict=True), key=lambda pair: pair[0].score)[1]


CHECKED = Workload(
    60, (90, 110), check=Unit(2, 400, 10), has_verifier=True, compare=Unit(1, 250, 3), has_judge=True, answers=(1, 1)
)


def test_waves_prices_of_verdicts_and_prompts_are_those_of_the_workload() -> None:
    prediction = predict(Chain(), CHECKED)
    assert [stage.kind for stage in prediction.stages] == ["solve"] * 3 + ["verify", "judge"]
    assert prediction.waves == 5
    assert prediction.calls == 3 + 3 * 2 + 2
    *drawn, verdicts, comparisons = prediction.stages
    assert [round(stage.prompt) for stage in drawn] == [60, 60, 60]
    assert (verdicts.calls, verdicts.output, verdicts.prompt) == (6, 5, 200)
    assert (comparisons.calls, comparisons.output) == (2, 3)
    assert "simulated" in prediction.notes[0]


def test_silence_and_agreement_are_those_of_the_samples() -> None:
    """Votes that stop on agreement stop later where the samples differed or were silent."""
    strategy, sure = make_strategy("self_consistency", {"n": 32}), Workload(60, (100,), answers=(12,))
    sizes = [forecast_by_trial(strategy, w).calls for w in (sure, replace(sure, answers=(4, 3, 3, 2)))]
    sizes.append(forecast_by_trial(strategy, replace(sure, silent=36)).calls)
    assert sizes[0] < 0.7 * min(sizes[1:])


def test_it_also_runs_inside_an_event_loop_and_is_the_same_each_time() -> None:
    async def inside() -> Prediction:
        return predict(Chain(), CHECKED)

    assert asyncio.run(inside()) == predict(Chain(), CHECKED)


@dataclass(frozen=True)
class Endless:
    """Draws until the budget ends it."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        while True:
            await session.sample(64)


def test_what_cannot_be_run_is_said_and_has_no_row() -> None:
    with pytest.raises(NoForecast, match="needs a verifier"):
        predict(Chain(), replace(CHECKED, has_verifier=False))
    with pytest.raises(NoForecast, match="more than 4096 calls"):
        predict(Endless(), CHECKED)
    classes: dict[str, Any] = {"chain": Chain, "endless": Endless}

    def make(name: str, knobs: Any) -> Any:
        if knobs:
            raise ValueError("it has no knob n")
        return classes[name]()

    situation = Situation(CHECKED, Costing(), Budget(tokens=900), verifier="genrm", judge="pairwise")
    (row,) = rows_of(classes, {}, make, situation)
    assert (row.strategy, row.knobs, row.fits) == ("chain", {}, True)
    assert [note.split(":")[0] for note in situation.notes] == ["chain", "endless"]
    assert "simulated" in situation.notes[0]
