"""A check beside a reward: T1's product, and what becomes of it where the check says nothing or rejects everything."""

import math

import pytest

import ttc
from tests.verifiers.test_hybrid import Given
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import BestOfN
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate
from ttc.verifiers import make_verifier
from ttc.verifiers.agreement import Agreement
from ttc.verifiers.exact import Exact
from ttc.verifiers.self_verify import SelfVerify
from ttc.verifiers.veto import Veto

NAN = math.nan
BATCH = [Candidate(id=str(i), text="x", answer=str(i)) for i in range(4)]


class TestConformance(VerifierConformance):
    def make(self) -> Veto:
        return Veto(SelfVerify(), Exact(check=lambda problem, candidate: True))


async def scores(reward: list[float], check: list[float]) -> list[float]:
    verdicts = await open_session(SimulatedBackend()).verify(BATCH, Veto(Given(*reward), Given(*check)))
    return [verdict.score for verdict in verdicts]


async def test_what_the_check_finds_wrong_is_worth_nothing() -> None:
    assert await scores([0.9, 0.8, 0.7, 0.6], [0.0, 1.0, 0.4, 0.5]) == [0.0, 0.8, 0.0, 0.6]


async def test_a_check_that_abstains_is_no_veto() -> None:
    """The toy version multiplies with 0 where no program could be written."""
    assert await scores([0.9, 0.8, 0.7, 0.6], [NAN, 0.0, 1.0, NAN]) == [0.9, 0.0, 0.7, 0.6]


async def test_where_all_are_vetoed_the_rewards_stand() -> None:
    """The toy version chooses at random among zeros."""
    assert (await scores([0.2, 0.9, 0.3, NAN], [0.0, 0.0, 0.0, 1.0]))[:3] == [0.2, 0.9, 0.3]


async def test_a_constant_check_changes_nothing_bit_for_bit() -> None:
    problem, n = ttc.Problem("What is 3 + 4 * 5?"), 8
    always = Exact(check=lambda problem, candidate: True)
    runs = [
        await ttc.asolve(problem, BestOfN(n, weight="answer"), backend=SimulatedBackend(), verifier=verifier)
        for verifier in (SelfVerify(), Veto(SelfVerify(), always))
    ]
    assert runs[0].candidate == runs[1].candidate
    assert [v.score for v in runs[0].verdicts.values()] == [v.score for v in runs[1].verdicts.values()]


async def test_with_an_oracle_the_pick_is_right_if_any_candidate_is() -> None:
    backend, covered = SimulatedBackend(p_correct=0.3), 0
    for number in range(25):
        problem = ttc.Problem(f"What is {number} + {number}?")
        gold = backend.facts(problem.text).gold
        verifier = Veto(Agreement(), Exact(answer=gold))
        result = await ttc.asolve(problem, BestOfN(4, weight="answer"), backend=backend, verifier=verifier)
        any_right = any(candidate.answer == gold for candidate in result.candidates)
        covered += any_right
        assert (result.answer == gold) == any_right
    assert 0 < covered < 25


def test_parts_by_name() -> None:
    verifier = make_verifier("veto:reward=confidence:check=agreement")
    assert isinstance(verifier, Veto)
    assert verifier.logprobs == 0
    with pytest.raises(ValueError, match="nobody"):
        _ = Veto("nobody").parts
