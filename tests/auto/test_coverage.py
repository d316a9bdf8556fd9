import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import GOLDEN
from ttc.auto.coverage import beta_coverage, beta_coverage_tail
from ttc.search.estimators import pass_at_k


@pytest.mark.parametrize(("n", "correct", "k", "expected"), GOLDEN["pass_at_k"])
def test_golden_pass_at_k(n, correct, k, expected):
    assert pass_at_k(n, correct, k) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "correct"), [(6, 0), (6, 2), (6, 5), (6, 6)])
def test_pass_at_k_counts_all_subsets(n, correct):
    right = [True] * correct + [False] * (n - correct)
    for k in range(1, n + 1):
        subsets = list(itertools.combinations(right, k))
        assert pass_at_k(n, correct, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_plugging_in_the_rate_is_biased():
    assert pass_at_k(10, 3, 5) > 1 - 0.7**5


def test_golden_beta_coverage():
    for k, expected in ((1, 0.2), (4, 0.44589), (16, 0.68449), (64, 0.83606), (256, 0.91720)):
        assert beta_coverage(0.5, 2, k) == pytest.approx(expected, abs=6e-6)
    assert beta_coverage_tail(0.5, 2, 1024) == pytest.approx(0.04154, abs=6e-6)
    assert 1 - beta_coverage(0.5, 2, 1024) == pytest.approx(0.04151, abs=6e-6)


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.integers(1, 5000))
def test_beta_coverage_is_the_product_of_posterior_failures(alpha, beta, k):
    if k <= 50:
        failed = 1.0
        for failures in range(k):
            failed *= 1 - alpha / (alpha + beta + failures)
        assert beta_coverage(alpha, beta, k) == pytest.approx(1 - failed, abs=1e-9)
    assert beta_coverage(alpha, beta, k) <= beta_coverage(alpha, beta, k + 1) + 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pass_at_k(5, 6, 1), "correct must be between 0 and n = 5, got 6"),
        (lambda: pass_at_k(5, 1, 6), "k must be between 1 and the 5"),
        (lambda: beta_coverage(0, 1, 1), "alpha=0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
