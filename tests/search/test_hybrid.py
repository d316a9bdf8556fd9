import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search.hybrid import Highest, TopFraction, select


def hybrid(judged, regression, generated):
    stages = [TopFraction(judged), Highest(regression), Highest(generated), Highest(judged)]
    return select(len(judged), stages)


def test_perfect_tests_in_the_lower_half_of_the_judge_lose():
    judged = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.1, 0.1]
    tests = [0, 0, 0, 1, 9, 9, 9, 9]
    assert hybrid(judged, tests, tests) == [3]


def test_up_to_three_candidates_it_is_execution_first():
    for n in (1, 2, 3):
        judged, regression = [0.9, 0.5, 0.1][:n], [1, 2, 3][:n]
        assert hybrid(judged, regression, [0] * n) == [n - 1]
    assert hybrid([0.2, 0.4, 0.3], [1, 1, 1], [1, 1, 1]) == [1]


def test_order_of_stages_matters():
    judged, tests = [0.9, 0.8, 0.7, 0.1], [1, 1, 1, 5]
    assert select(4, [TopFraction(judged), Highest(tests), Highest(judged)]) == [0]
    assert select(4, [Highest(tests), TopFraction(judged), Highest(judged)]) == [3]


def test_ties_survive_and_nan_is_last():
    assert select(3, [Highest([1, 1, 0])]) == [0, 1]
    assert select(3, [Highest([math.nan, 0.0, math.nan])]) == [1]
    assert select(2, [Highest([math.nan, math.nan])]) == [0, 1]
    assert select(4, [TopFraction([0.5, 0.5, 0.5, 0.9], 0.5, least=1)]) == [0, 1, 2, 3]
    assert select(5, [TopFraction([5, 4, 3, 2, 1], 0.5, least=1)]) == [0, 1]


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_choice_follows_the_content_not_the_order(pool, random):
    shuffled = random.sample(pool, len(pool))
    before, after = (hybrid(*zip(*p, strict=True)) for p in (pool, shuffled))
    assert sorted(pool[i] for i in before) == sorted(shuffled[i] for i in after)
    assert before


def test_bad_arguments():
    with pytest.raises(ValueError, match="fraction"):
        TopFraction([1.0], 0)
    with pytest.raises(ValueError, match="n must"):
        select(0, [])
