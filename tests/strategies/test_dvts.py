"""DVTS: conformance, and subtrees that never exchange candidates."""

import pytest

import ttc
from tests.strategies.stepwise import PRM, StepConformance
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import Dvts


class TestConformance(StepConformance):
    def make(self) -> Dvts:
        return Dvts(n=4)


async def test_every_subtree_ends_with_solutions_of_its_own() -> None:
    strategy = Dvts(n=9, subtrees=3)
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(steps=(4, 4)), verifier=PRM)
    assert len({c.id.split(".")[0] for c in result.candidates}) == 3
    assert len(result.candidates) == 9
    alone = await ttc.asolve(
        "What is 5 + 4?", Dvts(n=9, subtrees=1), backend=SimulatedBackend(steps=(4, 4)), verifier=PRM
    )
    assert len({c.id.split(".")[0] for c in alone.candidates}) == 1


def test_bad_knobs() -> None:
    with pytest.raises(ValueError, match="subtrees"):
        Dvts(n=4, subtrees=5)
