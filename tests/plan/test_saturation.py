import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.plan.saturation import saturating_accuracy, saturation_n


@pytest.mark.parametrize(
    ("rate", "gain", "limit", "n"),
    [(0.3, 0.01, 1, 10), (0.3, 0.001, 1, 16), (0.1, 0.01, 1, 22), (0.05, 0.01, 0.9, 30), (0.5, 0.01, 1, 6)],
)
def test_golden(rate, gain, limit, n):
    assert saturation_n(rate, gain, limit) == n


def test_the_formula_would_go_negative():
    assert saturation_n(0.005, 0.01) == 1  # ln(0.01 / 0.005) / ln(0.995) is −138
    assert saturation_n(0.0, 0.01) == saturation_n(1.0, 0.01) == 1


@given(st.floats(0.001, 0.999), st.floats(1e-4, 0.2), st.floats(0.1, 1))
def test_it_is_the_first_n_whose_next_gain_is_small(rate, gain, limit):
    def next_gain(n):
        return saturating_accuracy(n + 1, rate, limit) - saturating_accuracy(n, rate, limit)

    n = saturation_n(rate, gain, limit)
    assert next_gain(n) <= gain + 1e-9
    assert n == 1 or next_gain(n - 1) > gain - 1e-9


def test_bad_arguments():
    with pytest.raises(ValueError, match="gain=0"):
        saturation_n(0.5, 0)
    with pytest.raises(ValueError, match="rate=2"):
        saturating_accuracy(1, 2)
