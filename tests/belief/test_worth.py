"""What verifiers and judges are worth: closed forms, and what fits keep of planted ones."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.belief.planted import THETA_1, planted
from ttc.belief.belief import Stream, belief_of
from ttc.belief.fit_judge import JudgedPair, fit_judge
from ttc.belief.fit_worth import fit_verifier
from ttc.belief.graded import Graded
from ttc.belief.worth import BinaryWorth, JudgeWorth, VerifierWorth, judged_extra, log_odds, separation, stated_worth

BELIEF = belief_of((Stream("prose:1", THETA_1),))


def scored(problems: list[Graded], rng: np.random.Generator, shift: float, *, binary: bool = False) -> list[Graded]:
    """Scores whose log-odds are N(± shift, 1) for right and wrong candidates; binary: their signs."""
    found = []
    for problem in problems:
        centre = np.array([shift if label == 0 else -shift for label in problem.labels])
        logits = centre + rng.standard_normal(len(centre))
        scores = (logits > 0).astype(float) if binary else 1 / (1 + np.exp(-logits))
        found.append(replace(problem, scores={"v": scores.tolist()}))
    return found


# ---- closed forms


def test_golden_values_of_a_judge() -> None:
    judge = JudgeWorth(alpha=3, beta=1, gamma=1)
    for record, expected in {(2, 0): 0.587786664902, (1, 1): -0.105360515658, (0, 2): -1.203972804326}.items():
        assert judge.extra(*record) == pytest.approx(expected, abs=6e-13)
    assert JudgeWorth(alpha=2, beta=2, gamma=2).extra(3, 1) == pytest.approx(0.0, abs=1e-12)
    assert judged_extra(judge, 3, [(0, 2, 2, 0)]) == pytest.approx([judge.extra(2, 0), 0.0, judge.extra(0, 2)])


def test_scores_of_one_answer_repeat_each_other() -> None:
    worth = VerifierWorth(a=0.3, c=0.5, iota=0.25, auc=0.7)
    one, four = worth.extra([0.8]), worth.extra([0.8] * 4)
    assert one == pytest.approx(0.3 + 0.5 * math.log(4))
    assert four == pytest.approx(one * 4**0.25)
    assert worth.extra([math.nan, 0.8]) == one
    assert worth.extra([]) == worth.extra([math.nan]) == 0.0
    assert worth.signal(4) == pytest.approx(separation(0.7) * 4**0.25)
    assert (worth.signal(0), VerifierWorth().signal(3), VerifierWorth().helps) == (0.0, 0.0, False)
    assert log_odds(0.0) == pytest.approx(-5, abs=0.01)
    assert log_odds(1.0) == pytest.approx(5, abs=0.01)


def test_a_binary_verifier_counts_once() -> None:
    worth = BinaryWorth(completeness=0.9, soundness=0.7)
    assert worth.extra([1.0]) == worth.extra([1.0, 1.0, 0.0]) == pytest.approx(math.log(0.9 / 0.3))
    assert worth.extra([0.0, math.nan]) == pytest.approx(math.log(0.1 / 0.7))
    assert worth.extra([math.nan]) == 0.0
    assert (worth.auc, worth.helps) == (pytest.approx(0.8), True)
    assert worth.signal(1) == worth.signal(5)


def test_a_stated_worth_scales_with_the_scores_of_the_run() -> None:
    narrow, wide = stated_worth(0.8, [0.5, 0.51, math.nan]), stated_worth(0.8, [0.1, 0.9])
    assert narrow.c == pytest.approx(separation(0.8) / 0.25)
    assert wide.c == pytest.approx(separation(0.8) / (2 * math.log(9) / math.sqrt(2)))
    assert (narrow.a, narrow.iota) == (0.0, 0.25)
    assert stated_worth(0.5, [0.1, 0.9]).extra([0.9]) == 0.0
    with pytest.raises(ValueError, match="verifier_auc is 1; it must lie in"):
        stated_worth(1, [])


# ---- fits


def test_a_good_verifier_is_kept_and_random_scores_get_nothing() -> None:
    rng = np.random.default_rng(0)
    problems = planted(THETA_1, 200, 16, rng)
    good = fit_verifier(scored(problems, rng, 0.7), BELIEF, "v")
    assert isinstance(good, VerifierWorth)
    assert good.helps
    assert good.gain > 2 * good.se > 0
    assert good.auc == pytest.approx(0.84, abs=0.03)  # of N(.7, 1) above N(−.7, 1)
    kept = sum(fit_verifier(scored(problems, rng, 0.0), BELIEF, "v", seed).helps for seed in range(12))
    assert kept <= 2


def test_scores_that_only_tell_easy_problems_from_hard_ones_are_worth_no_purchase() -> None:
    """One score for all candidates of a problem: over all problems it looks good, within one it chooses nothing.

    It may make the stated chance truer, since it says whether the right answer was seen at all.
    """
    rng = np.random.default_rng(1)
    problems, repeated = planted(THETA_1, 300, 16, rng), []
    for problem in problems:
        share = problem.labels.count(0) / 16
        score = 1 / (1 + math.exp(-4 * (share - 0.4) - 0.3 * rng.standard_normal()))
        repeated.append(replace(problem, scores={"v": [score] * 16}))
    worth = fit_verifier(repeated, BELIEF, "v")
    assert worth.auc == 0.5
    assert worth.signal(1) == worth.signal(8) == 0.0


def test_a_binary_verifier_is_fitted_by_its_two_shares() -> None:
    rng = np.random.default_rng(2)
    problems = planted(THETA_1, 200, 16, rng)
    worth = fit_verifier(scored(problems, rng, 1.0, binary=True), BELIEF, "v")
    assert isinstance(worth, BinaryWorth)
    assert worth.completeness == pytest.approx(0.88, abs=0.07)  # an answer of several candidates counts by majority
    assert worth.soundness == pytest.approx(0.85, abs=0.06)
    kept = sum(fit_verifier(scored(problems, rng, 0.0, binary=True), BELIEF, "v", seed).helps for seed in range(12))
    assert kept <= 2


def test_too_few_scores_are_refused() -> None:
    rng = np.random.default_rng(3)
    problems = scored(planted(THETA_1, 39, 8, rng), rng, 1.0)
    with pytest.raises(ValueError, match="v: 39 problems with scores are too few, give at least 40"):
        fit_verifier(problems, BELIEF, "v")


def pairs(rng: np.random.Generator, count: int, mean: float, judgements: int = 4) -> list[JudgedPair]:
    """Pairs of a judge whose chance to prefer the right one is Beta with this mean and strength 4."""
    found = []
    for chance in rng.beta(4 * mean, 4 * (1 - mean), count):
        won = int(rng.binomial(judgements, chance))
        found.append(JudgedPair(won, judgements - won))
    for chance in rng.beta(2, 2, count // 2):
        won = int(rng.binomial(judgements, chance))
        found.append(JudgedPair(won, judgements - won, one_right=False))
    return found


def test_a_coin_judge_is_dropped_and_a_good_one_kept() -> None:
    """Of fits on 120 pairs: a coin in at most .07 (± two standard errors), a judge of mean .65 in at least .8."""
    rng = np.random.default_rng(4)
    coins = np.mean([fit_judge(pairs(rng, 120, 0.5), seed).helps for seed in range(40)])
    good = np.mean([fit_judge(pairs(rng, 120, 0.65), seed).helps for seed in range(20)])
    assert coins <= 0.07 + 2 * math.sqrt(0.07 * 0.93 / 40)
    assert good >= 0.8


def test_the_law_of_a_judge_is_found() -> None:
    worth = fit_judge(pairs(np.random.default_rng(5), 1500, 0.7))
    assert worth.alpha / (worth.alpha + worth.beta) == pytest.approx(0.7, abs=0.03)
    assert worth.alpha + worth.beta == pytest.approx(4, rel=0.25)
    assert worth.gamma == pytest.approx(2, rel=0.4)
    assert worth.pairs == 1500


def test_agreeing_with_itself_is_not_being_right() -> None:
    """A judge that always repeats itself, right in half of the pairs, is worth nothing."""
    rng = np.random.default_rng(6)
    stubborn = [JudgedPair(4 * side, 4 - 4 * side) for side in rng.integers(0, 2, 120).tolist()]
    assert not fit_judge(stubborn).helps
    assert fit_judge(stubborn).extra(4, 0) == 0.0


def test_unreadable_judgements_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="0 pairs of a right and a wrong answer are too few, give at least 30"):
        fit_judge([JudgedPair(0, 0)] * 50)
