"""Predictions against what strategies really spend on the simulated model, for every registered strategy."""

from __future__ import annotations

import asyncio
from functools import cache
from statistics import median
from typing import Any

import pytest

import ttc
from tests.strategies.test_st_bon import Planted
from ttc.backends.simulated import SimulatedBackend
from ttc.plan import Workload, predict
from ttc.plan.probe import Probe, workload_of
from ttc.strategies import STRATEGIES, make_strategy
from ttc.types import Cost

PRM = "prm:format=math-shepherd"
STEPWISE = {"beam", "dvts", "ets", "mur", "parallel_tempering", "particle_filter", "particle_gibbs", "rebase"}
VERIFIED = {"ab_mcts", "best_of_n", "cisc"}
JUDGED = {"league", "pivot", "tournament"}
KNOBS: dict[str, dict[str, Any]] = {
    "auto": {"n": 16},
    "self_consistency": {"n": 16},
    "deepconf": {"n": 12, "warmup": 4},
    "ets": {"n": 4},
    "mur": {"n": 2},
    "parallel_tempering": {"n": 2},
    "particle_gibbs": {"n": 3},
    "rsa": {"n": 6, "loops": 3},
    "seat": {"n": 6, "rounds": 3},
    "self_evolution": {"n": 4, "rounds": 3},
    "st_bon": {"n": 6, "hidden": Planted()},
    "tournament": {"n": 8, "votes": 4},
}
PROBLEMS = [f"What is {i} + 4?" for i in range(10)]
MANY = [f"What is {i} + 4?" for i in range(60)]
"""For `auto`, whose number of candidates scatters: over 10 problems its mean has a standard error of a fifth."""


def needs(name: str) -> dict[str, str]:
    verifier = PRM if name in STEPWISE else "self_verify" if name in VERIFIED else None
    chosen = {"verifier": verifier, "judge": "pairwise" if name in JUDGED else None}
    return {kind: value for kind, value in chosen.items() if value is not None}


def backend() -> SimulatedBackend:
    return SimulatedBackend(gold=lambda problem: "42", p_correct=0.55)


@cache
def workloads(many: bool = False, **options: str) -> list[Workload]:
    """What eight probe samples say of each problem."""

    async def all_() -> list[Workload]:
        async with ttc.Solver(Probe(8), backend=backend(), seed=7, **options) as solver:  # type: ignore[arg-type]
            results = [await solver.solve(problem) for problem in (MANY if many else PROBLEMS)]
        return [workload_of(result, 1024, fan_out=True) for result in results]

    return asyncio.run(all_())


@cache
def measured(name: str) -> tuple[list[Any], list[Cost]]:
    """The predictions for all problems, and what the runs cost."""
    strategy = make_strategy(name, KNOBS.get(name, {"n": 6}))
    many = name == "auto"
    predictions = [predict(strategy, w) for w in workloads(many, **needs(name))]

    async def all_() -> list[Cost]:
        async with ttc.Solver(strategy, backend=backend(), **needs(name)) as solver:  # type: ignore[arg-type]
            return [(await solver.solve(problem)).cost for problem in (MANY if many else PROBLEMS)]

    return predictions, asyncio.run(all_())


def error(name: str, what: str) -> float:
    """Predicted over metered, minus 1, in the sum over the problems."""
    predictions, costs = measured(name)
    return sum(getattr(p, what) for p in predictions) / sum(getattr(c, what) for c in costs) - 1


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_prediction_is_near_the_metered_cost(name: str) -> None:
    assert abs(error(name, "output_tokens")) < 0.25
    assert abs(error(name, "calls")) < 0.35
    assert abs(error(name, "prompt_tokens")) < 0.35


def test_the_median_error_of_tokens_is_under_ten_percent() -> None:
    assert median(abs(error(name, "output_tokens")) for name in STRATEGIES) < 0.1


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_more_candidates_never_cost_less(name: str) -> None:
    (w, *_) = workloads(**needs(name))
    knobs = {knob: value for knob, value in KNOBS.get(name, {}).items() if knob not in ("n", "warmup")}
    costs = [predict(make_strategy(name, {**knobs, "n": n}), w).output_tokens for n in (3, 6, 12)]
    assert costs == sorted(costs)


def test_agreeing_probes_predict_fewer_candidates() -> None:
    strategy = make_strategy("self_consistency", {"n": 32})
    agree, differ = Workload(50, (100,), answers=(8,)), Workload(50, (100,), answers=(2, 2, 2, 1, 1))
    sure, unsure = (predict(strategy, w).calls for w in (agree, differ))
    assert sure < 0.6 * unsure


def test_no_stream_saves_more_than_it_would_have_written() -> None:
    """Lengths beyond max_tokens were counted as saved by DeepConf: its calls had a negative number of tokens."""
    workload = Workload(20, (900, 4000, 9000), max_tokens=64)
    prediction = predict(make_strategy("deepconf", {"n": 16, "warmup": 4, "window": 8}), workload)
    assert all(0 < stage.output <= 64 for stage in prediction.stages)


@pytest.mark.parametrize(("n", "batch"), [(1, 2), (3, 2), (7, 3), (8, 2)])
def test_ab_mcts_draws_n_solutions_also_where_the_batch_does_not_divide_n(n: int, batch: int) -> None:
    """The last batch counted as a whole one: 9 for n=7 in threes."""
    workload = Workload(20, (100,))
    assert predict(make_strategy("ab_mcts", {"n": n, "batch": batch}), workload).calls == n
