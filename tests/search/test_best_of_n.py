import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import best_of_n

REWARDS = st.lists(st.floats(-3, 3), min_size=1, max_size=12)
POOL = [0.1, 0.9, 0.4, 0.8]


@pytest.mark.parametrize(
    ("beta", "level", "chances"),
    [(0.1, 0.65, [0, 0.625, 0, 0.375]), (0.5, 0.05, [0.025, 0.425, 0.175, 0.375])],
)
def test_golden_values(beta, level, chances):
    assert best_of_n.pessimism_level(POOL, beta) == pytest.approx(level)
    assert best_of_n.pessimistic_weights(POOL, beta) == pytest.approx(chances, abs=1e-12)


@given(REWARDS, st.floats(0.01, 10))
def test_weights_are_probabilities_and_solve_the_equation(rewards, beta):
    level = best_of_n.pessimism_level(rewards, beta)
    assert np.mean(np.maximum(np.array(rewards) - level, 0) / beta) == pytest.approx(1)
    for weights in (best_of_n.pessimistic_weights(rewards, beta), best_of_n.soft_weights(rewards, beta)):
        assert weights.sum() == pytest.approx(1)
        assert np.all(weights >= 0)
        assert np.argmax(weights) in np.flatnonzero(np.array(rewards) >= max(rewards) - 1e-9)


@given(REWARDS, st.floats(-100, 100))
def test_a_constant_added_to_all_rewards_changes_nothing(rewards, shift):
    for rule in (best_of_n.pessimistic_weights, best_of_n.soft_weights):
        assert rule(np.array(rewards) + shift, 0.5) == pytest.approx(rule(rewards, 0.5), abs=1e-9)


def test_limits():
    for rule in (best_of_n.pessimistic_weights, best_of_n.soft_weights):
        assert rule(POOL, 1e-3) == pytest.approx([0, 1, 0, 0])
        assert rule(POOL, 1e4) == pytest.approx([0.25] * 4, abs=1e-3)


def test_best_of_n_rises_and_falls_with_a_heavy_tailed_proxy_and_pessimism_does_not_fall():
    """True value uniform, proxy = value + rare large errors on worthless candidates."""
    rng, runs = np.random.default_rng(0), 600
    best, careful = {}, {}
    for n in (1, 8, 512):
        value = rng.random((runs, n))
        fooled = rng.random((runs, n)) < 0.01
        value[fooled] = 0
        proxy = np.where(fooled, 1.2, value)
        best[n] = value[np.arange(runs), proxy.argmax(axis=1)].mean()
        careful[n] = np.mean([v @ best_of_n.pessimistic_weights(p, 0.2) for v, p in zip(value, proxy, strict=True)])
    assert best[8] > best[1] + 0.2
    assert best[512] < best[8] - 0.5
    assert careful[512] > careful[8] - 0.05 > careful[1] - 0.05


def test_bad_arguments():
    with pytest.raises(ValueError, match="beta"):
        best_of_n.soft_weights(POOL, 0)
    with pytest.raises(ValueError, match="finite"):
        best_of_n.pessimism_level([0.1, np.nan], 1)
    with pytest.raises(ValueError, match="finite"):
        best_of_n.pessimistic_weights([], 1)
