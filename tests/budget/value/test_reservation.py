import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from tests.budget.golden import GOLDEN
from ttc.budget.value.reservation import (
    reservation_bernoulli,
    reservation_empirical,
    reservation_exponential,
    reservation_normal,
    reservation_uniform,
)


def test_golden():
    golden = GOLDEN["pandora"]
    assert reservation_uniform(0.02) == pytest.approx(golden["uniform01_c0.02"], rel=1e-12)
    assert reservation_exponential(0.05) == pytest.approx(golden["exp1_c0.05"], rel=1e-12)
    assert reservation_normal(0.05) == pytest.approx(golden["normal_c0.05"], rel=1e-9)
    assert reservation_bernoulli(0.03, 0.3) == pytest.approx(golden["bernoulli_p0.3_c0.03"], rel=1e-12)


@pytest.mark.parametrize(
    ("cost", "value", "opened"), [(0.01, 1.93836, 38.04), (0.05, 1.25558, 9.557), (0.1, 0.90235, 5.451)]
)
def test_golden_normal_and_how_many_are_opened(cost, value, opened):
    found = reservation_normal(cost)
    assert found == pytest.approx(value, abs=6e-6)
    assert 1 / norm.sf(found) == pytest.approx(opened, abs=6e-3)


def test_exponential_opens_twenty():
    assert math.exp(reservation_exponential(0.05)) == pytest.approx(20)


# E[max(v − τ, 0)] = cost, by drawing 400000 prizes; the tolerance is 5 standard errors of the mean excess
@pytest.mark.parametrize("cost", [0.01, 0.1, 0.7, 3.0])
@pytest.mark.parametrize(
    ("rule", "draw"),
    [
        (lambda c: reservation_uniform(c, 1.0, 3.0), lambda rng, n: rng.uniform(1, 3, n)),
        (lambda c: reservation_exponential(c, 2.0), lambda rng, n: rng.exponential(0.5, n)),
        (lambda c: reservation_normal(c, 0.4, 2.0), lambda rng, n: rng.normal(0.4, 2.0, n)),
        (lambda c: reservation_bernoulli(c, 0.3, 2.0), lambda rng, n: 2.0 * (rng.random(n) < 0.3)),
    ],
)
def test_the_defining_equation(rule, draw, cost):
    excess = np.maximum(draw(np.random.default_rng(0), 400_000) - rule(cost), 0)
    assert excess.mean() == pytest.approx(cost, abs=5 * excess.std() / np.sqrt(400_000) + 1e-12)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(0.01, 4))
def test_empirical_meets_the_equation_exactly(prizes, cost):
    found = reservation_empirical(cost, prizes)
    assert np.maximum(np.array(prizes) - found, 0).mean() == pytest.approx(cost, abs=1e-9)


def test_stopping_at_the_value_pays_the_value():
    """Weitzman: with ever more boxes of one kind, opening until the best exceeds τ has payoff τ (here 0.8)."""
    rng = np.random.default_rng(1)
    prizes = rng.random((20_000, 60))
    opened = (prizes >= 0.8).argmax(axis=1) + 1
    payoff = prizes[np.arange(20_000), opened - 1] - 0.02 * opened
    assert payoff.mean() == pytest.approx(reservation_uniform(0.02), abs=5 * payoff.std() / np.sqrt(20_000))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reservation_uniform(0), "cost=0"),
        (lambda: reservation_uniform(0.1, 1, 1), "high=1"),
        (lambda: reservation_exponential(0.1, 0), "rate=0"),
        (lambda: reservation_normal(0.1, 0, 0), "sd=0"),
        (lambda: reservation_bernoulli(0.1, 1.5), r"rate=1\.5"),
        (lambda: reservation_empirical(0.1, []), "empty"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
