"""Symbolic algebra is waited for in a thread, so that one problem's answers do not hold up the calls of the others."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from ttc.answers import equivalence, group_answers, settle
from ttc.answers.symbolic import SYMBOLIC
from ttc.backends.base import Capabilities, Completion, Request, TokenPrices
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.types import Problem, Sampling

HARD = [r"\int_0^1 x^2\,dx", "1/3", None, r"\int_0^1 x^2\,dx", "1/3"]
"""Answers that only symbolic algebra can tell apart or not."""


class Slow:
    """Takes its time in place of the process for algebra, and knows from which threads it was called."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.running = self.peak = 0

    def compare(self, first: str, second: str) -> bool:
        self.threads.append(threading.get_ident())
        self.running += 1
        self.peak = max(self.peak, self.running)
        time.sleep(0.3)
        self.running -= 1
        return True


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow()
    monkeypatch.setattr(SYMBOLIC, "compare", made.compare)
    equivalence._decide.cache_clear()
    yield made
    equivalence._decide.cache_clear()


async def longest_stall(stop: asyncio.Event) -> float:
    longest = 0.0
    while not stop.is_set():
        start = time.perf_counter()
        await asyncio.sleep(0.005)
        longest = max(longest, time.perf_counter() - start)
    return longest


async def test_the_event_loop_goes_on_and_grouping_finds_all_in_memory(slow: Slow) -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(longest_stall(stop))
    await asyncio.sleep(0.02)
    await settle(HARD)
    stop.set()
    assert await watching < 0.25  # one comparison alone takes 0.3 s
    assert len(slow.threads) == 1
    assert threading.get_ident() not in slow.threads
    assert group_answers(HARD) == [[0, 1, 3, 4]]
    assert len(slow.threads) == 1


async def test_one_at_a_time_so_that_nobody_runs_out_of_patience(slow: Slow) -> None:
    await asyncio.gather(*(settle([rf"\int_0^{k} x^2\,dx", f"{k**3}/3"]) for k in (1, 2, 4)))
    assert len(slow.threads) == 3
    assert slow.peak == 1


async def test_what_needs_no_algebra_needs_no_thread(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "to_thread", lambda *_: pytest.fail("a thread was started"))
    await settle(["1/2", "0.5", "x+1", "7", None, ""])
    assert slow.threads == []


def test_without_an_event_loop_algebra_is_waited_for(slow: Slow) -> None:
    assert group_answers(HARD) == [[0, 1, 3, 4]]
    assert slow.threads == [threading.get_ident()]


class Two:
    """A backend whose completions state the hard answers in turn."""

    model, pricing, capabilities = "two", TokenPrices(), Capabilities(fan_out=True)

    async def complete(self, request: Request, meter: object) -> Sequence[Completion]:
        meter.attempt(request.n)  # type: ignore[attr-defined]
        first = int(request.key.rpartition("/")[2])
        return [Completion(rf"\boxed{{{HARD[(first + i) % 2]}}}", 8) for i in range(request.n)]


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_a_session_settles_its_samples_before_anybody_votes(slow: Slow, one_by_one: bool) -> None:
    session = Session(Problem("Q"), Door(Two(), Trace()), Ledger(Budget()), sampling=Sampling(max_tokens=64))  # type: ignore[arg-type]
    if one_by_one:
        async with session.race(4) as arrivals:
            candidates = [candidate async for candidate in arrivals]
    else:
        candidates = await session.sample(4)
    assert session.labels(candidates) == [0, 0, 0, 0]
    assert len(slow.threads) == 1
    assert threading.get_ident() not in slow.threads
