import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.budget.value.myopic import failures_to_stop, next_success


@pytest.mark.parametrize(("alpha", "beta", "cost", "failures"), [(1, 1, 0.05, 19), (0.5, 2, 0.02, 23)])
def test_golden(alpha, beta, cost, failures):
    assert failures_to_stop(alpha, beta, 1.0, cost) == failures


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0.1, 10), st.floats(0.01, 1))
def test_it_is_the_first_failure_count_not_worth_a_candidate(alpha, beta, value, cost):
    stop = failures_to_stop(alpha, beta, value, cost)
    assert value * next_success(alpha, beta, stop) < cost * (1 + 1e-9)
    if stop:
        assert value * next_success(alpha, beta, stop - 1) >= cost * (1 - 1e-9)


def test_looking_ahead_gains_nothing():
    """Backward induction over 400 candidates stops at the same failure as the one-step rule."""
    alpha, beta, cost = 1.0, 1.0, 0.051
    future, stop = 0.0, 0
    for failures in range(400, -1, -1):
        p = next_success(alpha, beta, failures)
        future = max(0.0, p - cost + (1 - p) * future)
        if future > 0:
            stop = max(stop, failures + 1)
    assert stop == failures_to_stop(alpha, beta, 1.0, cost) == 18


def test_hopeless_from_the_start_and_bad_arguments():
    assert failures_to_stop(0.1, 10, 1.0, 0.5) == 0
    with pytest.raises(ValueError, match="cost=0"):
        failures_to_stop(1, 1, 1, 0)
    with pytest.raises(ValueError, match="beta=0"):
        next_success(1, 0, 0)
