"""Gains: golden values, counting all that can happen, noise that depends on the state alone, and what helps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auto.exact_gains import exact_gain
from tests.belief.planted import THETA_1, THETA_2, planted
from ttc.auto.gains import compare_gain, draw_gains, forecast, score_gain
from ttc.auto.simulated import MOST_ANSWERS, Futures, Ordered, Scoring
from ttc.belief.belief import Belief, Lengths, Stream, Votes, Way, belief_of
from ttc.belief.worth import BinaryWorth, JudgeWorth, VerifierWorth

ONE = belief_of((Stream("prose:1", THETA_1),))
BOTH = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2)))
PRM = VerifierWorth(a=0.3, c=0.3, iota=0.2, auc=0.71)


def sampled(belief: Belief, votes: Votes, stream: int, horizon: int, seeds: int, futures: int) -> tuple[float, float]:
    """Mean over seeds of the gain at one horizon, and its standard error."""
    gains = [
        draw_gains(belief, votes, stream, [horizon], futures=futures, rng=np.random.default_rng(seed))[0][1]
        for seed in range(seeds)
    ]
    return float(np.mean(gains)), float(np.std(gains, ddof=1) / seeds**0.5)


# ---- golden values


@pytest.mark.parametrize(
    ("counts", "silent", "horizon", "expected"),
    [
        ([], 0, 1, 0.329218143448),
        ([1, 1], 0, 1, 0.065048194754),
        ([1, 1], 0, 2, 0.111736621364),
        ([1, 1], 0, 4, 0.168311270775),
        ([1, 1], 0, 8, 0.216701926092),
        ([3, 1, 1], 1, 1, 0.0),
        ([3, 1, 1], 1, 2, 0.0),
        ([3, 1, 1], 1, 4, 0.002189205032),
        ([3, 1, 1], 1, 8, 0.007540259216),
        ([2, 2], 0, 8, 0.183044345518),
        ([2, 1, 1], 0, 8, 0.050488979522),
    ],
)
def test_counting_gives_the_golden_values_and_futures_agree(
    counts: list[int], silent: int, horizon: int, expected: float
) -> None:
    assert exact_gain(THETA_1, counts, silent, horizon) == pytest.approx(expected, abs=6e-13)
    mean, error = sampled(ONE, Votes.of(counts, silent), 0, horizon, 40, 128)
    assert abs(mean - expected) <= 3 * error


def test_the_golden_value_of_sixteen_draws() -> None:
    mean, error = sampled(ONE, Votes.of([3, 1]), 0, 16, 40, 128)
    assert abs(mean - 0.013963656771) <= 3 * error


@pytest.mark.parametrize(("stream", "expected"), [(0, 0.006134223919), (1, 0.011717076640)])
def test_golden_values_of_two_streams(stream: int, expected: float) -> None:
    mean, error = sampled(BOTH, Votes(((2, 1, 0), (0, 2, 1)), (0, 1)), stream, 8, 40, 512)
    assert abs(mean - expected) <= 3 * error


def test_one_draw_agrees_with_counting_on_random_states() -> None:
    """Of 50 states: every deviation within 4.5 standard errors, and their mean square near 1."""
    rng, deviations = np.random.default_rng(0), []
    for _ in range(50):
        counts = rng.integers(1, 5, rng.integers(1, 5)).tolist()
        silent = int(rng.integers(0, 3))
        exact = exact_gain(THETA_1, counts, silent, 1)
        mean, error = sampled(ONE, Votes.of(counts, silent), 0, 1, 16, 512)
        assert abs(mean - exact) <= 4.5 * error + 1e-12
        if error > 0:
            deviations.append((mean - exact) / error)
    assert len(deviations) >= 10
    assert np.mean(np.square(deviations)) < 1 + 3 * (2 / len(deviations)) ** 0.5 + 0.3  # 16 seeds: heavy tails


def test_golden_gains_of_comparisons() -> None:
    judge = JudgeWorth(alpha=3, beta=1, gamma=1)
    assert compare_gain([0.4, 0.35, 0.25], (0, 1), judge, 2) == pytest.approx(0.17, abs=1e-12)
    assert compare_gain([0.4, 0.35, 0.25], (0, 1), judge, 4) == pytest.approx(0.204285714286, abs=6e-13)
    assert compare_gain([0.4, 0.35, 0.25], (1, 0), judge, 2) == pytest.approx(0.17, abs=1e-12)
    assert compare_gain([0.4, 0.35, 0.25], (0, 1), JudgeWorth(), 4) == 0.0
    told = compare_gain([0.8, 0.1, 0.1], (0, 1), judge, 2, record=(2, 0))
    assert told == pytest.approx(0.0, abs=1e-12)  # two defeats would only undo the two wins


# ---- noise


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=1, max_size=4), st.randoms())
def test_gains_do_not_depend_on_how_a_state_is_listed(rows: list[tuple[int, int]], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    votes = Votes((tuple(r[0] for r in rows), tuple(r[1] for r in rows)), (1, 0))
    mixed = Votes((tuple(rows[j][1] for j in order), tuple(rows[j][0] for j in order)), (0, 1))
    before = draw_gains(BOTH, votes, 0)
    after = draw_gains(belief_of(BOTH.streams[::-1]), mixed, 1)
    assert [h for h, _ in before] == [1, 2, 4, 8]
    assert [gain for _, gain in before] == pytest.approx([gain for _, gain in after], abs=1e-12)


def test_the_same_state_has_the_same_gains_and_another_state_other_noise() -> None:
    votes = Votes.of([2, 1])
    assert draw_gains(ONE, votes) == draw_gains(ONE, votes)
    states = [Ordered.of(ONE, Votes.of([2, 1], extra=(0.0, extra))) for extra in (0.0, 0.001, 0.5)]
    draws = [state.generator("prose:1").random() for state in states]
    assert draws[0] == draws[1] != draws[2]
    assert states[0].generator("b").random() != draws[0]


def test_gains_never_fall_with_the_horizon() -> None:
    for counts in ([1], [1, 1], [4, 3, 1], [5, 1], [1, 1, 1, 1]):
        gains = [gain for _, gain in draw_gains(ONE, Votes.of(counts), horizons=(1, 2, 4, 8, 16))]
        assert gains == sorted(gains)
        assert gains[0] >= 0


# ---- what is worth something


def test_two_votes_are_worth_more_than_one() -> None:
    """After a single vote a second one changes nothing; a third and fourth may."""
    gains = dict(draw_gains(ONE, Votes.of([1])))
    assert gains[1] == pytest.approx(0.0, abs=1e-12)
    assert gains[8] > 0.01


def test_scores_of_new_candidates_are_worth_more_than_votes_alone() -> None:
    votes = Votes.of([1, 1])
    plain, scored = draw_gains(ONE, votes), draw_gains(ONE, votes, scoring=Scoring(PRM))
    assert scored[0][1] > plain[0][1]
    nothing = draw_gains(ONE, votes, scoring=Scoring(VerifierWorth()))
    assert nothing == plain
    strong = BinaryWorth(completeness=0.95, soundness=0.95)
    assert draw_gains(ONE, votes, scoring=Scoring(strong))[0][1] > scored[0][1]


def test_scoring_what_there_is() -> None:
    votes = Votes.of([1, 1])
    assert score_gain(ONE, votes, [1, 1], Scoring(PRM)) > 0.03
    assert score_gain(ONE, votes, [0, 0], Scoring(PRM)) == 0.0
    assert score_gain(ONE, votes, [1, 1], Scoring(VerifierWorth())) == 0.0
    # a binary verdict that was given already tells nothing more
    assert score_gain(ONE, votes, [1, 1], Scoring(BinaryWorth(completeness=0.9, soundness=0.9), (1, 1))) == 0.0


def test_a_score_is_worth_what_the_normal_law_says() -> None:
    """Two answers with P .5 each: the gain is P(the better one is chosen) − ½, by a large simulation of the law."""
    sure = belief_of((Stream("prose:1", THETA_1),))
    votes = Votes.of([1, 1], extra=(40.0, 40.0))  # one of the two is right
    gains = score_gain(sure, votes, [1, 1], Scoring(PRM), futures=20_000)
    delta = PRM.signal(1) ** 2
    rng = np.random.default_rng(0)
    odds = delta + np.sqrt(2 * delta) * rng.standard_normal(200_000)  # right less wrong
    assert gains == pytest.approx(float((odds > 0).mean()) - 0.5, abs=0.015)


def test_answers_that_cannot_win_are_only_counted() -> None:
    many = Votes.of([3, 2] + [1] * 40)
    state = Ordered.of(ONE, many)
    futures = Futures(state, 0, 4, 64, np.random.default_rng(0))
    assert futures.answers == MOST_ANSWERS
    assert futures.more_groups == 42 - MOST_ANSWERS
    before = futures.posterior()
    exact = ONE.right(many)
    assert before[0, 0] / before[0, 1] == pytest.approx(exact[0] / exact[1])  # the dropped votes still count
    for _ in range(4):
        futures.draw()
    total = futures.counts.sum(1) + futures.more_votes + futures.silent
    assert (total == many.drawn + 4).all()
    assert (futures.votes + futures.silent == many.drawn + 4).all()


def test_futures_draw_by_the_law() -> None:
    """Shares of silent and right among first draws are those of the belief."""
    votes = Votes.of([2, 1], 1)
    futures = Futures(Ordered.of(ONE, votes), 0, 1, 40_000, np.random.default_rng(1))
    right = futures.posterior()
    assert (futures.weight.mean(), (futures.weight * (futures.truth == 0)).mean()) == pytest.approx(
        (1.0, ONE.right(votes)[0]), abs=0.01
    )
    assert right[0].tolist() == pytest.approx([*ONE.right(votes)[:-1], 0.0, ONE.right(votes)[-1]], abs=1e-9)
    futures.draw()
    drawn = (futures.weight * (futures.silent > 1)).mean()
    law = ONE.tables[0]
    mean = float((ONE.posterior(votes).difficulty * (law.mute + 1) / (law.mute + law.speak + 4)).sum())
    assert drawn == pytest.approx(mean, abs=0.01)
    evidence = [ONE.posterior(Votes.of(counts, 1)).log_evidence for counts in ([3, 1], [2, 2])]
    shares = [(futures.weight * (futures.counts[:, j] > before)).mean() for j, before in ((0, 2), (1, 1))]
    assert shares[0] / shares[1] == pytest.approx(float(np.exp(evidence[0] - evidence[1])), rel=0.06)


def test_lengths_stay_as_they_are_known() -> None:
    lengths = Lengths((Way("prose", 6.0, 0.3),), 0.2, -0.4)
    belief = belief_of((Stream("prose:1", THETA_1, lengths),))
    short, long = (draw_gains(belief, Votes(((1,),), (0,), (), (rest,)))[3][1] for rest in (-0.6, 0.6))
    assert short != long


@pytest.mark.parametrize("n", [1, 4, 16])
def test_forecasts_are_the_accuracy_of_the_leader_on_planted_problems(n: int) -> None:
    """4,000 problems of the law: the share right, within three standard errors and a point of the forecast's noise."""
    right = []
    for problem in planted(THETA_1, 4000, n, np.random.default_rng(n)):
        answers = list(dict.fromkeys(label for label in problem.labels if label >= 0))
        counts = [problem.labels.count(answer) for answer in answers]
        first = ONE.leaders(Votes.of(counts, problem.labels.count(-1)), 1)
        right.append(bool(first) and answers[first[0]] == 0)
    assert forecast(ONE, n) == pytest.approx(np.mean(right), abs=3 * np.std(right) / 4000**0.5 + 0.01)


def test_forecasts_between_horizons_and_from_votes() -> None:
    low, middle, high = (forecast(ONE, n) for n in (4, 5.5, 8))
    assert low < middle < high
    assert forecast(ONE, 32) == forecast(ONE, 1000)
    votes = Votes.of([3, 1])
    assert forecast(ONE, 2, votes) == ONE.posterior(votes).lead
    assert forecast(ONE, 12, votes) > forecast(ONE, 4, votes)
    assert forecast(BOTH, 4) > 0.3


def test_wrong_horizons_are_refused() -> None:
    with pytest.raises(ValueError, match="each must be at least 1"):
        draw_gains(ONE, Votes.of([1]), horizons=[0, 1])
    assert draw_gains(ONE, Votes.of([1]), horizons=[]) == []
