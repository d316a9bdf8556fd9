import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import kinetics_shape
from ttc.prices.hardware import hardware
from ttc.prices.models import SHAPES
from ttc.prices.roofline import Roofline

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


def test_a_step_is_bound_by_the_weights_until_the_batch_reaches_the_intensity():
    batch = 295.3
    assert IDEAL.decode_step(batch, 0) == pytest.approx(IDEAL.decode_step(1, 0), rel=1e-3)
    assert IDEAL.decode_step(2 * batch, 0) == pytest.approx(2 * IDEAL.decode_step(batch, 0), rel=1e-3)


def test_capacity():
    capacity = IDEAL.kv_capacity()
    assert capacity == pytest.approx((0.9 * 80e9 - 16.38e9 - 2.5e9) / 147_456, rel=1e-4)
    assert capacity == pytest.approx(360_243, rel=1e-4)
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


@given(st.integers(1, 300), st.integers(0, 40_000))
def test_a_step_never_gets_faster(batch, context):
    step = IDEAL.decode_step(batch, context)
    assert step <= IDEAL.decode_step(batch + 1, context)
    assert step <= IDEAL.decode_step(batch, context + 1)
    assert step <= REAL.decode_step(batch, context)


def test_bad_shares():
    with pytest.raises(ValueError, match=r"mbu=1\.2"):
        dataclasses.replace(IDEAL, mbu=1.2)
