"""CISC weights."""

import math

import pytest

import ttc
from tests.verifiers.test_hybrid import Given
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import BestOfN
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate
from ttc.verifiers.cisc import Cisc

BATCH = [Candidate(id=str(i), text="x", answer=str(i)) for i in range(4)]


class TestConformance(VerifierConformance):
    reads_text = False  # weights depend on the company

    def make(self) -> Cisc:
        return Cisc(temperature=0.3)


async def weights(scores: list[float], temperature: float) -> list[float]:
    cisc = Cisc(Given(*scores), temperature)
    return [v.score for v in await open_session(SimulatedBackend()).verify(BATCH, cisc)]


async def test_goldens_and_limits() -> None:
    golden = await weights([0.2, 0.9, 0.9, 0.3], 0.1)
    assert golden == pytest.approx([0.0005, 0.4992, 0.4992, 0.0012], abs=5e-5)
    assert await weights([0.2, 0.9, 0.9, 0.3], 1e9) == pytest.approx([0.25] * 4)
    assert (await weights([0.2, 0.9, 0.8, 0.3], 1e-4))[1] == pytest.approx(1.0)
    assert await weights([0.3, 1.0, 1.0, 0.4], 0.1) == pytest.approx(golden)


async def test_unknown_stays_unknown() -> None:
    mixed = await weights([0.2, math.nan, 0.2, math.nan], 0.5)
    assert mixed[0] == mixed[2] == 0.5
    assert math.isnan(mixed[1])
    assert all(map(math.isnan, await weights([math.nan] * 4, 0.5)))


async def test_a_vote_with_these_weights() -> None:
    result = await ttc.asolve(
        "What is 3 + 4?", BestOfN(n=6, weight="answer"), backend=SimulatedBackend(), verifier="cisc"
    )
    assert result.answer is not None


def test_bad_temperature() -> None:
    with pytest.raises(ValueError, match="temperature is 0"):
        Cisc(temperature=0.0)
