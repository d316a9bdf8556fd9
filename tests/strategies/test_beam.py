"""Beam search: conformance, and the early error that it cannot take back."""

import pytest

from tests.strategies.stepwise import Seeing, StepConformance, accuracy
from ttc.strategies import Beam, ParticleFilter
from ttc.types import Candidate


class TestConformance(StepConformance):
    def make(self) -> Beam:
        return Beam(n=4)


async def test_particles_survive_a_misranked_step_that_loses_the_beam() -> None:
    """The first step's ranks are reversed, mildly; from the second step on the reward tells the truth."""

    def rule(number: int, right: bool, candidate: Candidate) -> float:
        if number == 0:
            return 0.4 if right else 0.6
        return 0.9 if right else 0.1

    greedy = await accuracy(Beam(n=8, keep=1), Seeing(rule), 40, p_correct=0.4)
    particles = await accuracy(ParticleFilter(n=8, weight="prob"), Seeing(rule), 40, p_correct=0.4)
    # greed keeps a wrong first step wherever one is drawn: all 8 right with (.4 ^ 1/4) ^ 8 = .16
    assert greedy < 0.35
    assert particles > 0.85


def test_bad_knobs() -> None:
    with pytest.raises(ValueError, match="keep"):
        Beam(keep=0)
