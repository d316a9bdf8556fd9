"""The market of a batch: it spends the total on the best chunks, at one price, and waits for no problem."""

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.tables.batch_allocation import allocate_batch, choose_at_price
from ttc.auto.market import Market
from ttc.auto.options import Option
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.types import Cost


async def simulate(market: Market, ledger: Ledger, curves: list[list[float]], chunk: float) -> list[int]:
    """Problems whose k-th chunk is worth curves[problem][k]; returns how many each got."""
    got = [0] * len(curves)

    async def problem(number: int) -> None:
        while got[number] < len(curves[number]):
            gain = curves[number][got[number]]
            option = Option("draw", 1, gain, chunk / market.limits["tokens"], 1)
            if not await market.bid(number, [option], option):
                break
            ledger.cost += Cost(output_tokens=int(chunk))
            got[number] += 1
            await asyncio.sleep(0)
        market.leave(number)

    async with asyncio.TaskGroup() as group:
        for number in range(len(curves)):
            group.create_task(problem(number))
    return got


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5))
def test_a_market_spends_the_total_to_within_a_chunk_on_the_best_chunks(seed: int, chunks: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    curves = [sorted(rng.random(8).tolist(), reverse=True) for _ in range(6)]

    async def trial() -> tuple[list[int], int]:
        ledger = Ledger(Budget(tokens=10 * chunks))
        return await simulate(Market(ledger, len(curves), at_once), ledger, curves, 10.0), ledger.cost.output_tokens

    got, spent = asyncio.run(trial())
    possible = sum(map(len, curves))
    slack = at_once - 1  # what ran when the total went to its end
    assert min(chunks, possible) <= spent / 10 <= min(chunks + slack, possible)
    value = sum(sum(curve[:k]) for curve, k in zip(curves, got, strict=True))
    best = sum(sorted((gain for curve in curves for gain in curve), reverse=True)[: sum(got)])
    assert value >= best - 0.35 * at_once  # decisions taken while others run are made with a price a little old


async def test_a_problem_that_fails_does_not_block_the_others() -> None:
    ledger = Ledger(Budget(tokens=100))
    market = Market(ledger, 2, 1)
    option = Option("draw", 1, 0.5, 0.1, 1)
    waiting = asyncio.create_task(market.bid("a", [option], option))
    await asyncio.sleep(0)
    assert not waiting.done()
    market.leave("b")
    assert await waiting


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 1.0))
def test_the_price_is_the_multiplier_that_bisection_finds(seed: int, left: float) -> None:
    rng = np.random.default_rng(seed)
    plans = [
        [Option("draw", k, float(g), 0.02 * k, 1) for k, g in enumerate(np.cumsum(rng.random(5)), start=1)]
        for _ in range(5)
    ]

    async def price() -> float:
        market = Market(Ledger(Budget(tokens=10**6)), len(plans), 1)
        market._ledger.cost += Cost(output_tokens=round((1 - left) * 10**6))
        bids = [asyncio.create_task(market.bid(i, plan, plan[0])) for i, plan in enumerate(plans)]
        await asyncio.sleep(0)
        found = market.price
        for bid in bids:
            bid.cancel()
        await asyncio.gather(*bids, return_exceptions=True)
        return found

    found = asyncio.run(price())
    curves = [[(0.0, 0.0), *((o.cost, o.gain) for o in plan)] for plan in plans]
    allocation = allocate_batch(curves, left)
    if allocation.cost < choose_at_price(curves, 0.0).cost:
        assert choose_at_price(curves, found).cost <= left + 1e-9
        assert choose_at_price(curves, found * (1 - 1e-9)).cost > left - 1e-9
        assert allocation.price == pytest.approx(found, rel=1e-6)
