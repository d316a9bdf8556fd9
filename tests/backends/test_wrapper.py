"""Backends and meters around others: the contract holds for a chain of them, and the meter counts what it passes on."""

from pathlib import Path

import pytest

from ttc.backends.base import Backend, Clocked, Delta, Meter, Taped
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.tape import Recorder, Replay
from ttc.backends.wrapper import MeterWrapper, Wrapper
from ttc.budget.budget import Budget
from ttc.errors import BudgetExhausted
from ttc.evaluation.total import Charged, TotalLedger
from ttc.evaluation.waiting import Waiting
from ttc.testing.backends import BackendConformance
from ttc.testing.meters import CountingMeter


class TestChain(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        total = Budget(tokens=10**6)
        return Waiting(Charged(Wrapper(SimulatedBackend(tokens=1000.0)), TotalLedger(total), total), 1.0)


def test_a_meter_counts_what_it_has_passed_on() -> None:
    inner = CountingMeter(watch=lambda index, delta: index == 0, calls=3, tokens=100)
    meter = MeterWrapper(inner)
    meter.attempt(2)
    meter.prompt(7, 3)
    assert meter.output(0, Delta("ab", 2))
    assert not meter.output(1, Delta("c", 1))
    with pytest.raises(BudgetExhausted):
        meter.attempt(2)  # refused by the inner one, so it does not count
    assert (meter.calls, meter.prompt_tokens, meter.cached_tokens, meter.output_tokens) == (2, 7, 3, 3)
    assert (inner.calls, inner.prompt_tokens, inner.cached_tokens, inner.output_tokens) == (2, 7, 3, 3)
    assert meter.allowance() == inner.allowance() == 97
    assert meter.watched


def test_whether_deltas_decide_anything_is_the_inner_meters_word() -> None:
    class Unwatched(CountingMeter):
        watched = False

    outer: Meter = MeterWrapper(MeterWrapper(Unwatched()))
    assert not outer.watched


async def test_tapes_are_taped_and_others_are_not(tmp_path: Path) -> None:
    backend = SimulatedBackend()
    recorder = Recorder(backend, tmp_path / "tape")
    await recorder.prepare()
    recorder.mark("deadline")
    await recorder.aclose()
    replay, resumed = Replay(tmp_path / "tape"), Replay(tmp_path / "tape", then=backend)
    assert all(isinstance(tape, Taped) for tape in (recorder, replay, resumed))
    assert not isinstance(backend, Clocked)
    assert not isinstance(Wrapper(backend), Clocked)
    assert recorder.marker("deadline") is None  # live: the run itself says when
    assert resumed.marker("deadline") is None
    assert replay.marker("deadline") is not None
