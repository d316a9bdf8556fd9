import math

import numpy as np
import pytest

from ttc.search.self_evolution import Chain, Transitions


def simulate(chain, runs, rounds, rng, start=0.0):
    """Right (1) or wrong (0) [runs, rounds + 1]."""
    states = np.empty((runs, rounds + 1), dtype=int)
    states[:, 0] = rng.random(runs) < start
    for t in range(rounds):
        u = rng.random(runs)
        states[:, t + 1] = np.where(states[:, t] == 1, u >= chain.p_ci, u < chain.p_ic)
    return states


def test_accuracy_law_agrees_with_simulation():
    chain, runs = Chain(0.08, 0.04), 20_000
    states = simulate(chain, runs, 80, np.random.default_rng(0), start=0.1)
    for t in (0, 1, 5, 20, 80):
        a = chain.accuracy(0.1, t)
        assert abs(states[:, t].mean() - a) < 4 * math.sqrt(a * (1 - a) / runs)
    assert chain.accuracy(0, 80) == pytest.approx(2 / 3, abs=1e-4)


def test_longer_is_better_iff_improving_is_likelier():
    up, down = Chain(0.08, 0.04), Chain(0.04, 0.08)
    assert up.stationary > 0.5 > down.stationary
    assert up.accuracy(0.5, 40) > up.accuracy(0.5, 5) > 0.5
    assert down.accuracy(0.5, 40) < down.accuracy(0.5, 5) < 0.5
    assert Chain(0.05, 0.05).accuracy(0.5, 30) == pytest.approx(0.5)
    assert up.accuracy(0.3, 0) == 0.3


def test_a_window_of_ten_rounds_is_worth_less_than_two_votes():
    chain = Chain(0.08, 0.04)
    assert chain.effective_size(10) == pytest.approx(1.46, abs=0.005)
    assert Chain(0.5, 0.5).effective_size(10) == pytest.approx(10)
    assert chain.effective_size(1) == 1
    states = simulate(chain, 20_000, 9, np.random.default_rng(1), start=chain.stationary)
    variance = chain.stationary * (1 - chain.stationary) / chain.effective_size(10)
    assert states.mean(axis=1).var() == pytest.approx(variance, rel=0.05)


def test_paying_rounds_is_where_the_gain_falls_below_the_price():
    chain = Chain(0.08, 0.04)
    for gain in (0.05, 0.01, 0.001):
        t = chain.paying_rounds(0.1, gain)
        assert chain.accuracy(0.1, t) - chain.accuracy(0.1, t - 1) >= gain
        assert chain.accuracy(0.1, t + 1) - chain.accuracy(0.1, t) < gain
    assert chain.paying_rounds(0.9, 0.001) == 0
    assert Chain(0.04, 0.08).paying_rounds(0.5, 0.001) == 0
    assert Chain(0.9, 0.1).paying_rounds(0.0, 0.01) == 1


def test_transitions_are_counted_within_runs():
    seen = Transitions.count([[False, True, True, False], [False, False], [True]])
    assert seen == Transitions(wrong=2, improved=1, right=2, degraded=1)
    assert (seen.chain().p_ic, seen.chain().p_ci) == (0.5, 0.5)
    assert Transitions(0, 0, 0, 0).chain() == Chain(0.5, 0.5)


def test_estimate_finds_the_chain():
    chain = Chain(0.08, 0.04)
    states = simulate(chain, 300, 60, np.random.default_rng(3))
    found = Transitions.count(states.astype(bool).tolist()).chain()
    assert (found.p_ic, found.p_ci) == pytest.approx((0.08, 0.04), abs=0.01)


def test_bad_arguments():
    for call in (
        lambda: Chain(0, 0),
        lambda: Chain(1.1, 0),
        lambda: Chain(0.1, 0.1).effective_size(0),
        lambda: Chain(0.1, 0.1).paying_rounds(0.1, 0),
    ):
        with pytest.raises(ValueError, match="must"):
            call()
