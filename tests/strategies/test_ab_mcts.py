"""AB-MCTS: conformance, wide and deep worlds, the best-scored solution answers."""

from collections.abc import Sequence
from typing import Any

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.errors import VerifierError
from ttc.strategies import AbMcts
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Verdict


class Knows:
    """A verifier with the gold answer: `right` and `wrong` are its scores."""

    def __init__(self, backend: SimulatedBackend, right: float = 0.95, wrong: float = 0.1):
        self.backend, self.right, self.wrong = backend, right, wrong

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        gold = self.backend.facts(session.problem.text).gold
        return [Verdict(self.right if c.answer == gold else self.wrong) for c in candidates]


class TestConformance(StrategyConformance):
    needs_verifier = True

    def make(self) -> AbMcts:
        return AbMcts(n=5)

    def options(self) -> dict[str, Any]:
        return {"verifier": "self_verify"}


class TestBeta(TestConformance):
    def make(self) -> AbMcts:
        return AbMcts(n=4, batch=1, prior="beta")


async def mean_depth(**laws: Any) -> float:
    """Mean depth of solutions over 15 problems."""
    depths: list[int] = []
    for i in range(15):
        backend = SimulatedBackend(**laws)
        result = await ttc.asolve(f"What is {i} + 4?", AbMcts(n=12, batch=1), backend=backend, verifier=Knows(backend))
        (event,) = result.trace.named("ab_mcts")
        depths += event.data["depths"][1:]
    return sum(depths) / len(depths)


async def test_depth_follows_what_pays() -> None:
    deep = await mean_depth(p_correct=0.05, p_improve=0.7, p_degrade=0.0)
    wide = await mean_depth(p_correct=0.7, p_improve=0.0, p_degrade=1.0)
    assert deep > wide + 0.5


async def test_the_best_scored_answers_and_refinement_finds_it() -> None:
    right = 0
    for i in range(25):
        backend = SimulatedBackend(p_correct=0.05, p_improve=0.5, p_degrade=0.0)
        result = await ttc.asolve(f"What is {i} + 4?", AbMcts(n=12), backend=backend, verifier=Knows(backend))
        right += result.answer == backend.facts(f"What is {i} + 4?").gold
    assert right > 20  # twelve plain solutions find it in 1 - .95 ^ 12 = 46 % of the problems


async def test_bad_knobs() -> None:
    for knobs in ({"n": 0}, {"batch": 0}, {"prior": "flat"}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            AbMcts(**knobs)  # type: ignore[arg-type]
    with pytest.raises(VerifierError, match="verifier"):
        await ttc.asolve("What is 5 + 4?", AbMcts(), backend=SimulatedBackend())
