"""Fitting laws: planted laws are found, few problems fall back to the centre, and stated chances are then true."""

import numpy as np
import pytest

from tests.belief.planted import THETA_1, THETA_2, planted, planted_pair
from ttc.belief.belief import Stream, belief_of
from ttc.belief.check import calibration_error, calibration_floor, check, cross_check, reliability, stated_chances
from ttc.belief.fit import SPREAD, START, fit_agreement, fit_laws
from ttc.belief.graded import Graded, drawn, group_sizes, halves, subsamples

THETAS = (Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2))


def test_chances_of_problems_drawn_from_a_law_are_true() -> None:
    """ECE − floor of the law itself is at most .01 on 10,000 problems."""
    rng = np.random.default_rng(0)
    rows = check(belief_of((Stream("prose:1", THETA_1),)), planted(THETA_1, 10_000, 8, rng), rounds=1)
    assert [row.n for row in rows] == [1, 2, 4, 8]
    assert max(row.ece - row.floor for row in rows) <= 0.01
    assert max(abs(row.bias) for row in rows) <= 0.012


def test_laws_fitted_to_500_problems_state_true_chances_of_others() -> None:
    """The mean of ECE − floor over six fits; one fit alone leaves the mean accuracy open by ± .016."""
    rng = np.random.default_rng(1)
    others, excess = planted(THETA_1, 2500, 8, rng), []
    for _ in range(6):
        law = fit_laws(planted(THETA_1, 500, 16, rng), [None])[0]
        stated, right = stated_chances(belief_of((Stream("prose:1", law),)), others, rng, (8,))[8]
        excess.append(calibration_error(stated, right) - calibration_floor(stated, rng))
    assert np.mean(excess) <= 0.01


def test_a_centre_holds_few_problems_and_gives_way_to_many() -> None:
    problems = planted(THETA_2, 400, 12, np.random.default_rng(2))
    one, all_of_them = (np.array(fit_laws(problems[:count], [THETA_1])[0]) for count in (1, 400))
    assert np.abs((one - THETA_1) / SPREAD).max() < 1.5  # in standard deviations
    assert all_of_them[0] == pytest.approx(THETA_2[0], abs=0.3)
    assert all_of_them[3] == pytest.approx(THETA_2[3], abs=0.4)


def test_too_few_problems_are_refused_without_a_centre() -> None:
    problems = planted(THETA_1, 19, 4, np.random.default_rng(3))
    with pytest.raises(ValueError, match="19 problems are too few to fit a law: give at least 20"):
        fit_laws(problems, [None])
    with pytest.raises(ValueError, match="give at least 1"):
        fit_laws([], [THETA_1])
    assert len(fit_laws(problems[:1], [START])[0]) == 10


def test_two_streams_are_fitted_together() -> None:
    problems = planted_pair([THETA_1, THETA_2], 400, 8, np.random.default_rng(4))
    first, second = fit_laws(problems, [None, None])
    assert first.a0 == pytest.approx(THETA_1[0], abs=0.35)
    assert second.a0 == pytest.approx(THETA_2[0], abs=0.35)
    assert second.q0 > first.q0  # the second is silent more often


def test_agreement_counts_less_where_streams_repeat_each_others_errors() -> None:
    found = []
    for same in (0.0, 0.8):
        problems = planted_pair([THETA_1, THETA_2], 150, 8, np.random.default_rng(5), same)
        agreement, seen = fit_agreement(problems, THETAS)
        assert seen == 150
        found.append(agreement.b)
    assert found[0] > found[1] + 1
    assert fit_agreement(problems[:39], THETAS) == (fit_agreement([], THETAS)[0], 0)  # too few: the usual constants


def test_graded_candidates_as_the_belief_sees_them() -> None:
    belief = belief_of(THETAS)
    problem = Graded(
        [7, -1, 3, 7, 3, 9], 3, streams=[0, 0, 0, 1, 1, 1], scores={"prm": [0.1, 0.9, 0.8, np.nan, 0.7, 1]}
    )
    part = drawn(belief, problem, [0, 1, 2, 3, 4], "prm")
    assert (part.votes.counts, part.votes.silent, part.truth) == (((1, 1), (1, 1)), (1, 0), 1)
    assert part.scores == ((0.1,), (0.8, 0.7))
    assert drawn(belief, problem, [0, 1]).truth == 1  # one answer, and the right one is not among them
    assert group_sizes(problem, 0) == (1, {1: 1}, 1)
    places = dict(subsamples(problem, (1, 2, 4), np.random.default_rng(0), 2))
    assert {n: len(rows) for n, rows in places.items()} == {1: 2, 2: 4}  # four of each stream there are not
    first, second = halves([problem] * 5, np.random.default_rng(0))
    assert (len(first), len(second)) == (3, 2)


def test_calibration_beside_its_floor() -> None:
    rng = np.random.default_rng(6)
    stated = rng.random(400)
    right = (rng.random(400) < stated).astype(float)
    fair, unfair = reliability(8, [(stated, right)]), reliability(8, [(stated, 1 - right)])
    assert fair.ece == pytest.approx(fair.floor, abs=0.025)
    assert unfair.ece > 0.3 > 3 * unfair.floor
    assert calibration_error(np.array([0.05, 0.95, 1.0]), np.array([0.0, 1.0, 1.0])) == pytest.approx((0.05 + 0.05) / 3)
    assert fair.bias == pytest.approx(float((stated - right).mean()))


def test_a_cross_check_judges_each_half_by_the_other() -> None:
    problems = planted(THETA_1, 60, 4, np.random.default_rng(7))
    trained: list[int] = []

    def fit(train: list[Graded]) -> object:
        trained.append(len(train))
        return belief_of((Stream("prose:1", fit_laws(train, [THETA_1])[0]),))

    rows = cross_check(problems, fit, rounds=2)
    assert trained == [30] * 4
    assert [row.n for row in rows] == [1, 2, 4]
    assert all(row.problems <= 60 for row in rows)
