import asyncio
import random
from types import SimpleNamespace

import pytest

from ttc.backends.limiter import Limiter, RateValve
from ttc.testing.clock import run_in_virtual_time


async def test_it_serves_in_the_order_of_arrival_and_never_above_its_limit():
    limiter, order = Limiter(3), []

    async def work(i: int) -> None:
        async with limiter:
            order.append(i)
            assert limiter.held <= 3
            await asyncio.sleep(0)

    await asyncio.gather(*(work(i) for i in range(50)))
    assert order == list(range(50))
    assert limiter.peak == 3
    assert limiter.held == 0


async def test_a_late_comer_does_not_overtake():
    limiter = Limiter(1)
    await limiter.acquire()
    first = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    limiter.release()
    late = asyncio.create_task(limiter.acquire())
    await first
    await asyncio.sleep(0)
    assert not late.done()
    limiter.release()
    await late


async def test_cancelled_in_the_tick_of_being_served_hands_the_permit_on():
    limiter = Limiter(1)
    await limiter.acquire()
    waiter = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    limiter.release()  # the waiter's future is set; the waiter itself has not run yet
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.wait_for(limiter.acquire(), 10)


async def test_a_thousand_random_cancels_leak_no_permit():
    limiter, rng = Limiter(4), random.Random(0)

    async def work() -> None:
        async with limiter:
            await asyncio.sleep(rng.random() * 0.01)

    tasks = [asyncio.create_task(work()) for _ in range(1000)]
    for _ in range(100):
        for task in rng.sample(tasks, 10):
            task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.held == 0
    for _ in range(4):
        await asyncio.wait_for(limiter.acquire(), 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(limiter.acquire(), 0.01)


def test_one_limiter_lives_through_several_event_loops():
    limiter, valve = Limiter(2), RateValve(1000)

    async def work() -> None:
        async with limiter:
            await valve.acquire()
            await asyncio.sleep(0.001)

    async def many() -> None:
        await asyncio.gather(*(work() for _ in range(6)))

    for _ in range(3):
        asyncio.run(many())
    assert limiter.peak == 2


async def test_no_limit_means_none():
    limiter = Limiter(None)
    await asyncio.gather(*(limiter.acquire() for _ in range(5000)))
    assert limiter.peak == 5000


def test_the_valve_keeps_the_rate_and_the_order(monkeypatch: pytest.MonkeyPatch):
    valve, starts = RateValve(20), []

    async def start(i: int) -> None:
        await valve.acquire()
        starts.append((i, asyncio.get_running_loop().time()))

    async def thirty() -> None:
        clock = SimpleNamespace(monotonic=asyncio.get_running_loop().time)
        monkeypatch.setattr("asyncio_throttle.throttler.time", clock)  # it would read the clock of the machine
        await asyncio.gather(*(start(i) for i in range(30)))

    run_in_virtual_time(thirty())
    assert [i for i, _ in starts] == list(range(30))
    times = [time for _, time in starts]
    assert all(later - sooner >= 0.99 for sooner, later in zip(times, times[20:], strict=False))
    assert times[-1] < 2.0  # and no slower than it has to be


async def test_the_valve_survives_cancelled_waiters_and_leaves_no_task():
    valve = RateValve(50)
    waiters = [asyncio.create_task(valve.acquire()) for _ in range(200)]
    await asyncio.sleep(0.02)
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    await asyncio.wait_for(valve.acquire(), 20)
    await asyncio.sleep(0.05)
    assert [task for task in asyncio.all_tasks() if task.get_name() == "ttc-rate-valve"] == []


@pytest.mark.parametrize("rate", [0, -1.0])
def test_bad_rates_say_what_is_allowed(rate: float):
    with pytest.raises(ValueError, match="must be above 0"):
        RateValve(rate)
    with pytest.raises(ValueError, match="at least 1"):
        Limiter(0)
