"""The time that symbolic algebra gets: by pair, by grouping, by run; what it could not tell is not remembered."""

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from ttc.answers import equivalence, equivalent, group_answers, group_known, settle
from ttc.answers import symbolic as symbolic_module
from ttc.answers.algebra import Algebra
from ttc.answers.symbolic import SYMBOLIC, Symbolic

EQUAL = (r"\int_0^1 x^2\,dx", "1/3")
SLOW = [rf"\sum_{{k=1}}^{{\infty}} \frac{{\sin(k^2+{i})}}{{k^{{k}}}}" for i in range(8)]


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    equivalence._decide.cache_clear()
    yield
    equivalence._decide.cache_clear()


class Clock:
    """Stands in for the process: each comparison takes `seconds` of a clock that only comparisons move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float, verdict: bool | None):
        self.now, self.seconds, self.verdict = 0.0, seconds, verdict
        self.threads: list[int] = []
        monkeypatch.setattr(SYMBOLIC, "compare", self.compare)
        monkeypatch.setattr("ttc.answers.algebra.time.monotonic", lambda: self.now)

    def compare(self, first: str, second: str) -> bool | None:
        self.now += self.seconds
        self.threads.append(threading.get_ident())
        return self.verdict


def test_what_could_not_be_told_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as busy:
        busy.setattr(SYMBOLIC, "compare", lambda first, second: None)
        assert not equivalent(*EQUAL)
        assert group_answers(EQUAL) == [[0], [1]]
    assert equivalent(*EQUAL)
    assert group_answers(EQUAL) == [[0, 1]]


def test_a_busy_process_and_a_slow_machine_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as busy:
        busy.setattr(symbolic_module, "WAIT_SECONDS", 0.01)
        with SYMBOLIC.lock:  # another thread has the process
            assert not equivalent(*EQUAL)
        busy.setattr(symbolic_module, "PAIR_SECONDS", 0.0)
        assert not equivalent(*EQUAL)
    assert equivalent(*EQUAL)


def test_processes_that_did_not_start_are_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    symbolic = Symbolic()
    try:
        with monkeypatch.context() as busy:
            busy.setattr(symbolic_module, "START_SECONDS", 0.0)
            assert [symbolic.compare(*EQUAL) for _ in range(3)] == [None] * 3
        assert symbolic.compare(*EQUAL) is None
        monkeypatch.setattr(symbolic_module, "RETRY_SECONDS", 0.0)
        assert symbolic.compare(*EQUAL) is True
    finally:
        symbolic.close()


def test_a_pair_has_its_cpu_time_and_the_process_survives_it() -> None:
    """What takes longer is different, on a busy machine as on an idle one; no new process is needed after it."""
    assert SYMBOLIC.compare(*EQUAL)
    assert SYMBOLIC.process is not None
    first = SYMBOLIC.process.child.pid
    assert SYMBOLIC.compare(SLOW[0], SLOW[1]) is False
    assert SYMBOLIC.compare(*EQUAL)
    assert SYMBOLIC.process.child.pid == first


def test_a_grouping_has_a_total(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, 4.0, None)
    assert group_answers(SLOW) == [[i] for i in range(8)]
    assert len(clock.threads) == 8  # 8 times 4 seconds of 30; all 28 pairs would be 112


async def test_a_run_has_a_total_and_then_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, algebra = Clock(monkeypatch, 4.0, None), Algebra(left=10.0)
    await settle(SLOW, algebra)
    assert len(clock.threads) == 3
    assert threading.get_ident() not in clock.threads
    await settle(SLOW, algebra)
    assert len(clock.threads) == 3


async def test_a_pair_is_tried_once_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, algebra = Clock(monkeypatch, 0.0, None), Algebra()
    for _ in range(3):
        await settle(SLOW, algebra)
    assert len(clock.threads) == 28


def test_what_is_known_is_grouped_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert equivalent(*EQUAL)
    monkeypatch.setattr(SYMBOLIC, "compare", lambda *_: pytest.fail("it was waited for"))
    assert group_known([*EQUAL, SLOW[0], SLOW[1], "0.5", r"\frac12"]) == [[0, 1], [4, 5], [2], [3]]


async def test_runs_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with thirty seconds of algebra does not make another wait for all of them."""
    clock = Clock(monkeypatch, 0.6, False)
    order: list[str] = []

    async def run(name: str, answers: Sequence[str]) -> None:
        await settle(answers, Algebra())
        order.append(name)

    long, short = asyncio.create_task(run("long", SLOW)), asyncio.create_task(run("short", EQUAL))
    await asyncio.gather(long, short)
    assert order == ["short", "long"]
    assert len(clock.threads) == 29


async def test_a_cancelled_run_ends_its_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits for the process comes back at once, and the next comparison gets a new process."""
    hurried: list[bool] = []
    compare = SYMBOLIC.compare

    def noting(first: str, second: str) -> bool | None:
        started.set()
        found = compare(first, second)
        hurried.append(found is None)
        return found

    started = threading.Event()
    assert SYMBOLIC.compare(*EQUAL)
    monkeypatch.setattr(SYMBOLIC, "compare", noting)
    settling = asyncio.create_task(settle(SLOW[:2], algebra := Algebra()))
    await asyncio.to_thread(started.wait, 30)
    while not SYMBOLIC.asking:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling
    while not hurried:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert hurried == [True]
    assert algebra.undecided == set()
    assert SYMBOLIC.failures == 0
    assert await asyncio.to_thread(equivalent, *EQUAL)
