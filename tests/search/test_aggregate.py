import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import aggregate as agg

STEPS = [0.9, 0.5, 0.8]


def test_by_hand():
    scores = [agg.aggregate(STEPS, how) for how in ("last", "min", "prod", "mean")]
    assert scores == pytest.approx([0.8, 0.5, 0.36, 2.2 / 3])
    assert agg.aggregate(STEPS) == 0.8


def test_the_name_is_obeyed():
    assert len({agg.aggregate(STEPS, how) for how in agg.AGGREGATES}) == 4
    with pytest.raises(ValueError, match="prod"):
        agg.aggregate(STEPS, "sum")


@pytest.mark.parametrize("how", agg.AGGREGATES)
def test_no_steps_is_zero(how):
    assert agg.aggregate([], how) == 0
    assert agg.aggregate([math.nan, math.nan], how) == 0


def test_a_step_without_score():
    assert agg.lowest([0.9, math.nan]) == 0.9
    assert agg.last([0.9, math.nan]) == 0
    assert agg.product([0.5, math.nan, 0.5]) == 0.25
    assert agg.mean([math.nan, 0.2]) == 0.2


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_order_of_the_aggregates(steps):
    assert agg.product(steps) <= agg.lowest(steps) + 1e-12
    assert agg.lowest(steps) <= agg.mean(steps) + 1e-12
    assert agg.mean(steps) <= max(steps) + 1e-12


def test_a_real_zero_is_a_verdict_and_nan_is_not():
    assert agg.mean_verdict([1.0, 0.0]) == (0.5, 0)
    assert agg.mean_verdict([1.0, math.nan]) == (1.0, 1)
    score, abstained = agg.mean_verdict([math.nan])
    assert math.isnan(score)
    assert abstained == 1
