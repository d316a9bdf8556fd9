"""Auto: the allocator at work on the simulated model."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from ttc.auto.holdings import recentred
from ttc.auto.prior import ScoreLaw, shipped_profile

import ttc
from ttc.api import Solver, asolve
from ttc.backends.base import TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.prices.models import shape
from ttc.prices.pricing import ModelPricing
from ttc.strategies.auto import Auto
from ttc.testing.strategies import StrategyConformance
from ttc.types import Problem

PRICED = ModelPricing(shape("Qwen3-8B"), TokenPrices(1.0, 5.0))


class TestAuto(StrategyConformance):
    def make(self) -> Auto:
        return Auto(n=12)


class TestAutoWithVerifier(StrategyConformance):
    needs_verifier = True

    def make(self) -> Auto:
        return Auto(n=8)

    def options(self) -> dict[str, Any]:
        return {"verifier": "self_verify"}


class TestAutoWithJudge(StrategyConformance):
    def make(self) -> Auto:
        return Auto(n=8)

    def options(self) -> dict[str, Any]:
        return {"judge": "pairwise"}


@pytest.mark.parametrize(
    "budget",
    [Budget(usd=0.004), Budget(eflops=60.0), Budget(tokens=900, usd=0.02), Budget(calls=5, eflops=1000.0)],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"verifier": "self_verify"}, {"judge": "pairwise"}], ids=str)
async def test_no_currency_is_overspent(budget: Budget, options: dict[str, Any]) -> None:
    for seed in range(3):
        backend = SimulatedBackend(p_correct=0.4, pricing=PRICED)
        result = await asolve(f"What is {seed} + 2?", Auto(price=0.0), backend=backend, budget=budget, **options)
        cost = result.cost
        assert cost.output_tokens <= (budget.tokens or math.inf)
        assert cost.calls <= (budget.calls or math.inf)
        assert (cost.usd or 0) <= (budget.usd or math.inf)
        assert (cost.eflops or 0) <= (budget.eflops or math.inf)
        assert result.candidates


async def test_probes_are_candidates_like_all_others() -> None:
    result = await asolve("What is 2 + 3?", Auto(probes=4), backend=SimulatedBackend(p_correct=1.0))
    assert len(result.candidates) == 4  # four that agree are enough: nothing was drawn again
    assert result.cost.calls == 4
    assert result.cost.output_tokens == sum(c.output_tokens for c in result.candidates)


async def test_the_harder_problem_gets_more() -> None:
    def mean(calls: list[int]) -> float:
        return sum(calls) / len(calls)

    drawn: dict[float, list[int]] = {0.95: [], 0.4: []}
    for rate, calls in drawn.items():
        for seed in range(12):
            result = await asolve(f"What is {seed} + 3?", "auto", backend=SimulatedBackend(p_correct=rate), seed=seed)
            calls.append(result.cost.calls)
    assert mean(drawn[0.4]) > 1.5 * mean(drawn[0.95])


async def test_a_target_is_reached_or_everything_is_spent() -> None:
    for rate in (0.9, 0.3):
        result = await asolve(
            "What is 4 + 3?", Auto(target_accuracy=0.97, n=24), backend=SimulatedBackend(p_correct=rate)
        )
        assert result.plan is not None
        assert result.confidence is not None
        if result.plan["stopped"].startswith("sure"):
            assert result.confidence >= 0.97
        else:
            assert len(result.candidates) == 24
    low = await asolve("What is 4 + 3?", Auto(target_accuracy=0.5, n=24), backend=SimulatedBackend(p_correct=0.9))
    high = await asolve("What is 4 + 3?", Auto(target_accuracy=0.99, n=24), backend=SimulatedBackend(p_correct=0.9))
    assert low.cost.calls < high.cost.calls


async def test_seconds_buy_wide_waves_and_eflops_narrow_ones() -> None:
    """The widest wave after the probes, on the same problem: side by side is nearly free in seconds only."""

    async def widest(budget: Budget, **options: Any) -> int:
        backend = SimulatedBackend(p_correct=0.35, pricing=PRICED, **options)
        result = await asolve("What is 19 * 7?", Auto(probes=2), backend=backend, budget=budget)
        assert result.plan is not None
        return max(d["chose"]["count"] for d in result.plan["decisions"][1:] if d["chose"])

    assert await widest(Budget(seconds=6.0), time_scale=0.02) >= 2 * await widest(Budget(eflops=900.0))


async def test_the_plan_explains_every_decision() -> None:
    result = await asolve("What is 17 * 23?", "auto", backend=SimulatedBackend(p_correct=0.4), judge="pairwise")
    plan = json.loads(result.to_json())["plan"]
    assert plan == result.plan
    assert plan["profile"] == shipped_profile().name
    assert plan["decisions"][0]["why"].startswith("probe")
    assert plan["stopped"].split(":")[0] in ("price", "settled", "cap")
    for decision in plan["decisions"][1:-1]:
        chosen = [o for o in decision["considered"] if o["action"] == decision["chose"]["action"]]
        assert chosen[0]["gain"] / chosen[0]["cost"] >= plan["decisions"][0]["price"]
    assert {o["action"] for d in plan["decisions"] for o in d["considered"]} == {"sample", "judge"}
    assert abs(plan["believed"]["right"] - (result.confidence or 0)) < 1e-3
    other = await asolve("What is 17 * 23?", "self_consistency", backend=SimulatedBackend())
    assert other.plan is None


async def test_a_plan_cut_off_by_the_deadline_says_so() -> None:
    backend = SimulatedBackend(time_scale=0.5)
    result = await asolve("What is 17 * 23?", "auto", backend=backend, budget=Budget(seconds=0.2))
    assert result.plan is not None
    assert result.plan["stopped"] == "deadline: seconds ended the run"


async def test_a_good_verifier_that_the_profile_knows_is_believed(tmp_path: Path) -> None:
    """With a law of a nearly perfect verifier fewer candidates are enough than votes alone would need."""
    law = ScoreLaw(edges=(0.5,), right=(0.01, 0.99), wrong=(0.99, 0.01))
    shipped_profile().model_copy(update={"scores": {"self_verify": law}}).save(tmp_path / "profile.json")
    sure: list[float] = []
    for knobs in ({"profile": str(tmp_path / "profile.json")}, {}):
        backend = SimulatedBackend(p_correct=0.5, verify_tpr=0.99, verify_fpr=0.01)
        results = [
            await asolve(f"What is {i} + 8?", "auto", backend=backend, verifier="self_verify", knobs=knobs)
            for i in range(8)
        ]
        sure.append(sum(result.confidence or 0 for result in results) / len(results))
    assert sure[0] > sure[1]
    assert sure[0] > 0.9


def test_a_verifier_that_praises_everything_says_nothing() -> None:
    assert recentred([[0.97, 0.97], [0.97]]) == ((pytest.approx(0.5),) * 2, (pytest.approx(0.5),))
    (first,), (second,) = recentred([[1.0], [0.0]])
    assert first == pytest.approx(1 - second)
    assert first > 0.99


@pytest.mark.parametrize(("calls", "first"), [(5, 1), (8, 2), (40, 4)])
async def test_probes_take_no_more_than_a_quarter_of_the_budget(calls: int, first: int) -> None:
    result = await asolve("What is 5 + 4?", Auto(probes=4), backend=SimulatedBackend(), budget=Budget(calls=calls))
    assert result.trace.named("decision")[0].data["chose"]["count"] == first


async def test_an_infinite_price_buys_the_probes_alone_and_no_price_buys_until_nothing_changes() -> None:
    backend, problem = SimulatedBackend(p_correct=0.3), "What is 5 + 4?"
    dear = await asolve(problem, Auto(n=16, probes=4, price=math.inf), backend=backend)
    assert len(dear.candidates) == 4
    free = await asolve(problem, Auto(n=16, probes=4, price=0.0), backend=backend)
    assert 4 < len(free.candidates) <= 16
    (*_, last) = free.trace.named("decision")
    assert last.data["why"].partition(":")[0] in ("settled", "cap")


def test_bad_knobs() -> None:
    for knobs in ({"n": 0}, {"probes": 0}, {"price": -1.0}, {"target_accuracy": 1.0}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            Auto(**knobs)  # type: ignore[arg-type]


async def test_a_batch_under_one_total_never_overspends_and_answers_all() -> None:
    problems = [Problem(f"What is {i} + {i + 1}?") for i in range(10)]
    for total in (Budget(tokens=4000), Budget(calls=35)):
        backend = SimulatedBackend(p_correct=0.6)
        async with Solver(backend=backend) as solver:
            results = [r async for r in solver.solve_many(problems, total=total, at_once=4)]
        assert {r.problem.id for r in results} == {p.id for p in problems}
        assert sum(r.cost.output_tokens for r in results) <= (total.tokens or math.inf)
        assert sum(r.cost.calls for r in results) <= (total.calls or math.inf)
        assert all(r.candidates for r in results)


def test_solve_many_for_code_without_a_loop() -> None:
    results = ttc.solve_many(
        ["What is 2 + 2?", "What is 3 + 3?"], backend=SimulatedBackend(p_correct=1.0), budget=Budget(calls=12)
    )
    assert [r.problem.text for r in results] == ["What is 2 + 2?", "What is 3 + 3?"]


@pytest.mark.parametrize("own", [Budget(), Budget(tokens=50), Budget(calls=3)], ids=str)
async def test_a_shared_total_that_is_spent_ends_a_run_by_its_budget(own: Budget) -> None:
    """An agent's second call after `total_tokens` were used up was a division by zero."""
    shared = Ledger(Budget(tokens=200))
    async with Solver(Auto(), backend=SimulatedBackend(p_correct=0.5), budget=own) as solver:
        results = [await solver.solve("What is 1 + 2?", ledger=shared) for _ in range(5)]
    assert (results[-1].stopped, results[-1].limit, results[-1].cost.calls) == ("budget", "tokens", 0)
    assert shared.cost.output_tokens <= 200


def test_a_price_is_a_number() -> None:
    with pytest.raises(ValueError, match="price is nan"):
        Auto(price=math.nan)
