"""What ends a run: its deadline, an interruption, or both while the strategy still tidies up."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import ttc
from ttc.answers.equivalence import _decide
from ttc.answers.symbolic import SYMBOLIC
from ttc.backends.base import Capabilities, Completion, Request, TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.core.session import Session
from ttc.types import Candidate


@dataclass(frozen=True)
class Untidy:
    """Waits for ever, and takes its time to clear up when it is cancelled."""

    async def run(self, session: Session) -> Candidate:
        try:
            await asyncio.sleep(60.0)
        finally:
            await asyncio.sleep(0.15)
        raise AssertionError("unreachable")


@dataclass(frozen=True)
class OutOfTime:
    """Fails with a TimeoutError of its own."""

    async def run(self, session: Session) -> Candidate:
        raise TimeoutError("the database of problems did not answer")


@pytest.mark.parametrize("taped", [False, True])
@pytest.mark.parametrize(
    ("seconds", "stops", "limit"),
    [
        (0.05, (0.12,), "seconds"),
        (0.1, (0.03,), "interrupted"),
        (None, (0.03, 0.06, 0.09), "interrupted"),
    ],
    ids=["deadline-then-stop", "stop-then-deadline", "stop-again-and-again"],
)
async def test_what_ends_a_run_first_is_what_ended_it(
    taped: bool, seconds: float | None, stops: tuple[float, ...], limit: str, tmp_path: Path
) -> None:
    loop, errors = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: errors.append(context))
    async with ttc.Solver(Untidy(), backend=SimulatedBackend(), budget=Budget(seconds=seconds)) as solver:
        for at in stops:
            loop.call_later(at, solver.stop)
        result = await solver.solve("?", record=tmp_path / "run.jsonl" if taped else None)
    assert (result.stopped, result.limit) == ("deadline", limit)
    assert not errors
    if taped:
        again = await ttc.asolve("?", Untidy(), budget=Budget(seconds=seconds), replay=tmp_path / "run.jsonl")
        assert (again.stopped, again.limit) == ("deadline", limit)


async def test_a_timeout_of_the_strategy_is_not_the_runs_deadline() -> None:
    with pytest.raises(TimeoutError, match="database"):
        await ttc.asolve("?", OutOfTime(), backend=SimulatedBackend(), budget=Budget(seconds=5.0))


class SlowAlgebra:
    """A backend all of whose answers only symbolic algebra can tell apart."""

    model, pricing, capabilities = "slow-algebra", TokenPrices(), Capabilities()

    async def prepare(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def count(self, request: Request) -> int:
        return 5

    async def complete(self, request: Request, meter: object) -> Sequence[Completion]:
        meter.attempt(request.n)  # type: ignore[attr-defined]
        k = int(request.key.rpartition("/")[2])
        return [Completion(rf"\boxed{{\sum_{{k=1}}^{{\infty}} \frac{{\sin(k^2+{k})}}{{k^{{k}}}}}}", 8)] * request.n


async def test_a_deadline_does_not_wait_for_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    """32 answers of slow algebra: the event loop never compares, and when the run is over nothing else does."""
    threads: list[int] = []
    over = threading.Event()

    def compare(first: str, second: str) -> None:
        threads.append(threading.get_ident())
        over.wait(10)

    monkeypatch.setattr(SYMBOLIC, "compare", compare)
    _decide.cache_clear()
    result = await ttc.asolve(
        "?", "self_consistency", knobs={"n": 32}, backend=SlowAlgebra(), budget=Budget(seconds=0.3)
    )
    compared = len(threads)
    over.set()
    assert result.stopped == "deadline"
    assert result.answer is not None
    assert threading.get_ident() not in threads
    assert compared == 1
    await asyncio.sleep(0.05)
    assert len(threads) == 1
