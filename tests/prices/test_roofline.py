import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.prices.hardware import hardware
from ttc.prices.models import SHAPES, kinetics_shape
from ttc.prices.roofline import Roofline, waves

IDEAL = Roofline(kinetics_shape("Qwen3-8B"), hardware("H100"))
REAL = dataclasses.replace(IDEAL, mfu=0.5, mbu=0.8)


@pytest.mark.parametrize(
    ("batch", "context", "ideal", "real"),
    [
        (1, 1024, 4.935, 6.168),
        (1, 32768, 6.332, 7.915),
        (16, 16896, 16.789, 20.986),
        (64, 4096, 16.428, 20.535),
        (256, 2048, 27.967, 34.959),
    ],
)
def test_golden_decode_steps(batch, context, ideal, real):
    assert IDEAL.decode_step(batch, context) * 1e3 == pytest.approx(ideal, abs=6e-4)
    assert REAL.decode_step(batch, context) * 1e3 == pytest.approx(real, abs=6e-4)


@pytest.mark.parametrize(("n", "seconds"), [(1, 184.6), (4, 257.7), (16, 550.1), (64, 1719.9)])
def test_whole_runs(n, seconds):
    assert IDEAL.run(512, 32768, n) == pytest.approx(seconds, abs=0.06)


def test_sixteen_in_parallel_take_three_times_as_long_as_one():
    assert IDEAL.run(512, 32768, 16) / IDEAL.run(512, 32768, 1) == pytest.approx(3.0, abs=0.03)


def test_compute_meets_the_weight_read_at_the_intensity():
    batch = 295.3
    bare = dataclasses.replace(IDEAL, additive=True).decode_step(batch, 0)
    assert bare == pytest.approx(2 * IDEAL.decode_step(batch, 0), rel=1e-3)
    assert IDEAL.decode_step(2 * batch, 0) == pytest.approx(2 * IDEAL.decode_step(batch, 0), rel=1e-3)


def test_run_across_the_ridge_is_the_sum_of_its_steps():
    """500 sequences are compute-bound while their contexts are short and memory-bound later."""
    assert IDEAL.decode_step(500, 10) == pytest.approx(IDEAL.decode_step(500, 100), rel=0.01)
    assert IDEAL.decode_step(500, 2000) > 4 * IDEAL.decode_step(500, 10)
    exact = sum(IDEAL.decode_step(500, 10 + t + 0.5) for t in range(2000))
    assert IDEAL.decode(500, 10, 2000) == pytest.approx(exact, rel=1e-3)


def test_capacity_and_waves():
    capacity = IDEAL.kv_capacity()
    assert capacity == pytest.approx((0.9 * 80e9 - 16.38e9 - 2.5e9) / 147_456, rel=1e-4)
    assert capacity == pytest.approx(360_243, rel=1e-4)
    assert capacity / 33_280 == pytest.approx(10.8, abs=0.05)
    assert waves(10, 33_280, capacity) == 1
    assert waves(16, 33_280, capacity) == 2
    queued = IDEAL.run(512, 32768, 16, capacity)
    assert queued == pytest.approx(2 * IDEAL.run(512, 32768, 8) - IDEAL.prefill(512))
    assert queued > IDEAL.run(512, 32768, 16)


def test_too_large():
    with pytest.raises(ValueError, match="length=5000"):
        waves(1, 5000, 4000)
    assert Roofline(SHAPES["Qwen3-235B-A22B"], hardware("H100")).kv_capacity() == 0


def test_prefill():
    flops = 2 * 8.19e9 * 2048 + 589_824 * (2048 * 2049 / 2)
    assert IDEAL.prefill(2048) == pytest.approx(flops / 989.4e12)
    assert IDEAL.prefill(2048, 1024) < IDEAL.prefill(2048)
    assert IDEAL.prefill(2048, 2048) == 0
    assert IDEAL.prefill(4) == pytest.approx(16.38e9 / 3.35e12)  # a short prompt waits for the weights


def test_experts_read_more_weights_in_a_batch():
    experts = Roofline(SHAPES["Qwen3-30B-A3B"], hardware("H100"))
    assert experts.decode_step(16, 1) > 5 * experts.decode_step(1, 1)
    assert IDEAL.decode_step(16, 1) < 1.01 * IDEAL.decode_step(1, 1)


def test_intensity_of_a_real_server():
    assert REAL.intensity == pytest.approx(0.5 * 989.4e12 / (0.8 * 3.35e12))
    assert IDEAL.intensity == hardware("H100").intensity()


@given(st.integers(1, 300), st.integers(0, 40_000))
def test_monotone_and_additive_is_an_upper_bound(batch, context):
    step = IDEAL.decode_step(batch, context)
    assert step <= IDEAL.decode_step(batch + 1, context)
    assert step <= IDEAL.decode_step(batch, context + 1)
    assert step <= dataclasses.replace(IDEAL, additive=True).decode_step(batch, context) <= 2 * step
    assert step <= REAL.decode_step(batch, context)


def test_overheads_and_bad_shares():
    slow = dataclasses.replace(IDEAL, step_overhead=0.01, prefill_overhead=0.5)
    assert slow.run(512, 100) == pytest.approx(IDEAL.run(512, 100) + 100 * 0.01 + 0.5)
    with pytest.raises(ValueError, match=r"mbu=1\.2"):
        dataclasses.replace(IDEAL, mbu=1.2)
