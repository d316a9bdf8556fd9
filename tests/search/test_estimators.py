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


def test_bad_arguments():
    for call in (
        lambda: est.pass_at_k(4, 5, 1),
        lambda: est.pass_at_k(4, 1, 5),
        lambda: est.best_of_k([1.0], [1.0], 2),
        lambda: est.best_of_k([np.nan], [1.0], 1),
    ):
        with pytest.raises(ValueError, match="must"):
            call()
