import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search.posterior import beta_confidence, dirichlet_confidence

GOLDEN = {(1, 0): 0.75, (2, 0): 0.875, (3, 0): 0.9375, (4, 0): 0.96875, (5, 0): 0.984375, (5, 1): 0.9375}
GOLDEN |= {(6, 1): 0.96484375, (8, 2): 0.96728515625, (9, 3): 0.953857421875, (9, 1): 0.994140625, (4, 4): 0.5}


@pytest.mark.parametrize(("votes", "sure"), GOLDEN.items())
def test_beta_golden_values(votes, sure):
    assert beta_confidence(votes) == pytest.approx(sure, abs=1e-12)
    assert beta_confidence(votes[::-1]) == beta_confidence(votes)


def test_beta_is_the_regularised_beta_integral_up_to_200_votes():
    from scipy.special import betainc

    for a in range(0, 201, 7):
        for b in range(0, a + 1, 5):
            assert beta_confidence([a, b]) == pytest.approx(1 - betainc(a + 1, b + 1, 0.5), abs=1e-9)


def test_least_votes_that_reach_95_percent():
    least = [next(a for a in range(40) if beta_confidence([a, b]) >= 0.95) if b == 0 else None for b in range(1)]
    least += [next(a for a in range(b, 60) if beta_confidence([a, b]) >= 0.95) for b in range(1, 11)]
    assert least == [4, 6, 8, 9, 11, 12, 14, 15, 17, 18, 19]


@pytest.mark.parametrize(
    ("votes", "sure"), [([8, 1, 1], 0.9793), ([4, 4, 2], 0.4445), ([5, 2, 1, 1], 0.7862), ([3, 1, 1], 0.6977)]
)
def test_dirichlet_golden_values(votes, sure):
    assert dirichlet_confidence(votes) == pytest.approx(sure, abs=6e-4)  # golden values are from 2e6 draws
    assert dirichlet_confidence(votes[::-1]) == dirichlet_confidence(votes)


def test_beta_is_over_confident_with_three_answers():
    over = [round(beta_confidence(votes), 4) for votes in ([8, 1, 1], [4, 4, 2], [5, 2, 1, 1], [3, 1, 1])]
    assert over == [0.9893, 0.5, 0.8555, 0.8125]


def test_dirichlet_agrees_with_draws():
    rng, draws = np.random.default_rng(0), 40_000
    for votes in ([6, 3, 3, 2, 1], [20, 15, 4], [2, 1, 1, 1, 1, 1]):
        share = np.mean(rng.dirichlet(np.array(votes) + 1, draws).argmax(axis=1) == 0)
        assert abs(dirichlet_confidence(votes) - share) < 4 * math.sqrt(0.25 / draws)


@given(st.integers(0, 200), st.integers(0, 200))
def test_two_labels_are_the_beta_rule(a, b):
    a, b = max(a, b), min(a, b)
    assert dirichlet_confidence([a, b]) == pytest.approx(beta_confidence([a, b]))


def test_equal_counts_share_the_probability():
    for labels in (2, 3, 5, 8):
        assert dirichlet_confidence([7] * labels) == pytest.approx(1 / labels, abs=1e-8)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_beating_all_is_not_likelier_than_beating_one(votes):
    assert dirichlet_confidence(votes) <= beta_confidence(votes) + 1e-6


def test_no_votes_is_a_coin():
    assert beta_confidence([]) == dirichlet_confidence([]) == pytest.approx(0.5)
