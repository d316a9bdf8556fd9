import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from ttc.prices.latency import LatencyLaw, LatencyLaws, fit_decode, fit_prefill

BANDWIDTH = 2.68e12
A, B, C = 6.2e-3, 1.0e-4, 147_456 / BANDWIDTH  # Qwen3-8B's cache at that bandwidth
E, F, G, H = 8e-3, 3.0e-5, 1.2e-9, 1.5e-3


def decode_points(rng, noise, count=200):
    batches = rng.choice([1, 2, 4, 8, 16, 32, 64, 128], count)
    contexts = batches * rng.choice([512, 2048, 8192, 16384, 32768], count)
    seconds = (A + B * batches + C * contexts) * (1 + noise * rng.standard_normal(count))
    return list(zip(batches, contexts, seconds, strict=True))


def prefill_points(rng, noise, count=60):
    new, cached = rng.integers(128, 32768, count), rng.choice([0, 0, 1024, 8192], count)
    calls = rng.choice([1, 1, 4, 16, 64], count)
    one = F * new + G * (new**2 / 2 + cached * new) + H
    seconds = (E + calls * one) * (1 + noise * rng.standard_normal(count))
    return list(zip(calls, new, cached, seconds, strict=True))


def laws_of(decode, prefill):
    return LatencyLaws(fit_decode(decode), fit_prefill(prefill))


def test_exact_points_give_the_law_exactly():
    rng = np.random.default_rng(0)
    assert fit_decode(decode_points(rng, 0)).coefficients == pytest.approx((A, B, C), rel=1e-6)
    assert fit_prefill(prefill_points(rng, 0)).coefficients == pytest.approx((E, F, G, H), rel=1e-6)


def test_recovery_under_three_percent_of_noise():
    """200 points: the coefficients come back within 5 %, c within 1.5 %."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        laws = laws_of(decode_points(rng, 0.03), prefill_points(rng, 0.03))
        a, b, c = laws.decode.coefficients
        assert a == pytest.approx(A, rel=0.05)
        assert b == pytest.approx(B, rel=0.05)
        assert c == pytest.approx(C, rel=0.015)
        assert laws.decode.mape == pytest.approx(0.03 * np.sqrt(2 / np.pi), rel=0.25)  # mean |normal noise|
        assert not laws.fallback


def test_small_batches_count_as_much_as_large_ones():
    """Unweighted least squares follows the slow steps and misses the fast ones; relative errors do not."""
    rng = np.random.default_rng(5)
    points = decode_points(rng, 0.10)
    features = np.array([(1.0, batch, context) for batch, context, _ in points])
    unweighted = np.linalg.lstsq(features, np.array([seconds for *_, seconds in points]), rcond=None)[0]
    weighted = fit_decode(points).coefficients
    assert abs(weighted[0] / A - 1) < abs(unweighted[0] / A - 1)


def test_coefficients_are_never_negative():
    """Steps that get faster with the batch would need b < 0."""
    points = [(batch, 100.0 * (i % 3), 1.0 / batch) for i, batch in enumerate(range(1, 31))]
    assert min(fit_decode(points).coefficients) >= 0


def test_a_server_that_breaks_the_law_is_flagged():
    rng = np.random.default_rng(1)
    points = [
        (batch, context, seconds * 3 ** rng.standard_normal()) for batch, context, seconds in decode_points(rng, 0)
    ]
    laws = laws_of(points, prefill_points(rng, 0.03))
    assert laws.decode.mape > 0.15
    assert laws.fallback


def test_the_error_is_of_points_held_out():
    """Ten points of pure noise and three coefficients: the error on the points that were fitted is smaller."""
    rng = np.random.default_rng(2)
    points = decode_points(rng, 0.3, count=10)
    law = fit_decode(points)
    a, b, c = law.coefficients
    seen = np.mean([abs((a + b * batch + c * context) / seconds - 1) for batch, context, seconds in points])
    assert law.mape > seen


def test_seconds_of_the_laws():
    laws = LatencyLaws(LatencyLaw((A, B, C), 0.02), LatencyLaw((E, F, G, H), 0.02))
    assert laws.decode_step(4, 4096) == A + 4 * B + 4096 * C
    one = 100 * F + (5000 + 5000) * G + H
    assert laws.prefill_seconds(100, 50) == pytest.approx(E + one)
    assert laws.prefill_seconds(100, 50, 8) == pytest.approx(E + 8 * one)


def test_json_round_trip():
    laws = LatencyLaws(LatencyLaw((A, B, C), 0.02), LatencyLaw((E, F, G, H), 0.2), {"device": "H100"})
    again = LatencyLaws.from_json(json.dumps(asdict(laws)))
    assert again == laws
    assert again.fallback
    broken = json.loads(json.dumps(asdict(laws))) | {"decode": {"mape": 0.1}}
    with pytest.raises(ValueError, match="coefficients"):
        LatencyLaws.from_json(json.dumps(broken))


def test_bad_points():
    with pytest.raises(ValueError, match="3 points"):
        fit_decode([(1, 1, 1.0)] * 3)
    with pytest.raises(ValueError, match="positive"):
        fit_prefill([(1, 1, 0, 0.0)] * 20)


@pytest.mark.parametrize("point", [(4.0, 1000.0, math.inf), (4.0, math.inf, 0.01), (math.nan, 1000.0, 0.01)])
def test_points_that_are_not_finite_are_refused(point: tuple[float, float, float]) -> None:
    """An infinite time was fitted before, as a server that needs no time at all."""
    with pytest.raises(ValueError, match="finite"):
        fit_decode([(4.0, 1000.0, 0.01)] * 11 + [point])
