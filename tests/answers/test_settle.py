"""Symbolic algebra is waited for in a thread, so that one problem's answers do not hold up the calls of the others."""

import asyncio
import threading
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
    """Stands in for the process for algebra, and knows from which threads it was called.

    While `free` is not set, a comparison waits for it. `in_vain` counts those that waited too long.
    """

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.running = self.peak = self.in_vain = 0
        self.free = threading.Event()
        self.free.set()

    def compare(self, first: str, second: str) -> bool:
        self.threads.append(threading.get_ident())
        self.running += 1
        self.peak = max(self.peak, self.running)
        self.in_vain += not self.free.wait(10)
        self.running -= 1
        return True


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow()
    monkeypatch.setattr(SYMBOLIC, "compare", made.compare)
    equivalence._decide.cache_clear()
    yield made
    equivalence._decide.cache_clear()


async def freed_by_the_loop(slow: Slow, waiting: int) -> None:
    """Let the comparisons go once `waiting` of them have begun, and the loop has turned a hundred times since."""
    while len(slow.threads) < waiting:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    for _ in range(100):
        await asyncio.sleep(0)
    slow.free.set()


async def test_the_event_loop_goes_on_and_grouping_finds_all_in_memory(slow: Slow) -> None:
    slow.free.clear()
    freeing = asyncio.create_task(freed_by_the_loop(slow, 1))
    await asyncio.sleep(0)
    await settle(HARD)
    await freeing
    assert slow.in_vain == 0  # a loop that waits for the comparison could not have freed it
    assert len(slow.threads) == 1
    assert threading.get_ident() not in slow.threads
    assert group_answers(HARD) == [[0, 1, 3, 4]]
    assert len(slow.threads) == 1


async def test_one_at_a_time_so_that_nobody_runs_out_of_patience(slow: Slow) -> None:
    slow.free.clear()
    freeing = asyncio.create_task(freed_by_the_loop(slow, 1))
    await asyncio.gather(*(settle([rf"\int_0^{k} x^2\,dx", f"{k**3}/3"]) for k in (1, 2, 4)))
    await freeing
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
