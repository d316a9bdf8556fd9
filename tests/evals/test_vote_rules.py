"""The votes that only the tables compare."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.tables.vote_rules import borda, expected_accuracy, short_m_at_k
from ttc.search.voting import ABSTAIN, majority

LABELS = st.lists(st.integers(-1, 3), min_size=1, max_size=12)


@given(LABELS, st.randoms(use_true_random=False))
def test_borda_with_power_zero_is_the_majority(labels, random):
    scores = [random.random() for _ in labels]
    assert borda(labels, scores, power=0).tied == majority(labels).tied


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 50)), min_size=1, max_size=12), st.floats(0.1, 3))
def test_borda_sees_only_the_order_of_scores(votes, power):
    labels, scores = zip(*votes, strict=True)
    stretched = [math.exp(score / 10) - 1000 for score in scores]
    assert borda(labels, scores, power=power) == borda(labels, stretched, power=power)


def test_borda_by_hand():
    vote = borda([0, 1, 1, ABSTAIN], [3.0, 2.0, 1.0, 99.0], power=2)
    assert vote.shares == {0: pytest.approx(9 / 14), 1: pytest.approx(5 / 14)}
    assert borda([0, 1], [1.0, 1.0], power=2).tied == (0, 1)
    with pytest.raises(ValueError, match="power"):
        borda([0], [1.0], power=-1)


def test_short_m_at_k():
    labels, lengths = [0, 1, 1, 2, 2, 2], [10, 30, 20, 99, 98, 97]
    assert short_m_at_k(labels, lengths, 3).winner == 1
    assert short_m_at_k(labels, lengths, 2).winner == 0  # tie, to the shorter
    assert short_m_at_k(labels, lengths, 6).winner == 2
    with pytest.raises(ValueError, match="between 1"):
        short_m_at_k([0], [1], 2)


def test_expected_accuracy_splits_a_tie():
    vote = majority([0, 1, 2, 0, 1])
    assert [expected_accuracy(vote, label) for label in (0, 1, 2)] == [0.5, 0.5, 0]
    assert expected_accuracy(majority([ABSTAIN]), 0) == 0
