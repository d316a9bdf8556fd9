"""The belief: golden values, Bayes' rule written out, and what must not matter."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.belief.planted import THETA_1, THETA_2, by_hand
from ttc.belief.belief import Agreement, Lengths, Stream, Votes, Way, belief_of
from ttc.belief.law import Theta

ONE = belief_of((Stream("prose:1", THETA_1),))
BOTH = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2)))
COUNTS = st.lists(st.integers(1, 6), min_size=1, max_size=6)


def close(found: object, expected: list[float]) -> None:
    """Equal to the twelve digits that are printed."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), expected, rtol=0, atol=6e-13)


@pytest.mark.parametrize(
    ("belief", "votes", "right", "log_evidence", "difficulty"),
    [
        (
            ONE,
            Votes.of([3, 1, 1], 1),
            [0.548544335504, 0.067869331215, 0.067869331215, 0.315717002067],
            -7.799553488249,
            [0.103320796859, 0.875793511120, 0.020885692021],
        ),
        (
            ONE,
            Votes.of([1, 1]),
            [0.198259704260, 0.198259704260, 0.603480591481],
            -0.611031160878,
            [0.113752001584, 0.802667947417, 0.083580050999],
        ),
        (
            BOTH,
            Votes(((2, 1, 0), (0, 2, 1)), (0, 1)),
            [0.121687489032, 0.755651934712, 0.033062584363, 0.089597991894],
            -7.294904599532,
            [0.007735895462, 0.951964351440, 0.040299753098],
        ),
        (ONE, Votes.of([], 2), [1.0], -3.131651336675, [0.740371552997, 0.253298206606, 0.006330240397]),
    ],
)
def test_golden_values(
    belief: object, votes: Votes, right: list[float], log_evidence: float, difficulty: list[float]
) -> None:
    posterior = belief.posterior(votes)  # type: ignore[attr-defined]
    close(posterior.right, right)
    close([posterior.log_evidence], [log_evidence])
    close(posterior.difficulty, difficulty)


def test_golden_values_of_evidence_and_lengths() -> None:
    judged = Votes.of([1, 1], extra=(0.587786664902, -1.203972804326))
    close(ONE.right(judged), [0.349929770388, 0.058321628398, 0.591748601214])
    steady = Lengths((Way("prose", 6.0, 0.0),), math.sqrt(0.1), -0.3)
    timed = belief_of((Stream("prose:1", THETA_1, steady),))
    close(timed.right(Votes(((1, 1),), (0,), (), (0.5,))), [0.146054420276, 0.146054420276, 0.707891159448])


def test_without_candidates_nothing_is_believed() -> None:
    posterior = ONE.posterior(Votes.of())
    assert (posterior.lead, posterior.unseen) == (0.0, pytest.approx(1.0))
    close(posterior.difficulty, [1 / 6, 2 / 3, 1 / 6])


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.integers(0, 4))
def test_one_stream_is_bayes_rule_written_out(counts: list[int], silent: int) -> None:
    expected = by_hand([THETA_1], [counts], [silent])
    assert ONE.right(Votes.of(counts, silent)).tolist() == pytest.approx(expected, abs=1e-11)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=1, max_size=5))
def test_two_streams_are_bayes_rule_written_out(rows: list[tuple[int, int]]) -> None:
    counts = [[row[s] for row in rows] for s in (0, 1)]
    expected = by_hand([THETA_1, THETA_2], counts, [1, 2])
    votes = Votes((tuple(counts[0]), tuple(counts[1])), (1, 2))
    assert BOTH.right(votes).tolist() == pytest.approx(expected, abs=1e-11)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=1, max_size=5), st.randoms())
def test_the_order_of_answers_and_streams_does_not_matter(rows: list[tuple[int, int]], random: object) -> None:
    extra = [0.1 * j for j in range(len(rows))]
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    votes = Votes((tuple(r[0] for r in rows), tuple(r[1] for r in rows)), (1, 0), tuple(extra))
    mixed = Votes(
        (tuple(rows[j][1] for j in order), tuple(rows[j][0] for j in order)), (0, 1), tuple(extra[j] for j in order)
    )
    swapped = belief_of(BOTH.streams[::-1])
    before, after = BOTH.posterior(votes), swapped.posterior(mixed)
    assert [before.right[j] for j in order] == pytest.approx(after.right[:-1].tolist(), abs=1e-12)
    assert before.difficulty.tolist() == pytest.approx(after.difficulty.tolist(), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(COUNTS, st.integers(0, 5))
def test_silence_lowers_every_answer_of_the_same_votes(counts: list[int], silent: int) -> None:
    before, after = (ONE.right(Votes.of(counts, q)) for q in (silent, silent + 1))
    assert after[-1] >= before[-1] - 1e-12


def test_agreement_of_two_streams_outweighs_a_repetition() -> None:
    """Streams of one law, so that nothing else differs."""
    same = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_1)))
    right = same.right(Votes(((1, 2, 0), (1, 0, 1)), (0, 0)))
    assert right[0] > 1.5 * right[1]
    without = belief_of(same.streams, Agreement(0.0, 0.0)).right(Votes(((1, 2, 0), (1, 0, 1)), (0, 0)))
    assert right[0] > without[0]


def test_counts_beyond_the_first_tables() -> None:
    large = ONE.right(Votes.of([400, 50], 30))
    assert large.tolist() == pytest.approx(by_hand_logs(THETA_1, [400, 50], 30), abs=1e-9)


def by_hand_logs(theta: tuple[float, ...], counts: list[int], silent: int) -> list[float]:
    """The same in logarithms, for counts whose factorials overflow."""
    from tests.belief.planted import NODES, numbers

    rows = []
    for j in [*range(len(counts)), None]:
        logs = []
        for z, weight in NODES:
            alpha, beta, mute, speak, spread, discount = numbers(theta, z)

            def rise(a: float, n: int) -> float:
                return math.lgamma(a + n) - math.lgamma(a)

            votes, own = sum(counts), 0 if j is None else counts[j]
            others = [n for k, n in enumerate(counts) if k != j]
            log = math.log(weight) + rise(alpha, own) + rise(beta, votes - own) - rise(alpha + beta, votes)
            log += rise(mute, silent) + rise(speak, votes) - rise(mute + speak, votes + silent)
            log += sum(math.log(spread + i * discount) for i in range(len(others))) - rise(spread, votes - own)
            logs.append(log + sum(rise(1 - discount, n - 1) for n in others))
        rows.append(np.logaddexp.reduce(logs))
    weights = np.exp(np.array(rows) - max(rows))
    return (weights / weights.sum()).tolist()  # type: ignore[no-any-return]


def test_leaders_prefer_chance_then_votes_then_the_first() -> None:
    assert ONE.leaders(Votes.of([1, 3, 1])) == [1, 0]
    assert BOTH.leaders(Votes(((2, 1, 0), (0, 2, 1)), (0, 1))) == [1, 0]
    assert ONE.leaders(Votes.of([1, 1], extra=(0.0, 1.0)), 1) == [1]


def test_long_answers_mean_hard_problems() -> None:
    lengths = Lengths((Way("prose", 6.0, 0.3), Way("program", 5.0, 0.5)), 0.2, -0.3)
    belief = belief_of((Stream("program:1,prose:1", THETA_1, lengths),))
    leads = [belief.posterior(Votes(((2,),), (0,), (), (rest,))).lead for rest in (-0.5, 0.0, 0.5)]
    assert leads[0] > leads[1] > leads[2]
    assert belief.posterior(Votes(((2,),), (0,), (), (math.nan,))).lead == pytest.approx(ONE.right(Votes.of([2]))[0])
    assert lengths.residual([403, 148], ["prose", "program"]) == pytest.approx(
        (math.log(403) - 6 + math.log(148) - 5) / 2
    )
    assert math.isnan(lengths.residual([], []))
    assert lengths.spread == pytest.approx(math.hypot(0.2, 0.3))
    assert lengths.noise == pytest.approx((0.09 + 0.25) / 2)


def test_states_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="one row of all answers"):
        Votes(((1, 2), (1,)), (0, 0))
    with pytest.raises(ValueError, match="extra has 1 entries"):
        Votes.of([1, 2], extra=(0.5,))


def test_where_candidates_were_ended_silence_says_nothing() -> None:
    """Without the factor of silence the law of silence does not matter, and the formula is the remaining one."""
    votes = Votes.of([2, 1], 2)
    unheard = replace(votes, heard=False)
    belief = belief_of((Stream("prose:1", tuple(THETA_1)),))
    other = belief_of((Stream("prose:1", tuple(Theta(*THETA_1)._replace(q0=1.0, q1=2.0, e0=0.2))),))
    assert belief.right(unheard) == pytest.approx(other.right(unheard))
    assert belief.right(votes) != pytest.approx(other.right(votes), abs=1e-3)
    # the factor: Beta-binomial chances of 3 that speak and 2 that do not, in one order
    tables = belief.tables[0]
    speak, mute = tables.speak, tables.mute
    expected = [
        math.lgamma(s + 3) - math.lgamma(s) + math.lgamma(m + 2) - math.lgamma(m)
        + math.lgamma(s + m) - math.lgamma(s + m + 5)
        for s, m in zip(speak, mute, strict=True)
    ]  # fmt: skip
    assert tables.log_silence(3, 2) == pytest.approx(expected)
