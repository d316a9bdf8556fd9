"""Confidence-informed votes: conformance, limits of the temperature, shift invariance, access."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

import ttc
from tests.believed import by_votes
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.belief.profile import shipped_profile
from ttc.belief.right import unmeasured
from ttc.core.session import Session
from ttc.strategies import BestOfN, Cisc, SelfConsistency
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Verdict


class TestVerifier(StrategyConformance):
    needs_verifier = True

    def make(self) -> Cisc:
        return Cisc(n=5)

    def options(self) -> dict[str, object]:
        return {"verifier": "self_verify"}


class TestLogprobs(StrategyConformance):
    def make(self) -> Cisc:
        return Cisc(n=5)


PROBLEM = "What is 19 + 26?"


class Scores:
    """A verifier with given scores in order of drawing."""

    def __init__(self, *scores: float):
        self.scores = scores

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(score) for score in self.scores[: len(candidates)]]


async def test_a_low_temperature_is_best_of_n_and_a_high_one_the_vote() -> None:
    backend = SimulatedBackend(p_correct=0.4)
    for seed in range(8):
        options = {
            "backend": backend,
            "seed": seed,
            "verifier": Scores(*(((7 * i + seed) % 11) / 11 for i in range(9))),
        }
        cold = await ttc.asolve(PROBLEM, Cisc(n=9, temperature=1e-4), **options)  # type: ignore[arg-type]
        best = await ttc.asolve(PROBLEM, BestOfN(n=9), **options)  # type: ignore[arg-type]
        hot = await ttc.asolve(PROBLEM, Cisc(n=9, temperature=math.inf), **options)  # type: ignore[arg-type]
        vote = await ttc.asolve(PROBLEM, SelfConsistency(n=9, stop="none"), backend=backend, seed=seed)
        assert cold.answer == best.answer
        assert hot.answer == vote.answer


async def test_only_differences_of_confidence_matter() -> None:
    scores, backend = (0.1, 0.5, 0.2, 0.45, 0.3), SimulatedBackend(p_correct=0.4)
    for seed in range(5):
        results = [
            await ttc.asolve(
                PROBLEM, Cisc(n=5), backend=backend, seed=seed, verifier=Scores(*(s + shift for s in scores))
            )
            for shift in (0.0, 0.4)
        ]
        assert results[0].answer == results[1].answer
        assert math.isclose(results[0].confidence or 0, results[1].confidence or 0)


async def test_the_confidences_are_in_the_trace_and_unanimity_is_not_certainty() -> None:
    backend = SimulatedBackend(p_correct=1.0)
    result = await ttc.asolve(PROBLEM, Cisc(n=4, temperature=0.1), backend=backend, verifier=Scores(0.2, 0.9, 0.9, 0.3))
    assert result.trace.named("confidences")[0].data == {"0": 0.2, "1": 0.9, "2": 0.9, "3": 0.3}
    assert result.confidence == pytest.approx(by_votes([4]))  # scores of unknown worth move nothing
    assert result.warnings == (unmeasured(shipped_profile(), "Scores")["verifier"],)


async def test_what_could_not_be_judged_does_not_vote() -> None:
    backend, seen = SimulatedBackend(p_correct=0.5), 0
    for seed in range(10):
        one = Scores(math.nan, math.nan, 0.1, math.nan)
        result = await ttc.asolve(PROBLEM, Cisc(n=4), backend=backend, seed=seed, verifier=one)
        third = next(c for c in result.candidates if c.id == "2")
        assert result.answer == third.answer
        seen += len({c.answer for c in result.candidates}) > 1
    assert seen > 5


async def test_confidence_beats_counting_where_the_model_knows_what_it_knows() -> None:
    laws = {"p_correct": 0.35, "distractor_weights": (0.7, 0.3), "verify_tpr": 0.85, "verify_fpr": 0.15, "tokens": 20.0}
    backend, right = SimulatedBackend(**laws), {0.1: 0, math.inf: 0}  # type: ignore[arg-type]
    for temperature in right:
        async with ttc.Solver(Cisc(n=9, temperature=temperature), backend=backend, verifier="self_verify") as solver:
            async for r in solver.solve_many([f"What is {i} + 9?" for i in range(40)]):
                right[temperature] += r.answer == backend.facts(r.problem.text).gold
    assert right[0.1] > right[math.inf] + 6


async def test_it_says_which_access_it_misses_and_a_verifier_is_enough() -> None:
    backend = SimulatedBackend(capabilities=replace(HOSTED, logprobs=False))
    with pytest.raises(ttc.VerifierError, match="verifier='self_verify'"):
        await ttc.asolve(PROBLEM, "cisc", backend=backend)
    assert (await ttc.asolve(PROBLEM, "cisc", backend=backend, verifier="self_verify")).answer is not None


@pytest.mark.parametrize("knobs", [{"n": 0}, {"temperature": 0}])
def test_bad_knobs_are_refused(knobs: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is 0"):
        Cisc(**knobs)  # type: ignore[arg-type]
