import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.budget.value.perfect_verifier import greedy_allocation, solved_share, water_filling

RATES = (0.9, 0.5, 0.1, 0.01)


@pytest.mark.parametrize(
    ("budget", "counts", "solved", "uniform"),
    [
        (8, [2, 3, 3, 0], 0.53400, 0.48748),
        (16, [2, 4, 10, 0], 0.64471, 0.58018),
        (32, [2, 6, 22, 2], 0.72395, 0.66072),
        (64, [3, 7, 25, 29], 0.79306, 0.74081),
    ],
)
def test_golden_allocations(budget, counts, solved, uniform):
    assert greedy_allocation(RATES, budget) == counts
    assert solved_share(RATES, counts) == pytest.approx(solved, abs=6e-6)
    assert solved_share(RATES, [budget // 4] * 4) == pytest.approx(uniform, abs=6e-6)


def test_greedy_is_optimal():
    every = (c for c in itertools.product(range(8), repeat=3) if sum(c) == 7)
    rates = (0.6, 0.3, 0.05)
    best = max(solved_share(rates, counts) for counts in every)
    assert solved_share(rates, greedy_allocation(rates, 7)) == pytest.approx(best)


def test_golden_water_filling():
    assert water_filling(RATES, 0.02) == [2, 5, 16, 0]


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=6), st.floats(0.001, 0.9))
def test_water_filling_is_greedy_at_its_price(rates, price):
    counts = water_filling(rates, price)
    for rate, count in zip(rates, counts, strict=True):
        if count:
            assert rate * (1 - rate) ** (count - 1) >= price * (1 - 1e-6)
        assert rate * (1 - rate) ** count < price * (1 + 1e-6)


def test_sure_and_hopeless_problems():
    assert water_filling([1.0, 0.0], 0.5) == [1, 0]
    assert greedy_allocation([1.0, 0.2, 0.0], 5) == [1, 4, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: greedy_allocation([1.5], 3), r"1\.5"),
        (lambda: greedy_allocation([0.5], -1), "budget=-1"),
        (lambda: water_filling([0.5], 0), "price=0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
