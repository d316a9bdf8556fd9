"""Auto: the allocator at work on the simulated model."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import ttc
from ttc.api import Solver, asolve
from ttc.backends.base import TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.belief.profile import ValueProfile, shipped_profile
from ttc.belief.worth import JudgeWorth, VerifierWorth
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.session import Session
from ttc.prices.models import shape
from ttc.prices.pricing import ModelPricing
from ttc.strategies import make_strategy
from ttc.strategies.auto import Auto
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Problem, Verdict

PRICED = ModelPricing(shape("Qwen3-8B"), TokenPrices(1.0, 5.0))
KNOWN = shipped_profile().model_copy(
    update={
        "verifiers": {"self_verify": VerifierWorth(a=0.0, c=0.6, iota=0.3, auc=0.9)},
        "judges": {"pairwise": JudgeWorth(alpha=4, beta=1, gamma=1, pairs=99)},
    }
)
"""A profile that knows a good verifier and a good judge."""


class TestAuto(StrategyConformance):
    def make(self) -> Auto:
        return Auto(n=12)


class TestAutoWithVerifier(StrategyConformance):
    needs_verifier = True

    def make(self) -> Auto:
        return Auto(n=8)

    def options(self) -> dict[str, Any]:
        return {"verifier": "self_verify", "values": KNOWN}


class TestAutoWithJudge(StrategyConformance):
    def make(self) -> Auto:
        return Auto(n=8)

    def options(self) -> dict[str, Any]:
        return {"judge": "pairwise", "values": KNOWN}


@pytest.mark.parametrize(
    "budget",
    [Budget(usd=0.004), Budget(eflops=60.0), Budget(tokens=900, usd=0.02), Budget(calls=5, eflops=1000.0)],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"verifier": "self_verify"}, {"judge": "pairwise"}], ids=str)
async def test_no_currency_is_overspent(budget: Budget, options: dict[str, Any]) -> None:
    for seed in range(3):
        backend = SimulatedBackend(p_correct=0.4, pricing=PRICED)
        same: dict[str, Any] = {"backend": backend, "budget": budget, "values": KNOWN, **options}
        result = await asolve(f"What is {seed} + 2?", Auto(price=0.0), **same)
        cost = result.cost
        assert cost.output_tokens <= (budget.tokens or math.inf)
        assert cost.calls <= (budget.calls or math.inf)
        assert (cost.usd or 0) <= (budget.usd or math.inf)
        assert (cost.eflops or 0) <= (budget.eflops or math.inf)
        assert result.candidates


async def test_it_starts_with_one_candidate() -> None:
    """Its length, silence and answer decide what comes next; nothing is drawn before."""
    for budget in (Budget(), Budget(calls=3), Budget(tokens=100_000)):
        result = await asolve("What is 2 + 3?", "auto", backend=SimulatedBackend(p_correct=1.0), budget=budget)
        assert result.plan is not None
        first, *_ = result.plan["decisions"]
        assert (first["chose"]["count"], first["believed"]["candidates"]) == (1, 0)
        assert first["why"].startswith("start")
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


async def test_a_target_is_reached_or_nothing_helps_any_more() -> None:
    for rate in (0.9, 0.3):
        result = await asolve(
            "What is 4 + 3?", Auto(target_accuracy=0.97, n=24), backend=SimulatedBackend(p_correct=rate)
        )
        assert result.plan is not None
        assert result.confidence is not None
        if result.plan["stopped"].startswith("target"):
            assert result.confidence >= 0.97
        else:
            assert result.plan["stopped"].startswith(("settled", "all drawn"))
            assert len(result.candidates) > (16 if rate < 0.5 else 4)
    low = await asolve("What is 4 + 3?", Auto(target_accuracy=0.5, n=24), backend=SimulatedBackend(p_correct=0.9))
    high = await asolve("What is 4 + 3?", Auto(target_accuracy=0.99, n=24), backend=SimulatedBackend(p_correct=0.9))
    assert low.cost.calls < high.cost.calls


async def test_seconds_buy_wide_waves_and_eflops_narrow_ones() -> None:
    """The widest wave on the same problem: side by side is nearly free in seconds only."""

    async def widest(budget: Budget, **options: Any) -> int:
        backend = SimulatedBackend(p_correct=0.35, pricing=PRICED, **options)
        result = await asolve("What is 19 * 7?", Auto(), backend=backend, budget=budget)
        assert result.plan is not None
        return max(d["chose"]["count"] for d in result.plan["decisions"] if d["chose"])

    assert await widest(Budget(seconds=6.0), time_scale=0.02) >= 2 * await widest(Budget(eflops=900.0))


async def test_the_plan_explains_every_decision() -> None:
    options: dict[str, Any] = {"judge": "pairwise", "values": KNOWN}
    result = await asolve("What is 17 * 23?", "auto", backend=SimulatedBackend(p_correct=0.4), **options)
    plan = json.loads(result.to_json())["plan"]
    assert plan == result.plan
    assert set(plan) == {"profile", "kind", "currencies", "believed", "stopped", "decisions"}
    assert (plan["profile"], plan["kind"], plan["currencies"]) == (KNOWN.name, "guess", ["calls"])
    assert plan["stopped"].split(":")[0] in ("price", "settled", "all drawn")
    for decision in plan["decisions"][1:-1]:
        chosen = [o for o in decision["considered"] if o["action"] == decision["chose"]["action"]]
        assert chosen[0]["gain"] / chosen[0]["cost"] >= plan["decisions"][0]["price"]
    assert {o["action"] for d in plan["decisions"] for o in d["considered"]} == {"draw", "compare"}
    assert abs(plan["believed"]["right"] - (result.confidence or 0)) < 1e-3
    other = await asolve("What is 17 * 23?", "self_consistency", backend=SimulatedBackend())
    assert other.plan is None


async def test_a_plan_cut_off_by_the_deadline_says_so() -> None:
    backend = SimulatedBackend(time_scale=0.5)
    result = await asolve("What is 17 * 23?", "auto", backend=backend, budget=Budget(seconds=0.2))
    assert result.plan is not None
    assert result.plan["stopped"] == "deadline: seconds ended the run"


async def test_a_good_verifier_that_the_profile_knows_is_believed(tmp_path: Path) -> None:
    """With a verifier that is rarely wrong it is surer, and both ways to give the profile are the same."""
    KNOWN.save(tmp_path / "profile.json")
    sure: list[float] = []
    ways: list[dict[str, Any]] = [{"knobs": {"profile": str(tmp_path / "profile.json")}}, {"values": KNOWN}, {}]
    for given in ways:
        backend = SimulatedBackend(p_correct=0.5, verify_tpr=0.99, verify_fpr=0.01)
        results = [
            await asolve(f"What is {i} + 8?", "auto", backend=backend, verifier="self_verify", **given)
            for i in range(12)
        ]
        sure.append(sum(result.confidence or 0 for result in results) / len(results))
    assert sure[0] == sure[1] > sure[2] + 0.05


async def test_what_is_of_unknown_worth_is_never_asked_and_said() -> None:
    roles: dict[str, Any] = {"verifier": "self_verify", "judge": "pairwise"}
    result = await asolve("What is 17 * 23?", Auto(price=0.0), backend=SimulatedBackend(p_correct=0.4), **roles)
    assert result.warnings == (
        "self_verify was not asked: its worth is unknown (ttc record --verifier self_verify, then ttc fit)",
        "pairwise was not asked: its worth is unknown (ttc record --judge pairwise, then ttc fit)",
    )
    assert set(result.cost_by_kind) == {"solve"}
    assert result.verdicts == {}
    known = await asolve("What is 17 * 23?", "auto", backend=SimulatedBackend(p_correct=0.4), values=KNOWN, **roles)
    assert known.warnings == ()


async def test_the_word_of_the_user_counts_where_the_profile_does_not_know_the_verifier() -> None:
    backend = SimulatedBackend(p_correct=0.4, verify_tpr=0.95, verify_fpr=0.05)
    same: dict[str, Any] = {"backend": backend, "verifier": "self_verify"}
    result = await asolve("What is 17 * 23?", Auto(verifier_auc=0.9), **same)
    assert result.plan is not None
    assert (result.plan["kind"], result.warnings) == ("stated", ())
    assert result.verdicts
    assert abs(result.plan["believed"]["right"] - (result.confidence or 0)) < 1e-3
    known = await asolve("What is 17 * 23?", Auto(verifier_auc=0.9), values=KNOWN, **same)
    assert known.plan is not None
    assert known.plan["kind"] == "guess"
    alone = await asolve("What is 17 * 23?", Auto(verifier_auc=0.9), backend=backend)
    assert alone.plan is not None
    assert alone.plan["kind"] == "guess"  # without a verifier the word says nothing


async def test_verdicts_that_cost_nothing_are_always_taken() -> None:
    profile = shipped_profile().model_copy(update={"verifiers": {"confidence": VerifierWorth(c=0.2, auc=0.6)}})
    backend = SimulatedBackend(p_correct=0.4)
    result = await asolve("What is 17 * 23?", "auto", backend=backend, verifier="confidence", values=profile)
    assert set(result.verdicts) == {candidate.id for candidate in result.candidates if candidate.answer is not None}


async def test_answers_that_cannot_be_compared_are_not_drawn_again() -> None:
    """Two free texts always differ, so that no vote says anything; a judge of known worth does."""
    problem = Problem("Write a line about 7.", domain="open")
    result = await asolve(problem, Auto(price=0.0), backend=SimulatedBackend())
    assert len(result.candidates) == 1
    assert result.plan is not None
    judged = await asolve(problem, Auto(price=0.0, n=4), backend=SimulatedBackend(), judge="pairwise", values=KNOWN)
    assert len(judged.candidates) > 1


async def test_an_infinite_price_buys_one_candidate_and_no_price_buys_until_nothing_changes() -> None:
    backend, problem = SimulatedBackend(p_correct=0.3), "What is 5 + 4?"
    dear = await asolve(problem, Auto(n=16, price=math.inf), backend=backend)
    assert len(dear.candidates) == 1
    free = await asolve(problem, Auto(n=16, price=0.0), backend=backend)
    assert 4 < len(free.candidates) <= 16
    (*_, last) = free.trace.named("decision")
    assert last.data["why"].partition(":")[0] in ("settled", "all drawn")


def test_bad_knobs() -> None:
    bad: tuple[dict[str, Any], ...] = (
        {"n": 0}, {"price": -1.0}, {"price": math.nan}, {"target_accuracy": 1.0}, {"verifier_auc": 0.3},
    )  # fmt: skip
    for knobs in bad:
        with pytest.raises(ValueError, match=next(iter(knobs))):
            Auto(**knobs)
    with pytest.raises(ValueError, match="no knob 'probes'; auto starts with one candidate"):
        make_strategy("auto", {"probes": "2"})
    with pytest.raises(ValueError, match="no knob 'probes' any more; auto starts with one candidate"):
        Auto(probes=2)
    with pytest.raises(TypeError):
        Auto(16, 2)  # type: ignore[misc]


async def test_an_old_profile_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"version": 1, "name": "old", "components": []}')
    with pytest.raises(ValueError, match="fit it again: ttc fit"):
        await asolve("What is 1 + 1?", Auto(profile=str(path)), backend=SimulatedBackend())


async def test_a_cap_is_no_budget() -> None:
    """A parent's limits say what is left; shares are of what was asked for, here nothing."""
    capped, plain = [], []
    for seed in range(6):
        backend = SimulatedBackend(p_correct=0.5)
        async with Solver(backend=backend, seed=seed) as solver:
            capped.append(await solver.solve(f"What is {seed} * 3?", ledger=Ledger(Budget(calls=4096, tokens=10**7))))
            plain.append(await solver.solve(f"What is {seed} * 3?"))
    assert [r.cost.calls for r in capped] == [r.cost.calls for r in plain]
    async with Solver(Auto(price=0.0), backend=SimulatedBackend(p_correct=0.3)) as solver:
        short = await solver.solve("What is 8 * 3?", ledger=Ledger(Budget(calls=2)))
    assert short.cost.calls <= 2
    assert (short.stopped, short.limit) == ("budget", "calls")


# ---- it ends


class Mute:
    """A verifier and a judge of which nothing can be read; `free`: they ask no model."""

    name = "mute"

    def __init__(self, free: bool):
        self.free, self.judgements = free, 0

    async def _ask(self, session: Session, key: str) -> None:
        if not self.free:
            await session.ask(key, "Which one?", max_tokens=4)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        for candidate in candidates:
            await self._ask(session, f"verify/{candidate.id}")
        return [Verdict(math.nan, "unreadable") for _ in candidates]

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        self.judgements += 1
        await self._ask(session, f"judge/{first.id}-{second.id}/{vote}")
        return math.nan


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("knobs", [{}, {"price": 0.0}, {"target_accuracy": 0.999}], ids=str)
async def test_it_ends_under_a_judge_and_a_verifier_that_cannot_be_read(free: bool, knobs: dict[str, Any]) -> None:
    """0.1.0 asked such a judge without end: 4,094 calls for one message."""
    worth = {
        "verifiers": {"mute": VerifierWorth(a=0.0, c=0.5, iota=0.3, auc=0.8)},
        "judges": {"mute": JudgeWorth(alpha=4, beta=1, gamma=1)},
    }
    values: ValueProfile = shipped_profile().model_copy(update=worth)
    for seed in range(4):
        mute = Mute(free)
        backend = SimulatedBackend(p_correct=0.3)
        roles: dict[str, Any] = {"verifier": mute, "judge": mute, "values": values, "seed": seed}
        result = await asolve("What is 17 * 23?", Auto(n=8, **knobs), backend=backend, **roles)
        assert len(result.candidates) <= 8
        assert mute.judgements <= 16
        assert len(result.verdicts) <= len(result.candidates)
        assert result.plan is not None
        assert len(result.plan["decisions"]) <= 4 * 8 + 2
        if mute.judgements:
            assert f"judge mute: none of {mute.judgements} judgements could be read" in result.warnings
        if result.verdicts:
            assert f"verifier mute: none of {len(result.verdicts)} verdicts could be read" in result.warnings
        unknown = Mute(free)
        result = await asolve("What is 17 * 23?", Auto(n=8, **knobs), backend=backend, judge=unknown, seed=seed)
        assert unknown.judgements == 0
        assert "mute was not asked: its worth is unknown (ttc record --judge mute, then ttc fit)" in result.warnings


# ---- batches and shared totals


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
        results = [await solver.solve("What is 1 + 2?", ledger=shared) for _ in range(8)]
    assert (results[-1].stopped, results[-1].limit, results[-1].cost.calls) == ("budget", "tokens", 0)
    assert shared.cost.output_tokens <= 200
