"""Auto over many problems: what it wins on a simulated mix of easy and hard ones. Fixed seeds, tolerances stated."""

import itertools
import math

import pytest

from ttc.api import Solver, asolve
from ttc.backends.base import TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.core.result import Result
from ttc.prices.models import shape
from ttc.prices.pricing import ModelPricing
from ttc.strategies.auto import Auto
from ttc.strategies.self_consistency import SelfConsistency
from ttc.types import Problem

PROBLEMS = [Problem(f"How much is {i} plus {2 * i}?") for i in range(100)]
GOLD = {p.text: str(3 * i) for i, p in enumerate(PROBLEMS)}
EACH = 5  # calls for each problem, on average


def easy_and_hard(**options: object) -> SimulatedBackend:
    """Every second problem is solved by nearly every candidate, the others by two in five."""

    def rate(text: str) -> float:
        return 0.97 if int(text.split()[3]) % 2 else 0.4

    return SimulatedBackend(gold=GOLD, p_correct=rate, **options)  # type: ignore[arg-type]


def accuracy(results: list[Result]) -> float:
    return sum(r.answer == GOLD[r.problem.text] for r in results) / len(results)


async def test_a_batch_beats_equal_shares() -> None:
    total = EACH * len(PROBLEMS)
    async with Solver(Auto(), backend=easy_and_hard()) as solver:
        shared = [r async for r in solver.solve_many(PROBLEMS, total=Budget(calls=total), at_once=8)]
    assert sum(r.cost.calls for r in shared) <= total
    async with Solver(SelfConsistency(n=EACH, stop="none"), backend=easy_and_hard()) as solver:
        equal = [r async for r in solver.solve_many(PROBLEMS)]
    assert sum(r.cost.calls for r in equal) == total
    calls = {kind: [r.cost.calls for r in shared if int(r.problem.text.split()[3]) % 2 == kind] for kind in (0, 1)}
    assert sum(calls[0]) > 1.5 * sum(calls[1])  # the hard ones get the money
    assert accuracy(shared) > accuracy(equal) + 0.02


async def test_more_budget_is_never_worse_beyond_noise() -> None:
    """Accuracy over 60 problems; the tolerance is about one and a half standard errors of a difference."""
    found = []
    for tokens in (200, 1000, 5000):
        async with Solver(Auto(), backend=easy_and_hard(), budget=Budget(tokens=tokens)) as solver:
            found.append(accuracy([r async for r in solver.solve_many(PROBLEMS[:60])]))
    assert all(after > before - 0.06 for before, after in itertools.pairwise(found))
    assert found[-1] > found[0] + 0.05


@pytest.mark.parametrize(
    "total", [Budget(usd=0.02), Budget(eflops=400.0), Budget(tokens=2500, calls=30), Budget(calls=3)], ids=str
)
async def test_totals_hold_in_every_currency(total: Budget) -> None:
    """Also where the total does not pay for one candidate each."""
    backend = easy_and_hard(pricing=ModelPricing(shape("Qwen3-8B"), TokenPrices(1.0, 5.0)))
    async with Solver(backend=backend, verifier="self_verify") as solver:
        results = [r async for r in solver.solve_many(PROBLEMS[:8], total=total, at_once=4)]
    assert len(results) == 8
    assert sum(r.cost.output_tokens for r in results) <= (total.tokens or math.inf)
    assert sum(r.cost.calls for r in results) <= (total.calls or math.inf)
    assert sum(r.cost.usd or 0 for r in results) <= (total.usd or math.inf) * (1 + 1e-9)
    assert sum(r.cost.eflops or 0 for r in results) <= (total.eflops or math.inf) * (1 + 1e-9)


async def test_a_total_of_seconds_ends_the_batch() -> None:
    backend = easy_and_hard(time_scale=0.02)
    async with Solver(backend=backend) as solver:
        results = [r async for r in solver.solve_many(PROBLEMS[:6], total=Budget(seconds=0.5))]
    assert max(r.cost.seconds for r in results) < 1.0


async def test_the_price_of_one_problem_is_that_of_its_whole_budget() -> None:
    """A price of one point buys less than a price of nothing, and a price of everything buys one candidate."""
    calls = []
    for price in (0.0, 0.05, 100.0):
        strategy = Auto(price=price)
        results = [await asolve(p, strategy, backend=easy_and_hard(), budget=Budget(calls=24)) for p in PROBLEMS[:16]]
        calls.append(sum(r.cost.calls for r in results))
    assert calls[0] > calls[1] > calls[2] == 16
