import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.tables.batch_allocation import allocate_batch, choose_at_price
from ttc.auto.concave_hull import concave_hull

RATES = (0.9, 0.5, 0.1, 0.01)
PERFECT = [[(n, 1 - (1 - rate) ** n) for n in range(65)] for rate in RATES]
POINT = st.tuples(st.integers(1, 20), st.integers(-20, 20))
CURVES = st.lists(st.lists(POINT, max_size=4).map(lambda points: [(0, 0), *points]), min_size=1, max_size=4)


def greedy(budget: int) -> list[int]:
    """Candidates for each problem when each goes where the gain of one more, p (1 - p)^n, is largest."""
    counts = [0] * len(RATES)
    for _ in range(budget):
        best = max(range(len(RATES)), key=lambda i: RATES[i] * (1 - RATES[i]) ** counts[i])
        counts[best] += 1
    return counts


@pytest.mark.parametrize("budget", [8, 16, 32, 64])
def test_perfect_verifier_gives_the_greedy_allocation(budget):
    allocation = allocate_batch(PERFECT, budget)
    assert list(allocation.choices) == greedy(budget)
    assert allocation.cost == budget


def test_a_price_buys_while_one_more_gains_at_least_as_much():
    bought = [sum(rate * (1 - rate) ** n >= 0.02 for n in range(64)) for rate in RATES]
    assert list(choose_at_price(PERFECT, 0.02).choices) == bought


def test_hull_of_a_voting_curve():
    """Two votes are useless and the curve falls at the end: neither point can be chosen."""
    curve = [(1, 0.50), (2, 0.50), (3, 0.56), (5, 0.58), (9, 0.55)]
    assert concave_hull(curve) == [0, 2, 3]
    assert concave_hull(list(reversed(curve))) == [4, 2, 1]
    step = [(0, 0.0), (1, 0.1), (4, 1.0)]
    assert concave_hull(step) == [0, 2]  # paying pays only at the end
    assert concave_hull([(1, 0.2), (1, 0.6), (1, 0.6)]) == [1]
    assert concave_hull([(0, 0.0), (1, 0.5), (2, 0.5)]) == [0, 1]  # paying for nothing


@given(CURVES, st.integers(0, 60))
def test_optimal_for_what_it_spends(curves, budget):
    allocation = allocate_batch(curves, budget)
    assert allocation.cost <= budget
    for points in itertools.product(*curves):
        if sum(cost for cost, _ in points) <= allocation.cost:
            assert sum(value for _, value in points) <= allocation.value + 1e-9


@given(CURVES, st.integers(0, 60), st.integers(0, 60))
def test_more_budget_is_never_worth_less(curves, budget, other):
    less, more = (allocate_batch(curves, b) for b in sorted((budget, other)))
    assert less.value <= more.value + 1e-12
    assert less.price >= more.price - 1e-9


@given(CURVES, st.floats(0, 30), st.floats(0, 30))
def test_planned_cost_falls_with_the_price(curves, price, other):
    cheap, dear = (choose_at_price(curves, p) for p in sorted((price, other)))
    assert cheap.cost >= dear.cost
    assert all(
        cheap.value - min(price, other) * cheap.cost >= value - min(price, other) * cost - 1e-9
        for cost, value in [(dear.cost, dear.value)]
    )


def test_every_problem_gets_its_cheapest_point():
    curves = [[(1, 0.3), (4, 0.8)], [(2, 0.1), (3, 0.2)]]
    assert allocate_batch(curves, 3).choices == (0, 0)
    with pytest.raises(ValueError, match="budget=2"):
        allocate_batch(curves, 2)
    assert allocate_batch(curves, 100).choices == (1, 1)
