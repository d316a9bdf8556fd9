import numpy as np
import pytest
from scipy.stats import truncnorm

from ttc.budget.value.score_target import candidates_for_score, fit_truncated_normal, truncated_normal_cdf


@pytest.mark.parametrize(
    ("mean", "sd", "target", "quantile", "n"),
    [(0.6, 0.2, 0.9, 0.05, 65), (0.6, 0.2, 0.9, 0.5, 16), (0.8, 0.1, 0.9, 0.05, 21), (0.4, 0.15, 0.7, 0.1, 100)],
)
def test_golden(mean, sd, target, quantile, n):
    assert candidates_for_score(mean, sd, target, quantile) == n


def test_golden_cdf_and_reference():
    assert truncated_normal_cdf(0.9, 0.6, 0.2) == pytest.approx(0.95485, abs=6e-6)
    for mean, sd in ((0.6, 0.2), (0.95, 0.3), (-0.2, 0.5)):
        reference = truncnorm.cdf([0.1, 0.5, 0.9], -mean / sd, (1 - mean) / sd, mean, sd)
        assert [truncated_normal_cdf(x, mean, sd) for x in (0.1, 0.5, 0.9)] == pytest.approx(list(reference))


def test_it_is_the_least_n():
    for target in (0.2, 0.7, 0.95):
        n = candidates_for_score(0.5, 0.25, target, 0.1)
        below = truncated_normal_cdf(target, 0.5, 0.25)
        assert below**n <= 0.1
        assert n == 1 or below ** (n - 1) > 0.1


def test_fit_recovers_the_underlying_normal():
    """Truncation hides the tail: the mean of the scores is 0.74, of the normal beneath 0.8."""
    scores = truncnorm.rvs(-4, 1, 0.8, 0.2, size=3000, random_state=0)
    mean, sd = fit_truncated_normal(scores)
    assert scores.mean() < 0.75
    assert mean == pytest.approx(0.8, abs=0.03)
    assert sd == pytest.approx(0.2, abs=0.02)


def test_fit_of_ten_scores_near_the_end_stays_finite():
    mean, sd = fit_truncated_normal([0.95, 0.99, 1.0, 0.97, 0.98, 1.0, 0.99, 0.96, 0.999, 0.97])
    assert np.isfinite([mean, sd]).all()
    assert -1 <= mean <= 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: candidates_for_score(0.5, 0.2, 1.0, 0.1), r"target=1\.0"),
        (lambda: candidates_for_score(0.5, 0.2, 0.5, 1.0), r"quantile=1\.0"),
        (lambda: candidates_for_score(0.1, 0.01, 0.9, 0.1), "out of reach"),
        (lambda: truncated_normal_cdf(0.5, 0.5, 0), "sd=0"),
        (lambda: fit_truncated_normal([0.5, 0.5]), "differ"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_law_whose_mass_lies_beyond_an_end_is_all_at_that_end():
    assert truncated_normal_cdf(0.9, 2.0, 0.01) == 0.0
    assert truncated_normal_cdf(0.1, -1.0, 0.01) == 1.0
