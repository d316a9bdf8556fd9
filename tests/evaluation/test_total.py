"""The total budget of an evaluation: held at the worst case, never passed, and no run is worse for it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation import killing
from tests.evaluation.test_journal import CELLS, EXAMPLES, Server, server
from ttc.backends.base import TokenPrices
from ttc.budget.budget import Budget
from ttc.evaluation import Run, Runner
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.journal import Journal
from ttc.evaluation.total import TotalLedger, TotalSpent
from ttc.types import Cost, Sampling


async def evaluate(folder: Path, backend: Server, total: Budget) -> list[Run]:
    journal = Journal(folder, {"model": "simulated"})
    options: dict[str, Any] = {"at_once": 3, "sampling": Sampling(max_tokens=256)}
    try:
        runner = Runner(examples=EXAMPLES, cells=CELLS, backend=backend, journal=journal, total=total, **options)
        return await runner.run()
    finally:
        journal.close()


async def test_runs_are_never_cut_by_the_total_and_go_on_with_another(tmp_path: Path) -> None:
    """Five evaluations with a fifth each, and the table of one: a run that the total ended is made whole later."""
    whole = await evaluate(tmp_path / "whole", server(), Budget())
    parts, runs = 0, None
    while runs is None:
        try:
            runs = await evaluate(tmp_path / "parts", server(), Budget(tokens=2000))
        except TotalSpent:
            parts += 1
    assert 1 <= parts < 20
    assert killing.table(runs) == killing.table(whole)


async def test_the_total_is_never_passed(tmp_path: Path) -> None:
    ledger, cost = TotalLedger(Budget(tokens=1000)), Cost(1, 5, 0, 300)
    first = await ledger.hold("a", 1, 800, 0.0, 0.0)
    waiting = asyncio.create_task(ledger.hold("b", 1, 500, 0.0, 0.0))
    await asyncio.sleep(0)
    assert not waiting.done()  # it may fit when the first has ended
    ledger.settle(first, cost)
    second = await waiting
    ledger.settle(second, cost)
    with pytest.raises(TotalSpent):
        await ledger.hold("a", 1, 500, 0.0, 0.0)
    assert ledger.cost() == cost + cost


async def test_what_a_dead_process_held_is_booked_at_its_worst_case() -> None:
    ledger = TotalLedger(Budget(tokens=1000, usd=1.0))
    held = await ledger.hold("dead", 2, 400, 0.0, 0.25)
    await ledger.hold("alive", 1, 100, 0.0, 0.0)
    ledger.release("dead")
    assert ledger.cost() == Cost(2, 0, 0, 400, 0.0, 0.0, 0.25)
    ledger.settle(held, Cost(2, 0, 0, 10))  # it was not dead after all: booked is booked
    assert ledger.cost().output_tokens == 400
    late = await ledger.hold("dead", 1, 100, 0.0, 0.0)
    assert ledger.cost().output_tokens == 400  # given back at once: nobody will use it
    ledger.settle(late, Cost(1, 0, 0, 100))
    assert ledger.cost().output_tokens == 400


async def test_a_total_in_usd_prices_calls_before_they_start(tmp_path: Path) -> None:
    backend = server(pricing=TokenPrices(1.0, 10.0))
    with pytest.raises(TotalSpent, match="usd of --total"):
        await evaluate(tmp_path, backend, Budget(usd=0.01))


def test_the_option_is_one_budget() -> None:
    assert EvalConfig(total=["tokens=1000", "usd=2"]).total_budget() == Budget(tokens=1000, usd=2.0)
    with pytest.raises(ValueError, match="must be one budget"):
        EvalConfig(total=["tokens=1000,2000"]).total_budget()
