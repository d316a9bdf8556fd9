"""A run of auto ends, inside its budget, whatever its verifier and its judge do; on the simulated backend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from evals.bench.random_runs import BEHAVIOURS, PRICES, TARGETS
from ttc.api import asolve
from ttc.auto.options import MOST_OF_CANDIDATE, MOST_OF_PAIR
from ttc.backends.base import TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.belief.profile import shipped_profile
from ttc.belief.worth import JudgeWorth, VerifierWorth
from ttc.budget.budget import Budget
from ttc.core.session import Session
from ttc.errors import BackendError, TTCError
from ttc.prices.models import shape
from ttc.prices.pricing import ModelPricing
from ttc.strategies.auto import Auto
from ttc.types import Candidate, Verdict

PRICED = ModelPricing(shape("Qwen3-8B"), TokenPrices(1.0, 5.0))
VALUES = shipped_profile().model_copy(
    update={
        "verifiers": {"scripted": VerifierWorth(a=0.2, c=0.4, iota=0.3, auc=0.75)},
        "judges": {"scripted": JudgeWorth(alpha=3, beta=1, gamma=1)},
    }
)
"""Both are taken to be worth something, deserved or not."""
BUDGETS = (Budget(), Budget(calls=7), Budget(tokens=700), Budget(usd=0.003), Budget(eflops=80.0, calls=20))


class Scripted:
    """A verifier and a judge that behave in one way of `BEHAVIOURS`; all but the free one ask the model first."""

    name = "scripted"

    def __init__(self, behaviour: str, rng: Random):
        self.behaviour, self.rng = behaviour, rng
        self.verdicts = self.judgements = 0
        self.pairs: dict[frozenset[str], int] = {}

    async def say(self, session: Session, key: str) -> float:
        if self.behaviour == "fail":
            raise BackendError("this server is down", status=503)
        if self.behaviour != "free":
            await session.ask(key, "Which one?", max_tokens=400 if self.behaviour == "dear" else 4)
        if self.behaviour == "nan":
            return math.nan
        return 0.5 if self.behaviour == "constant" else self.rng.random()

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        self.verdicts += len(candidates)
        return [Verdict(await self.say(session, f"verify/{candidate.id}")) for candidate in candidates]

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        self.judgements += 1
        pair = frozenset((first.id, second.id))
        self.pairs[pair] = self.pairs.get(pair, 0) + 1
        said = await self.say(session, f"judge/{first.id}-{second.id}/{vote}")
        return float(vote % 2 == 0) if self.behaviour == "first" else said


@pytest.mark.parametrize("part", range(4))
async def test_every_run_ends_within_its_budget(part: int) -> None:
    """Sixty combinations of behaviour, price, target, n and budget; a verifier that fails ends a run with its error."""
    rng = Random(part)
    for number in range(15):
        verifier, judge = (Scripted(rng.choice(BEHAVIOURS), rng) if rng.random() < 0.8 else None for _ in range(2))
        knobs: dict[str, Any] = {"price": rng.choice(PRICES), "target_accuracy": rng.choice(TARGETS)}
        n, budget = rng.randrange(1, 9), rng.choice(BUDGETS)
        backend = SimulatedBackend(p_correct=rng.random(), pricing=PRICED)
        same: dict[str, Any] = {"backend": backend, "budget": budget, "values": VALUES, "seed": number}
        try:
            result = await asolve("What is 6 * 7?", Auto(n=n, **knobs), verifier=verifier, judge=judge, **same)
        except TTCError as error:
            result = error.result
            assert "fail" in {verifier and verifier.behaviour, judge and judge.behaviour}
        assert result is not None
        plan = result.plan
        assert plan is not None
        assert len(plan["decisions"]) <= 4 * n + 2
        assert len(result.candidates) <= n
        if verifier is not None:
            assert verifier.verdicts <= n
        if judge is not None:
            assert judge.judgements <= MOST_OF_CANDIDATE * n
            assert max(judge.pairs.values(), default=0) <= MOST_OF_PAIR
        for currency in ("calls", "usd", "eflops"):
            assert (getattr(result.cost, currency) or 0) <= budget.limit(currency) * (1 + 1e-9)
        assert result.cost.output_tokens <= budget.limit("tokens")


async def test_a_call_that_fails_for_good_is_a_candidate_that_was_drawn() -> None:
    """Where half of the requests fail, at most n candidates are asked for, and what came is kept."""

    class Lossy(SimulatedBackend):
        requests = asked = lost = 0

        async def complete(self, request: Any, meter: Any) -> Any:
            Lossy.requests, Lossy.asked = Lossy.requests + 1, Lossy.asked + request.n
            if Lossy.requests % 2 == 0:
                Lossy.lost += request.n
                raise BackendError("lost", status=500)
            return await super().complete(request, meter)

    result = await asolve("What is 6 * 7?", Auto(n=12, price=0.0), backend=Lossy(p_correct=0.2))
    assert Lossy.lost > 0
    assert len(result.candidates) == Lossy.asked - Lossy.lost
    assert len(result.candidates) < Lossy.asked <= 12


async def test_comparisons_alternate_their_order() -> None:
    """A judge that always prefers the first place says nothing: each pair is asked as often one way as the other."""
    judge = Scripted("first", Random(1))
    result = await asolve(
        "What is 6 * 7?", Auto(n=6, price=0.0), backend=SimulatedBackend(p_correct=0.4), judge=judge, values=VALUES
    )
    assert judge.judgements
    events = result.trace.named("judgement")
    votes = [event.data["vote"] % 2 for event in events]
    assert sum(votes) * 2 == len(votes)
