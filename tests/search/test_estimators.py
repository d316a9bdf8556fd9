import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import estimators as est


def test_pass_at_k_golden_and_product_form():
    assert est.pass_at_k(10, 3, 5) == pytest.approx(0.9166666666666666)
    assert est.pass_at_k(100, 3, 10) == pytest.approx(0.273469387755102)
    assert est.pass_at_k(5, 3, 3) == 1.0
    assert est.pass_at_k(5, 0, 5) == 0.0
    for n, c, k in itertools.product(range(1, 9), range(9), range(1, 9)):
        if c <= n and k <= n:
            product = math.prod(1 - k / i for i in range(n - c + 1, n + 1)) if n - c >= k else 0
            assert est.pass_at_k(n, c, k) == pytest.approx(1 - product)


def test_pass_at_k_is_unbiased():
    p, n, k = 0.3, 8, 4
    mean = sum(math.comb(n, c) * p**c * (1 - p) ** (n - c) * est.pass_at_k(n, c, k) for c in range(n + 1))
    assert mean == pytest.approx(1 - (1 - p) ** k)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=7), st.integers(1, 7))
def test_best_of_k_is_the_mean_over_all_subsets(pool, k):
    k = min(k, len(pool))
    scores, values = zip(*pool, strict=True)
    means = []
    for subset in itertools.combinations(pool, k):
        top = max(score for score, _ in subset)
        means.append(np.mean([value for score, value in subset if score == top]))
    expected = est.best_of_k(scores, values, k)
    # ties are shared within the pool: exact whenever scores differ, and for k = 1 and k = n
    if len(set(scores)) == len(scores) or k in (1, len(pool)):
        assert expected == pytest.approx(np.mean(means))
    shuffled = np.random.default_rng(0).permutation(len(pool))
    assert est.best_of_k(np.array(scores)[shuffled], np.array(values)[shuffled], k) == pytest.approx(expected)


def test_best_of_k_with_a_perfect_score_is_pass_at_k():
    right = np.array([0, 1, 0, 0, 1, 0, 0, 0])
    for k in range(1, 9):
        assert est.best_of_k(right, right, k) == pytest.approx(est.pass_at_k(8, 2, k))
        assert est.best_of_k(np.zeros(8), right, k) == pytest.approx(0.25)


def test_verifier_ceiling():
    p, t, f = 0.3, 0.8, 0.2
    precision = p * t / (p * t + (1 - p) * f)
    assert est.verified_accuracy(p, t, f, 10_000) == pytest.approx(precision)
    assert est.verified_accuracy(p, t, f, 1) == pytest.approx(p)
    assert max(est.verified_accuracy(p, t, f, n) for n in range(1, 300)) <= precision + 1e-12
    assert est.verified_accuracy(p, 1, 0, 7) == pytest.approx(float(est.coverage(p, 7)))
    assert est.verified_accuracy(p, 0.6, 0.6, 9) == pytest.approx(p)
    assert est.verified_accuracy(p, 0, 0, 5) == est.verified_accuracy(p, 1, 1, 5) == p


@pytest.mark.parametrize(("p", "t", "f", "n"), [(0.3, 0.8, 0.2, 4), (0.1, 0.9, 0.4, 12), (0.6, 0.5, 0.1, 3)])
def test_verified_accuracy_agrees_with_simulation(p, t, f, n):
    rng, runs = np.random.default_rng(1), 20_000
    right = rng.random((runs, n)) < p
    accepted = rng.random((runs, n)) < np.where(right, t, f)
    eligible = np.where(accepted.any(axis=1, keepdims=True), accepted, True)
    picked = (eligible * rng.random((runs, n))).argmax(axis=1)
    accuracy = right[np.arange(runs), picked].mean()
    assert abs(accuracy - est.verified_accuracy(p, t, f, n)) < 4 * 0.5 / math.sqrt(runs)


def test_binary_majority():
    assert est.binary_majority(0.6, 1) == pytest.approx(0.6)
    assert est.binary_majority(0.6, 2) == pytest.approx(0.6)
    assert est.binary_majority(0.5, 10) == pytest.approx(0.5)
    assert est.binary_majority(0.6, 40) == pytest.approx(0.89794, abs=5e-6)
    assert est.binary_majority(0.55, 40) == pytest.approx(0.73568, abs=5e-6)
    assert est.binary_majority(0.6, 401) > 0.999
    assert est.binary_majority(0.4, 401) < 0.001


def test_coverage():
    assert est.coverage([0.0, 0.5, 1e-12], 2) == pytest.approx([0, 0.75, 2e-12])


def test_bad_arguments():
    for call in (
        lambda: est.pass_at_k(4, 5, 1),
        lambda: est.pass_at_k(4, 1, 5),
        lambda: est.best_of_k([1.0], [1.0], 2),
        lambda: est.best_of_k([np.nan], [1.0], 1),
    ):
        with pytest.raises(ValueError, match="must"):
            call()
