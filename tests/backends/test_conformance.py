"""The simulated backend, with and without its capabilities, the recorder, the replay and a real model: all alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ttc import prompts
from ttc.backends.base import Backend, Request
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.backends.tape import Recorder, Replay
from ttc.testing.backends import BackendConformance
from ttc.testing.meters import CountingMeter


class TestSimulated(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return SimulatedBackend(tokens=1000.0)


class TestSimulatedWithLatencies(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return SimulatedBackend(tokens=1000.0, time_scale=0.01)


class TestHosted(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return SimulatedBackend(tokens=1000.0, capabilities=HOSTED)


class TestRecorder(BackendConformance):
    @pytest.fixture
    async def backend(self, tmp_path: Path) -> AsyncIterator[Backend]:
        recorder = Recorder(SimulatedBackend(tokens=1000.0), tmp_path / "tape")
        await recorder.prepare()
        yield recorder
        await recorder.aclose()


class TestReplay(BackendConformance):
    """Each test runs twice: recorded first, then on its own tape."""

    @pytest.fixture
    async def backend(self, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
        recorder = Recorder(SimulatedBackend(tokens=1000.0, time_scale=0.002), tmp_path / "tape")
        await recorder.prepare()
        parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
        await getattr(BackendConformance, request.node.originalname)(self, recorder, **parameters)
        await recorder.aclose()
        replay = Replay(tmp_path / "tape", patience=2.0)
        await replay.prepare()
        yield replay
        await replay.aclose()


class TestLlamaCpp(BackendConformance):
    """A real model over HTTP, in process."""

    question = f"A shelf holds 7 boxes of 12 pens. 9 pens are missing. How many pens are there?{prompts.SOLVE}"

    @pytest.fixture
    def backend(self, model: Backend) -> Backend:
        return model


class Silent(SimulatedBackend):
    """A toy with a fault: it forgets to charge what a cancelled or stopped call had used."""

    async def complete(self, request: Request, meter: CountingMeter) -> object:
        blind = CountingMeter()
        completions = await super().complete(request, blind)
        meter.attempt(request.n)
        return completions


async def test_the_suite_finds_a_backend_that_does_not_charge() -> None:
    suite = BackendConformance()
    with pytest.raises(AssertionError):
        await suite.test_n_completions_in_order_and_all_metered(Silent(), 1, False)
