"""Waiters in lines of their own are served as by a walk over all of them, at a cost that does not grow with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttc.budget.budget import Budget
from ttc.budget.ledger import Lease, Ledger, Need
from ttc.budget.waiters import Line, Waiter
from ttc.errors import BudgetExhausted
from ttc.types import Cost

Log = list[tuple[int, object]]
TREE = (None, 0, 0, 1, 1, 2, 3)
"""The parent of each ledger."""
BUDGETS = st.lists(
    st.builds(Budget, tokens=st.none() | st.integers(20, 300), calls=st.none() | st.integers(1, 9)),
    min_size=len(TREE),
    max_size=len(TREE),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), st.integers(0, len(TREE) - 1), st.integers(1, 120), st.integers(1, 3)),
        st.tuples(st.just("end"), st.integers(0, 20), st.floats(0.0, 1.0)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("grow"), st.integers(0, 20), st.integers(1, 40)),
    ),
    min_size=10,
    max_size=60,
)


class WalkedLedger(Ledger):
    """The plain rule: one queue for the whole tree, and a walk over all of it whenever anything comes back."""

    def __init__(self, budget: Budget, parent: Ledger | None = None):
        super().__init__(budget, parent)
        self.queue: list[Waiter[Lease]] = parent.queue if isinstance(parent, WalkedLedger) else []

    async def hold(self, need: Need) -> Lease:
        waiter: Waiter[Lease] = Waiter(self._lines, lambda waiter: self._decide(need, waiter))
        self.queue.append(waiter)
        self.walk()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and not waiter.granted.exception():
                waiter.granted.result().settle(Cost())
            self.walk()
            raise

    def walk(self) -> None:
        blocked: set[Line[Lease]] = set()
        for waiter in list(self.queue):
            if not blocked.intersection(waiter.lines):
                lacking = None if waiter.granted.done() else waiter.decide(waiter)
                if lacking is None:
                    self.queue.remove(waiter)
                else:
                    blocked.add(lacking)

    def _settle(self, held: dict[str, float], cost: Cost) -> None:
        super()._settle(held, cost)
        self.walk()


async def run(kind: type[Ledger], budgets: Sequence[Budget], steps: Sequence[tuple]) -> Log:
    """What becomes of every call, in the order in which it does."""
    ledgers: list[Ledger] = []
    for budget, parent in zip(budgets, TREE, strict=True):
        ledgers.append(kind(budget, None if parent is None else ledgers[parent]))
    log: Log = []
    running: list[Lease] = []
    tasks: list[asyncio.Task[None]] = []

    async def call(number: int, ledger: Ledger, need: Need) -> None:
        try:
            lease = await ledger.hold(need)
        except BudgetExhausted as error:
            log.append((number, error.limit))
        else:
            log.append((number, lease.tokens))
            running.append(lease)

    for step in steps:
        match step:
            case ("hold", at, tokens, calls):
                need = Need(calls, min(tokens, 5), tokens)
                tasks.append(asyncio.ensure_future(call(len(tasks), ledgers[at], need)))
            case ("end", which, share) if running:
                lease = running.pop(which % len(running))
                lease.settle(Cost(calls=int(lease.held["calls"]), output_tokens=int(share * lease.tokens)))
            case ("cancel", which) if tasks:
                tasks[which % len(tasks)].cancel()
            case ("grow", which, tokens) if running:
                running[which % len(running)].grow(tokens)
        for _ in range(4):
            await asyncio.sleep(0)
    while running:
        running.pop(0).settle(Cost())
        for _ in range(4):
            await asyncio.sleep(0)
    assert all(task.done() for task in tasks), "a waiter that nothing will ever serve"
    return log


@settings(max_examples=150, deadline=None)
@given(BUDGETS, STEPS)
def test_served_as_by_a_walk_over_all(budgets: list[Budget], steps: list[tuple]) -> None:
    assert asyncio.run(run(Ledger, budgets, steps)) == asyncio.run(run(WalkedLedger, budgets, steps))


@pytest.mark.parametrize("shared", [True, False], ids=["one ledger a parent", "a ledger for each call"])
async def test_looks_do_not_grow_with_the_waiters(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    decide = Ledger._decide

    def counted(self: Ledger, need: Need, waiter: Waiter[Lease]) -> Line[Lease] | None:
        nonlocal looks
        looks += 1
        return decide(self, need, waiter)

    monkeypatch.setattr(Ledger, "_decide", counted)
    root = Ledger(Budget(tokens=10**9))
    parents = [root.share(Budget(tokens=10**6)) for _ in range(2)]
    first = [await parent.hold(Need(1, 1, 10**6)) for parent in parents]

    async def call(number: int) -> None:
        parent = parents[number % 2]
        lease = await (parent if shared else parent.share(Budget(calls=5))).hold(Need(1, 1, 10**6 - 1))
        await asyncio.sleep(0)
        lease.settle(Cost(calls=1))

    n = 500
    tasks = [asyncio.ensure_future(call(number)) for number in range(n)]
    await asyncio.sleep(0)
    for lease in first:
        lease.settle(Cost(calls=1))
    await asyncio.gather(*tasks)
    assert looks <= 6 * n  # a walk makes n for each call that ends: 250,000


async def test_a_price_that_cannot_be_told_is_the_fault_of_its_own_call() -> None:
    ledger = Ledger(Budget(usd=1.0))
    running = await ledger.hold(Need(1, 1, 10, lambda tokens: (0.0, 1.0)))

    def price(tokens: int) -> tuple[float, float]:
        if tokens < 10:
            raise ValueError("no price for so few")
        return 0.0, 2.0

    waiting = asyncio.ensure_future(ledger.hold(Need(1, 1, 10, price)))
    behind = asyncio.ensure_future(ledger.hold(Need(1, 1, 10, lambda tokens: (0.0, 0.5))))
    await asyncio.sleep(0)
    running.settle(Cost(calls=1, usd=0.5))
    with pytest.raises(ValueError, match="no price"):
        await waiting
    assert (await behind).tokens == 10
