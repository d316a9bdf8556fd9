"""The ledger never overspends, serves its waiters in order, leaks nothing, and names what is used up."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttc.budget.budget import CURRENCIES, Budget, spent
from ttc.budget.ledger import FREE, Lease, Ledger, Need, Price
from ttc.errors import BudgetExhausted
from ttc.types import Cost


def need(most: int, least: int = 1, calls: int = 1, price: Price = FREE) -> Need:
    return Need(calls, least, most, price)


def linear(eflops: float, usd: float, prompt: float = 0.0) -> Price:
    """Prices per token, and what the prompt adds."""
    return lambda tokens: (eflops * tokens + prompt, usd * tokens + prompt)


def used(lease: Lease, tokens: int, calls: int = 1, retries: int = 0) -> Cost:
    """The cost of a call that generated so many of its tokens and sent its prompt again for every retry."""
    eflops, usd = (
        all_of_it + retries * prompt for all_of_it, prompt in zip(lease.price(tokens), lease.price(0), strict=True)
    )
    return Cost(calls=calls, output_tokens=tokens, eflops=eflops, usd=usd)


async def turns(n: int = 3) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


# ---- random interleavings --------------------------------------------------------------------------------------------

BUDGETS = st.builds(
    Budget,
    tokens=st.none() | st.integers(1, 400),
    calls=st.none() | st.integers(1, 12),
    eflops=st.none() | st.floats(0.01, 40.0),
    usd=st.none() | st.floats(0.001, 4.0),
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), st.integers(0, 3), st.integers(1, 150), st.integers(1, 20), st.integers(1, 3)),
        st.tuples(st.just("settle"), st.integers(0, 9), st.floats(0.0, 1.0)),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("grow"), st.integers(0, 9), st.integers(0, 60), st.integers(0, 2)),
        st.tuples(st.just("turn")),
    ),
    min_size=5,
    max_size=60,
)


@dataclass
class World:
    """A root, two children and a grandchild, with calls that hold, run and end."""

    ledgers: list[Ledger]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    running: list[tuple[Lease, asyncio.Event, list[float], list[int]]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def call(self, ledger: Ledger, wanted: Need) -> None:
        try:
            lease = await ledger.hold(wanted)
        except BudgetExhausted as error:
            self.refusals.append(error.limit)
            return
        assert wanted.least <= lease.tokens <= wanted.most
        entry = (lease, asyncio.Event(), [0.0], [wanted.calls, 0])
        self.running.append(entry)
        try:
            await entry[1].wait()
        finally:  # cancelled or not, what was used is booked
            self.running.remove(entry)
            lease.settle(used(lease, int(entry[2][0] * lease.tokens), *entry[3]))

    def check(self) -> None:
        for ledger in self.ledgers:
            for currency in CURRENCIES:
                limit = ledger.budget.limit(currency)
                holds = sum(lease.held[currency] for lease, *_ in self.running if ledger in lease.ledger._chain)
                assert holds <= ledger._held[currency] + 1e-9
                assert spent(ledger.cost, currency) + ledger._held[currency] <= limit * (1 + 1e-8)
            if ledger.parent is not None:
                assert ledger.cost.output_tokens <= ledger.parent.cost.output_tokens
                assert ledger.cost.calls <= ledger.parent.cost.calls

    async def apply(self, operation: tuple) -> None:
        name, *values = operation
        if name == "hold":
            index, most, least, calls = values
            wanted = need(most, min(least, most), calls, linear(0.1, 0.01, prompt=0.005))
            self.tasks.append(asyncio.ensure_future(self.call(self.ledgers[index], wanted)))
            await turns(values[1] % 2)
        elif name == "turn":
            await turns()
        elif name == "cancel" and self.tasks:
            self.tasks[values[0] % len(self.tasks)].cancel()
        elif self.running and name == "settle":
            _, end, share, _ = self.running[values[0] % len(self.running)]
            share[0] = values[1]
            end.set()
        elif self.running and name == "grow":
            lease, _, _, calls_made = self.running[values[0] % len(self.running)]
            if lease.grow(values[1], values[2]):
                calls_made[0] += values[2]
                calls_made[1] += values[2] > 0


@settings(max_examples=150, deadline=None)
@given(st.lists(BUDGETS, min_size=4, max_size=4), OPERATIONS)
def test_never_overspent_whatever_happens(budgets: list[Budget], operations: list[tuple]) -> None:
    async def run() -> None:
        root = Ledger(budgets[0])
        child = root.share(budgets[1])
        world = World([root, child, root.share(budgets[2]), child.share(budgets[3])])
        for operation in operations:
            await world.apply(operation)
            world.check()
        for _ in operations:  # all running calls end, until every waiter has been served
            for _, end, share, _ in world.running:
                share[0] = 1.0
                end.set()
            await turns(5)
            world.check()
        assert all(task.done() for task in world.tasks), "a waiter that nothing will ever serve"
        for task in world.tasks:
            assert task.cancelled() or task.exception() is None
        assert set(world.refusals) <= set(CURRENCIES)
        assert not any(ledger._line.first() for ledger in world.ledgers)
        for ledger in world.ledgers:
            assert ledger._leases == 0
            assert all(abs(held) < 1e-9 for held in ledger._held.values())

    asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(st.integers(50, 300), st.lists(st.tuples(st.integers(1, 80), st.floats(0.0, 1.0)), min_size=1, max_size=25))
def test_holds_are_granted_first_come_first_served(tokens: int, calls: list[tuple[int, float]]) -> None:
    async def run() -> list[int]:
        ledger, granted = Ledger(Budget(tokens=tokens)), []

        async def one(number: int, most: int, share: float) -> None:
            try:
                lease = await ledger.hold(need(most))
            except BudgetExhausted:
                return
            granted.append(number)
            await turns(number % 4)
            lease.settle(used(lease, int(share * lease.tokens)))

        await asyncio.gather(*(one(number, most, share) for number, (most, share) in enumerate(calls)))
        return granted

    granted = asyncio.run(run())
    assert granted == sorted(granted)
    assert granted[0] == 0


# ---- holding and settling --------------------------------------------------------------------------------------------


async def test_a_hold_that_fits_does_not_wait() -> None:
    ledger = Ledger(Budget(tokens=100))
    coroutine = ledger.hold(need(60))
    with pytest.raises(StopIteration) as done:  # it ends without giving way to the event loop
        coroutine.send(None)
    assert done.value.value.tokens == 60
    assert ledger.left("tokens") == 40
    assert ledger.left("usd") == math.inf


async def test_without_limits_everything_fits() -> None:
    leases = [await Ledger(Budget()).hold(need(10**9, calls=10**6)) for _ in range(3)]
    assert [lease.tokens for lease in leases] == [10**9] * 3


async def test_what_was_not_used_comes_back() -> None:
    ledger = Ledger(Budget(tokens=100, calls=3))
    lease = await ledger.hold(need(60))
    assert (ledger.left("tokens"), ledger.unspent("tokens"), ledger.left("calls")) == (40, 100, 2)
    lease.settle(used(lease, 25))
    assert (ledger.left("tokens"), ledger.unspent("tokens"), ledger.left("calls")) == (75, 75, 2)
    with pytest.raises(RuntimeError, match="settled twice"):
        lease.settle(Cost())


async def test_a_waiter_is_served_when_a_lease_settles() -> None:
    ledger = Ledger(Budget(tokens=100))
    first = await ledger.hold(need(80))
    second = asyncio.ensure_future(ledger.hold(need(50)))
    await turns()
    assert not second.done()
    first.settle(used(first, 30))
    assert (await second).tokens == 50


async def test_the_last_grant_is_capped_by_what_is_left() -> None:
    ledger = Ledger(Budget(tokens=100))
    first = await ledger.hold(need(80))
    waiting = asyncio.ensure_future(ledger.hold(need(50, least=20)))
    await turns()
    first.settle(used(first, 80))
    assert (await waiting).tokens == 20  # nothing runs any more: all that there will ever be


async def test_too_little_for_the_least_is_refused_and_named() -> None:
    ledger = Ledger(Budget(tokens=100, calls=5))
    first = await ledger.hold(need(80))
    waiting = asyncio.ensure_future(ledger.hold(need(50, least=21)))
    await turns()
    first.settle(used(first, 80))
    with pytest.raises(BudgetExhausted) as caught:
        await waiting
    assert caught.value.limit == "tokens"


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(tokens=5), "tokens"),
        (Budget(calls=2), "calls"),
        (Budget(eflops=0.9), "eflops"),
        (Budget(usd=0.09), "usd"),
        (Budget(tokens=1000, calls=10, eflops=0.9, usd=9.0), "eflops"),
    ],
)
async def test_refusals_name_the_currency(budget: Budget, limit: str) -> None:
    with pytest.raises(BudgetExhausted) as caught:
        await Ledger(budget).hold(need(100, least=10, calls=3, price=linear(0.1, 0.01)))
    assert caught.value.limit == limit
    assert limit in str(caught.value)


@settings(max_examples=80, deadline=None)
@given(st.floats(0.001, 2.0), st.floats(1e-4, 1e-2), st.floats(0.0, 1.0), st.integers(1, 500))
def test_prices_cap_a_grant_at_exactly_what_they_afford(usd: float, rate: float, prompt: float, most: int) -> None:
    price = linear(0.0, rate, prompt * usd)
    ledger = Ledger(Budget(usd=usd))
    if price(1)[1] > usd * (1 + 1e-9):
        with pytest.raises(BudgetExhausted, match="usd"):
            asyncio.run(ledger.hold(need(most, price=price)))
        return
    lease = asyncio.run(ledger.hold(need(most, price=price)))
    assert price(lease.tokens)[1] <= usd * (1 + 1e-8)
    assert lease.tokens == most or price(lease.tokens + 1)[1] > usd


async def test_growing_holds_money_and_compute_too() -> None:
    """A retry sends the prompt again and pays for what was lost; both must be there, also in money."""
    price = linear(0.0, 0.01, prompt=0.10)
    ledger = Ledger(Budget(usd=1.0))
    lease = await ledger.hold(need(50, price=price))  # 0.60
    assert ledger.left("usd") == pytest.approx(0.40)
    assert lease.grow(tokens=10)  # 0.10
    assert lease.grow(calls=1)  # the prompt once more, 0.10
    assert ledger.left("usd") == pytest.approx(0.20)
    assert not lease.grow(tokens=21)
    assert lease.grow(tokens=20)
    lease.settle(used(lease, 80))
    assert ledger.cost.usd == pytest.approx(0.90)


# ---- cancellation ----------------------------------------------------------------------------------------------------


async def test_a_cancelled_waiter_leaves_the_line() -> None:
    ledger = Ledger(Budget(tokens=100))
    first = await ledger.hold(need(60))
    big, small = (asyncio.ensure_future(ledger.hold(need(n))) for n in (90, 40))
    await turns()
    assert not small.done()  # first come first served: it waits behind the big one
    big.cancel()
    assert (await small).tokens == 40
    assert first.ledger._leases == 2


async def test_a_waiter_cancelled_in_the_turn_of_its_grant_gives_it_back() -> None:
    ledger = Ledger(Budget(tokens=100))
    first = await ledger.hold(need(80))
    waiting = asyncio.ensure_future(ledger.hold(need(90)))
    later = asyncio.ensure_future(ledger.hold(need(95)))
    await turns()
    first.settle(used(first, 0))
    assert ledger.left("tokens") == 10  # granted, not seen yet
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await later).tokens == 95
    assert ledger._leases == 1


# ---- parents and children --------------------------------------------------------------------------------------------


async def test_a_child_is_bound_by_itself_and_by_its_parents() -> None:
    root = Ledger(Budget(tokens=100))
    child = root.share(Budget(tokens=60, calls=2))
    assert (child.left("tokens"), child.left("calls")) == (60, 2)
    other = await root.hold(need(70))
    assert child.left("tokens") == 30
    other.settle(used(other, 70))
    lease = await child.hold(need(60))
    assert lease.tokens == 30
    lease.settle(used(lease, 30))
    assert (child.cost.output_tokens, root.cost.output_tokens, root.cost.calls) == (30, 100, 2)


async def test_a_waiter_blocked_by_its_own_share_does_not_block_others() -> None:
    root = Ledger(Budget(tokens=1000))
    narrow, wide = root.share(Budget(tokens=50)), root.share(Budget(tokens=500))
    running = await narrow.hold(need(50))
    blocked = asyncio.ensure_future(narrow.hold(need(50)))
    await turns()
    assert (await asyncio.wait_for(wide.hold(need(100)), 10)).tokens == 100
    assert (await asyncio.wait_for(root.hold(need(100)), 10)).tokens == 100
    assert not blocked.done()
    running.settle(used(running, 10))
    assert (await blocked).tokens == 40


async def test_a_waiter_for_the_root_is_not_overtaken_by_another_share() -> None:
    root = Ledger(Budget(tokens=100))
    one, two = root.share(Budget()), root.share(Budget())
    running = await one.hold(need(70))
    first = asyncio.ensure_future(one.hold(need(80)))
    await turns()
    second = asyncio.ensure_future(two.hold(need(20)))  # it would fit, but came later
    await turns()
    assert not second.done()
    running.settle(used(running, 0))
    assert [(await first).tokens, (await second).tokens] == [80, 20]


async def test_a_lease_in_a_sibling_is_waited_for() -> None:
    root = Ledger(Budget(tokens=100))
    child = root.share(Budget(tokens=90))
    other = await root.hold(need(60))
    waiting = asyncio.ensure_future(child.hold(need(90, least=50)))
    await turns()
    assert not waiting.done()  # the child has no lease of its own, but the root's will come back
    other.settle(used(other, 5))
    assert (await waiting).tokens == 90


@given(st.floats(0.01, 1.0), st.integers(1, 1000), st.integers(0, 1000))
def test_a_part_is_a_share_of_what_is_left(share: float, limit: int, already: int) -> None:
    ledger = Ledger(Budget(tokens=limit, usd=2.0))
    ledger.cost = Cost(output_tokens=min(already, limit))
    part = ledger.part(share)
    assert part.tokens == max(1, int(share * (limit - min(already, limit))))
    assert part.usd == pytest.approx(2.0 * share)
    assert part.calls is None


def test_a_part_must_be_a_share() -> None:
    with pytest.raises(ValueError, match="share is 1"):
        Ledger(Budget()).part(1.5)


# ---- budgets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "5", True, 10**400, -(10**400), 2e15])
@pytest.mark.parametrize("name", ["tokens", "calls", "seconds", "eflops", "usd"])
def test_bad_limits_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"budget {name} is"):
        Budget(**{name: value})


def test_token_limits_are_whole() -> None:
    with pytest.raises(ValueError, match="for example 3"):
        Budget(tokens=2.5)  # type: ignore[arg-type]
    assert Budget(tokens=3).limit("tokens") == 3.0
    assert Budget().limit("usd") == math.inf


def test_unknown_prices_count_as_nothing_here() -> None:
    assert spent(Cost(output_tokens=7, usd=None), "usd") == 0.0
    assert spent(Cost(output_tokens=7), "tokens") == 7.0
