"""What can be bought: caps, prices in shares, and what is not on offer."""

import math

import pytest

from tests.belief.planted import THETA_1, THETA_2
from ttc.auto.options import Limits, Offer, Option, State, options_of
from ttc.belief.belief import Stream, Votes, belief_of
from ttc.belief.worth import JudgeWorth, VerifierWorth

ONE = belief_of((Stream("prose:1", THETA_1),))
BOTH = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2)))
PRM, JUDGE = VerifierWorth(a=0.3, c=0.3, iota=0.2, auc=0.71), JudgeWorth(alpha=3, beta=1, gamma=1)
TENTH = Limits({"tokens": 4000.0}, {"tokens": 4000.0})


def draw(stream: int, h: int) -> dict[str, float]:
    return {"tokens": 400.0 * h * (1 + stream), "calls": float(h)}


def offered(state: State, limits: Limits = TENTH, belief: object = ONE, **changes: object) -> dict[object, Option]:
    offer = Offer(draw=draw, **{"n": 32, **changes})  # type: ignore[arg-type]
    return {(o.action, o.stream, o.size): o for o in options_of(belief, state, offer, limits)}  # type: ignore[arg-type]


def test_draws_of_every_stream_up_to_what_is_left() -> None:
    found = offered(State(Votes(((1, 1), (0, 0)), (0, 0)), 29), belief=BOTH)
    assert list(found) == [("draw", s, h) for s in (0, 1) for h in (1, 2)]  # three candidates are left
    assert found["draw", 1, 2].cost == pytest.approx(0.4)
    assert offered(State(Votes.of([1, 1]), 32)) == {}


@pytest.mark.parametrize(
    ("currency", "chunks"),
    [
        ("tokens", [1, 1, 2, 4]),
        ("calls", [1, 1, 2, 4]),
        ("usd", [1, 1, 1, 2]),
        ("eflops", [1, 1, 1, 2]),
        ("seconds", [1, 2, 4, 8]),
    ],
)
def test_chunks_by_the_currency_that_binds(currency: str, chunks: list[int]) -> None:
    offer = Offer(draw=lambda stream, h: {currency: float(h)}, n=32)
    found = options_of(ONE, State(Votes.of([1, 1]), 2), offer, Limits({currency: 100.0}))
    assert [option.chunk for option in found] == chunks


def test_shares_are_of_the_scarcest_limit_and_caps_are_none() -> None:
    limits = Limits({"tokens": 4000.0, "calls": 5.0}, {"usd": 1.0})
    assert limits.share({"tokens": 400, "calls": 1, "usd": 0.5}) == pytest.approx(0.2)
    assert limits.binding({"tokens": 400, "calls": 1}) == "calls"
    assert limits.lacking({"tokens": 1e9, "usd": 0.5}) is None  # what is not named is not limited
    assert limits.lacking({"usd": 2.0}) == "usd"
    assert Limits.of({"tokens": math.inf}, 8).limits == {"calls": 8.0}
    assert Limits({"tokens": 0.0}).share({"tokens": 1.0}) == math.inf
    assert Limits({"tokens": 0.0}).share({"calls": 1.0}) == 0.0


def test_a_verifier_without_worth_is_never_asked() -> None:
    state = State(Votes.of([1, 1]), 2, (0, 0), (1, 1))
    for worth in (None, VerifierWorth(), VerifierWorth(a=0.5, c=-0.2)):
        assert {action for action, *_ in offered(state, verifier=worth)} == {"draw"}
    assert {action for action, *_ in offered(state, verifier=PRM)} == {"draw", "draw and score", "score"}


def test_verdicts_cost_one_candidate_until_one_was_paid_and_free_ones_are_always_taken() -> None:
    state = State(Votes.of([1, 1]), 2, (0, 0), (1, 3))
    found = offered(state, verifier=PRM)
    assert found["draw and score", 0, 4].amounts == {"tokens": 8 * 400.0, "calls": 8.0}
    score = found["score", 0, 3]  # one of the first answer, two of the second
    assert (score.amounts, score.chunk) == ({"tokens": 1200.0, "calls": 3.0}, 3)
    cheap = offered(state, verifier=PRM, verdict={"tokens": 40.0})
    assert cheap["draw and score", 0, 4].amounts == {"tokens": 1600.0 + 160.0, "calls": 4.0}
    free = offered(state, verifier=PRM, verdict={})
    assert ("draw", 0, 1) not in free
    assert free["score", 0, 3].cost == 0.0
    assert free["score", 0, 3].index == math.inf


def test_only_what_was_never_asked_about_is_scored() -> None:
    assert "score" not in {a for a, *_ in offered(State(Votes.of([1, 1]), 2, (0, 1), (0, 0)), verifier=PRM)}
    third = State(Votes.of([3, 2, 1]), 6, (3, 2, 0), (0, 0, 1))  # not one of the two first answers
    assert "score" not in {a for a, *_ in offered(third, verifier=PRM)}


def test_comparisons_of_a_pair_have_a_cap_and_so_have_all_of_them() -> None:
    votes = Votes.of([2, 2, 1])

    def sizes(asked: int, compared: int, n: int = 32) -> list[int]:
        state = State(votes, 5, records={(0, 1): (1, 1)}, asked={(0, 1): asked}, compared=compared)
        return [size for action, _, size in offered(state, judge=JUDGE, n=n) if action == "compare"]

    assert sizes(0, 0) == [2, 4]
    assert sizes(2, 2) == [2]
    assert sizes(3, 3) == sizes(4, 4) == []
    assert sizes(0, 8, n=5) == [2]  # ten in all, eight were asked
    assert sizes(0, 9, n=5) == []


def test_comparisons_are_bought_in_twos_and_priced_with_their_prompts() -> None:
    state = State(Votes.of([2, 2]), 4)
    found = offered(state, judge=JUDGE, judgement={"tokens": 100.0, "calls": 1.0})
    assert found["compare", 0, 4].amounts == {"tokens": 400.0, "calls": 4.0}
    assert (found["compare", 0, 4].chunk, found["compare", 0, 2].chunk) == (2, 2)
    for judge in (None, JudgeWorth(), JudgeWorth(alpha=1, beta=3)):
        assert "compare" not in {action for action, *_ in offered(state, judge=judge)}
    assert "compare" not in {a for a, *_ in offered(State(Votes.of([2]), 2), judge=JUDGE)}


def test_records_are_read_from_both_sides() -> None:
    state = State(Votes.of([1, 1]), 2, records={(0, 1): (2.0, 0.5)}, asked={(0, 1): 3})
    assert (state.record(0, 1), state.record(1, 0)) == ((2.0, 0.5), (0.5, 2.0))
    assert (state.asked_of(1, 0), state.asked_of(0, 2)) == (3, 0)


def test_a_refused_action_is_not_offered_again() -> None:
    state = State(Votes.of([1, 1]), 2, (0, 0), (1, 1), refused=frozenset({("draw", 0), ("score", 0)}))
    assert {action for action, *_ in offered(state, verifier=PRM)} == {"draw and score"}


def test_the_index_of_nothing_is_nothing() -> None:
    assert Option("compare", 2, 0.0, 0.0, 2).index == 0.0
    assert Option("compare", 2, 0.1, 0.0, 2).index == math.inf
    assert Option("draw", 2, 0.1, 0.5, 1).index == pytest.approx(0.2)
    assert Option("draw", 2, 0.1234567, 0.5, 1).to_dict()["gain"] == 0.123457
