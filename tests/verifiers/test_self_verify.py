"""Self-verification: one token with log-probabilities, votes without."""

import math

import pytest

from tests.verifiers.scripted import Scripted, one
from tests.verifiers.statistics import auc, beta_auc, pool
from ttc.backends.base import Capabilities
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.verifiers import PROBLEM, Listening, VerifierConformance, open_session
from ttc.types import Candidate, Problem
from ttc.verifiers.self_verify import SelfVerify


class TestConformance(VerifierConformance):
    def make(self) -> SelfVerify:
        return SelfVerify()


class TestWithoutLogprobs(VerifierConformance):
    def make(self) -> SelfVerify:
        return SelfVerify(votes=3)

    def backend(self, **laws: object) -> Listening:
        return Listening(capabilities=Capabilities(fan_out=True), **laws)


SOLUTION = Candidate(id="0", text="It is \\boxed{4}.", answer="4")


async def test_the_score_is_the_probability_of_yes() -> None:
    backend = Scripted(lambda _: one(("No", 0.5), ("Yes", 0.2), (" yes", 0.1), ("Well", 0.2)))
    (verdict,) = await open_session(backend).verify([SOLUTION], SelfVerify())  # type: ignore[arg-type]
    assert verdict.score == pytest.approx(0.3 / 0.8)
    assert backend.heard[0].max_tokens == 1
    assert len(backend.heard) == 1


async def test_never_yes_is_zero_and_no_label_is_nan() -> None:
    never = Scripted(lambda _: one(("No", 1.0)))
    other = Scripted(lambda _: one(("Let", 0.9), ("The", 0.1)))
    (sure,) = await open_session(never).verify([SOLUTION], SelfVerify())  # type: ignore[arg-type]
    session = open_session(other)  # type: ignore[arg-type]
    (unread,) = await session.verify([SOLUTION], SelfVerify())
    assert sure.score == 0.0
    assert math.isnan(unread.score)
    assert session.trace.named("readings")[0].data["abstained"] == 1


async def test_votes_are_the_share_of_yes() -> None:
    replies = iter(["Yes", "No", "Well", "Yes", "yes."])
    backend = Scripted(lambda _: one((next(replies), 1.0)), logprobs=False)
    (verdict,) = await open_session(backend).verify([SOLUTION], SelfVerify(votes=5))  # type: ignore[arg-type]
    assert verdict.score == pytest.approx(3 / 4)
    assert "1 unreadable" in verdict.reason


async def test_another_model_verifies_and_is_prepared() -> None:
    judge = Scripted(lambda _: one(("Yes", 1.0)))
    (verdict,) = await open_session(SimulatedBackend()).verify([SOLUTION], SelfVerify(backend=judge))  # type: ignore[arg-type]
    assert verdict.score == 1.0
    assert judge.prepared == 1


async def test_thinking_is_not_shown_and_history_is() -> None:
    backend = Scripted(lambda _: one(("Yes", 1.0)))
    problem = Problem(({"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}))
    thinking = Candidate(id="0", text="<think>Is it 5? No.</think>It is 4.", answer="4")
    only = Candidate(id="1", text="<think>Is it 5? No", answer=None)
    verdicts = await open_session(backend, problem=problem).verify([thinking, only], SelfVerify())  # type: ignore[arg-type]
    assert [v.known for v in verdicts] == [True, False]
    assert [m["role"] for m in backend.heard[0].messages] == ["system", "user"]
    assert "Is it 5" not in backend.heard[0].messages[1]["content"]


async def test_auc_is_that_of_the_law() -> None:
    """Right and wrong solutions have P(Yes) ~ Beta with the mean rates; soft scores are the draws themselves."""
    backend = SimulatedBackend(p_correct=0.5, verify_tpr=0.7, verify_fpr=0.4, verify_concentration=3.0)
    right, scores = await pool(backend, SelfVerify(), problems=40, n=12)
    expected = beta_auc(0.7, 0.4, 3.0)
    spread = math.sqrt(expected * (1 - expected) / min(right.sum(), (~right).sum()))  # an upper bound of the error
    assert abs(auc(right, scores) - expected) < 3 * spread


def test_votes_must_be_positive() -> None:
    with pytest.raises(ValueError, match="votes is 0"):
        SelfVerify(votes=0)
    assert PROBLEM.text
