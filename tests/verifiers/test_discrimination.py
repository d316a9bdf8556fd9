"""AUC over all candidates and within problems, and calibration that never sees the problem it is judged on."""

import math

import numpy as np
import pytest

from tests.verifiers import statistics
from ttc.verifiers.calibration import fit
from ttc.verifiers.cross_fit import cross_fitted
from ttc.verifiers.discrimination import auc, aucs_by_problem, within_auc
from ttc.verifiers.reliability import calibration_error


def test_auc_is_the_share_of_ordered_pairs() -> None:
    rng = np.random.default_rng(0)
    scores, right = rng.integers(0, 8, 60) / 8, rng.random(60) < 0.4
    pairs = [(g > b) + 0.5 * (g == b) for g in scores[right] for b in scores[~right]]
    assert auc(scores, right) == pytest.approx(np.mean(pairs))
    assert auc(scores, right) == pytest.approx(statistics.auc(right, scores))


def test_unknown_scores_are_left_out_and_one_kind_is_nan() -> None:
    assert auc([0.9, math.nan, 0.1], [True, False, False]) == 1.0
    assert math.isnan(auc([0.9, 0.1], [True, True]))
    assert math.isnan(auc([], []))


def test_knowing_hard_problems_is_no_discrimination_within_them() -> None:
    """Scores that are the problem's own rate: a good AUC over all, and exactly chance within problems."""
    rng = np.random.default_rng(1)
    rate = rng.beta(0.5, 0.5, 200)
    right = rng.random((200, 16)) < rate[:, None]
    scores = np.repeat(rate, 16)
    names = np.repeat(np.arange(200), 16).tolist()
    assert auc(scores, right.ravel()) > 0.85
    assert within_auc(scores, right.ravel(), names) == 0.5
    per_problem = aucs_by_problem(scores, right.ravel(), names)
    assert math.isnan(per_problem[int(np.argmax(right.all(axis=1)))])


def test_names_must_match_scores() -> None:
    with pytest.raises(ValueError, match="3 scores and 2 problem names"):
        within_auc([0.1, 0.2, 0.3], [True, False, True], ["a", "b"])
    with pytest.raises(ValueError, match="3 scores and 2 problem names"):
        cross_fitted([0.1, 0.2, 0.3], [True, False, True], ["a", "b"])
    with pytest.raises(ValueError, match="folds is 1"):
        cross_fitted([0.1], [True], ["a"], folds=1)


def test_cross_fitting_does_not_learn_its_own_labels() -> None:
    """Noise, one score and one label for each problem. Fitted on the labels it is judged by, or on a part of the same
    problem's, a calibrator looks calibrated; on other problems its error shows."""
    rng = np.random.default_rng(2)
    problems = np.repeat(np.arange(60), 8).tolist()
    scores = np.repeat(rng.random(60), 8)
    right = np.repeat(rng.random(60) < 0.5, 8)
    own = calibration_error(fit(scores, right)(scores), right)
    split = calibration_error(cross_fitted(scores, right, list(range(480))), right)
    honest = calibration_error(cross_fitted(scores, right, problems), right)
    assert own < 1e-9
    assert honest > 2 * split + 0.03


def test_cross_fitting_calibrates() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random((200, 8))
    right = rng.random((200, 8)) < truth
    scores = truth**3  # in order, and far too low
    problems = np.repeat(np.arange(200), 8).tolist()
    assert calibration_error(scores.ravel(), right.ravel()) > 0.2
    for kind in ("isotonic", "platt"):
        fitted = cross_fitted(scores.ravel(), right.ravel(), problems, kind)  # type: ignore[arg-type]
        assert calibration_error(fitted, right.ravel()) < 0.06
    one_kind = cross_fitted([0.2, 0.3], [True, True], ["a", "b"])
    assert one_kind.tolist() == [0.2, 0.3]
    assert math.isnan(cross_fitted([0.2, math.nan, 0.4, 0.1], [True, True, False, False], list("abcd"))[1])
