"""The pairwise judge: soft votes, both orders, and its preference for a place."""

import math

import pytest

from tests.verifiers.scripted import Scripted, one
from ttc.backends.base import Capabilities
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.verifiers import HOSTILE, JudgeConformance, Listening, open_session
from ttc.types import Candidate, Problem
from ttc.verifiers.pairwise import Pairwise


class TestConformance(JudgeConformance):
    def make(self) -> Pairwise:
        return Pairwise()


class TestWithoutLogprobs(JudgeConformance):
    def make(self) -> Pairwise:
        return Pairwise()

    def backend(self, **laws: object) -> Listening:
        return Listening(capabilities=Capabilities(fan_out=True), **laws)


ONE, TWO = Candidate(id="0", text="It is \\boxed{4}.", answer="4"), Candidate(id="1", text="\\boxed{5}", answer="5")


async def test_a_soft_vote_counts_ties_half_and_turns_with_the_order() -> None:
    backend = Scripted(lambda _: one(("1", 0.5), ("2", 0.2), ("tie", 0.1), ("The", 0.2)))
    session = open_session(backend)  # type: ignore[arg-type]
    even = await Pairwise().prefer(session, ONE, TWO, 0)
    odd = await Pairwise().prefer(session, ONE, TWO, 1)
    assert even == pytest.approx((0.5 + 0.05) / 0.8)
    assert odd == pytest.approx(1 - even)


@pytest.mark.parametrize(
    ("reply", "expected"), [("1", 1.0), ("2", 0.0), ("tie", 0.5), ("Tie.", 0.5), ("Both", math.nan)]
)
async def test_hard_votes(reply: str, expected: float) -> None:
    backend = Scripted(lambda _: one((reply, 1.0)), logprobs=False)
    win = await Pairwise().prefer(open_session(backend), ONE, TWO, 0)  # type: ignore[arg-type]
    assert win == expected or (math.isnan(win) and math.isnan(expected))


async def test_unreadable_is_neither_a_tie_nor_a_loss() -> None:
    session = open_session(Scripted(lambda _: one(("Both", 1.0))))  # type: ignore[arg-type]
    (wins,) = await session.compare([(ONE, TWO)], 2, Pairwise())
    assert all(map(math.isnan, wins))


async def test_a_strong_bias_for_a_place_is_cancelled_and_reported() -> None:
    """P(first place wins) = .9 between equals. One order alone would be wrong by .4; both together are not."""
    bias = math.log(0.9 / 0.1)
    backend = SimulatedBackend(p_correct=0.5, p_compare=0.75, position_bias=bias)
    session = open_session(backend)
    candidates = await session.sample(12)
    gold = backend.facts(session.problem.text).gold
    right = [c for c in candidates if c.answer == gold]
    wrong = [c for c in candidates if c.answer != gold]
    pairs = [(a, b) for a in wrong for b in right]
    votes = await session.compare(pairs, 2, Pairwise())
    odds = math.log(0.75 / 0.25)
    in_front, behind = (1 / (1 + math.exp(-(odds + sign * bias))) for sign in (1, -1))
    for even, odd in votes:
        assert even == pytest.approx(1 - behind)  # the wrong one is shown first
        assert even > 0.5  # one order alone prefers the wrong one
        assert (even + odd) / 2 == pytest.approx(1 - (in_front + behind) / 2)
        assert (even + odd) / 2 < 0.5
    shown_first = [event.data["first_place"] for event in session.trace.named("places")]
    assert sum(shown_first) / (2 * len(pairs)) == pytest.approx((in_front + 1 - behind) / 2)
    equal = open_session(backend)
    ((even, odd),) = await equal.compare([(right[0], right[1])], 2, Pairwise())
    assert (even, odd) == pytest.approx((0.9, 0.1), abs=1e-5)
    assert [event.data["first_place"] for event in equal.trace.named("places")] == pytest.approx([0.9, 0.9])


async def test_hard_votes_of_a_biased_judge_are_fair_on_average() -> None:
    backend = SimulatedBackend(
        p_correct=1.0, position_bias=math.log(0.9 / 0.1), capabilities=Capabilities(fan_out=True)
    )
    wins = []
    for number in range(30):
        session = open_session(backend, problem=Problem(f"What is {number} + 1?"))
        pair = await session.sample(2)
        wins += (await session.compare([(pair[0], pair[1])], 20, Pairwise()))[0]
    assert abs(sum(wins) / len(wins) - 0.5) < 4 * math.sqrt(0.9 * 0.1 / len(wins))


async def test_both_blocks_keep_one_closing_tag() -> None:
    backend = Scripted(lambda _: one(("1", 1.0)))
    pair = Candidate(id="0", text=HOSTILE[2]), Candidate(id="1", text=HOSTILE[1])
    await Pairwise().prefer(open_session(backend), *pair, 0)  # type: ignore[arg-type]
    text = backend.heard[0].messages[0]["content"]
    assert text.count("</solution_1>") == text.count("</solution_2>") == 1
