"""The momentum gate on a trace computed by hand."""

import math

import pytest

from ttc.search.mur import step_uncertainty, triggered, updated


def walk(uncertainties, **knobs):
    """Momentum before each step, and whether the step triggers."""
    momentum, before, fired = 0.0, [], []
    for step, uncertainty in enumerate(uncertainties):
        before.append(momentum)
        fired.append(triggered(step, uncertainty, momentum, **knobs))
        momentum = updated(momentum, uncertainty)
    return before, fired


def test_golden_trace():
    before, fired = walk([0.3, 0.3, 0.3, 0.9, 0.3])
    assert before == pytest.approx([0, 0.03, 0.057, 0.0813, 0.16317])
    assert fired == [False, True, True, True, False]


def test_limits_of_the_scale():
    rising = [0.1, 0.2, 0.3, 0.25, 0.0]
    assert walk(rising, scale=0.0)[1] == [False] * 5
    before, fired = walk(rising, scale=1.0)
    assert fired == [step > 0 and u > m for step, (u, m) in enumerate(zip(rising, before, strict=True))]
    assert sum(walk(rising, scale=0.9)[1]) >= sum(walk(rising, scale=0.8)[1])


def test_gap_in_nats():
    gap = math.log(1 / 0.8)
    assert gap == pytest.approx(0.2231, abs=5e-5)
    assert not triggered(3, 0.5 + gap - 1e-9, 0.5)
    assert triggered(3, 0.5 + gap + 1e-9, 0.5)
    assert not triggered(0, 9.0, 0.0)


def test_uncertainty_is_a_mean_over_tokens():
    assert step_uncertainty([-0.5, -1.5]) == 1.0
    with pytest.raises(ValueError, match="empty"):
        step_uncertainty([])


def test_bad_knobs():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        triggered(1, 0.5, 0.1, scale=1.2)
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        updated(0.1, 0.5, rate=1.0)
