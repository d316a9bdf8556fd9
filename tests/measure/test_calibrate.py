"""Calibration against a server whose law is known: what is recovered, what is left out, what an interruption keeps."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from tests.measure.engine import Engine
from tests.measure.virtual import LinearServer, run_virtual
from ttc.measure.calibrate import STEPS, Calibration
from ttc.measure.server_metrics import limits_of_metrics, limits_of_props
from ttc.measure.stopwatch import steady
from ttc.prices.calibration import ServerCalibration


def calibrated(server: LinearServer, seconds: float = 600.0) -> Calibration:
    async def main() -> Calibration:
        await server.prepare()
        calibration = Calibration(server, seconds)
        await calibration.run()
        return calibration

    return run_virtual(main())


@cache
def usual() -> Calibration:
    return calibrated(LinearServer())


def fitted(calibration: Calibration) -> ServerCalibration:
    return calibration.fitted("http://host")


def test_the_law_of_the_server_is_recovered() -> None:
    law, found = Engine(), fitted(usual())
    assert found.decode is not None
    assert found.prefill is not None
    assert found.decode.coefficients == pytest.approx((law.a, law.b, law.c), rel=0.05)
    assert found.decode.mape < 0.02
    assert found.prefill.coefficients[1] == pytest.approx(law.f, rel=0.05)
    assert found.prefill_seconds(1000) == pytest.approx(law.e + 1000 * law.f, rel=0.05)
    assert found.prefill_seconds(100, 0, 20) == pytest.approx(law.e + 20 * 100 * law.f, rel=0.15)
    assert found.complete


def test_what_every_call_costs_is_told_from_the_round_trip() -> None:
    law = {"trip": 0.01, "front": 0.002}
    found = fitted(calibrated(LinearServer(law=law)))
    engine = Engine(**law)
    one, many = (found.prefill_seconds(100, 0, calls) for calls in (1, 24))
    assert one == pytest.approx(0.012 + engine.e + 100 * engine.f, rel=0.1)
    # calls come in one after the other, so that some are read while others still arrive
    assert many == pytest.approx(0.01 + 24 * (0.002 + 100 * engine.f) + engine.e, rel=0.25)


@pytest.mark.parametrize(("late", "shared"), [(False, 1.0), (True, 0.0)])
def test_what_calls_sent_together_share(late: bool, shared: float) -> None:
    cache = calibrated(LinearServer(law={"late": late}), seconds=3.0).prefix_cache
    assert cache is not None
    assert cache.cached_tokens > 0.95 * cache.prompt_tokens
    assert cache.together == pytest.approx(shared, abs=0.07)


def test_batches_that_queue_and_prompts_that_do_not_fit_are_left_out() -> None:
    calibration = calibrated(LinearServer(law={"slots": 8}, context=1200))
    assert calibration.complete
    assert max(batch for batch, _, _ in calibration.decode) == 8
    assert max(context / batch for batch, context, _ in calibration.decode) < 1200
    assert {batch for batch, _, _ in calibration.decode} >= {1, 2, 4, 8}


def test_the_prefix_cache_is_seen() -> None:
    found = usual().prefix_cache
    assert found is not None
    assert found.prompt_tokens - 16 <= found.cached_tokens < found.prompt_tokens
    assert found.warm_seconds < 0.5 * found.cold_seconds


def test_a_cache_that_is_not_reported_gives_no_wrong_points() -> None:
    calibration = calibrated(LinearServer(reports_cache=False, context=600))
    assert all(cached == 0 for _, _, cached, _ in calibration.prefill)
    assert calibration.prefill


def test_the_time_is_kept_and_what_was_measured_stays() -> None:
    short = calibrated(LinearServer(), seconds=10.0)
    assert not short.complete
    assert short.decode
    assert short.prefill


def test_cancelling_keeps_the_points() -> None:
    async def main() -> Calibration:
        server = LinearServer()
        await server.prepare()
        calibration = Calibration(server, 600.0)
        task = asyncio.ensure_future(calibration.run())
        await asyncio.sleep(20.0)
        task.cancel()
        await asyncio.wait([task])
        return calibration

    calibration = run_virtual(main())
    assert len(calibration.decode) >= 3
    assert not calibration.complete
    assert not fitted(calibration).complete


def test_steady_part_begins_with_the_last_and_ends_with_the_first() -> None:
    first = [(0.1 * k, k) for k in range(1, 21)]  # 0.1 s a token, ends at 2.0
    late = [(1.0 + 0.2 * k, k) for k in range(1, 11)]  # four tokens at 1.8
    found = steady([first, late])
    assert found is not None
    assert 0.1 < found.step_seconds < 0.2
    assert steady([first, [(5.0 + k, k) for k in range(1, 20)]]) is None
    assert steady([first, []]) is None


def test_time_must_be_positive() -> None:
    with pytest.raises(ValueError, match="seconds is 0"):
        Calibration(LinearServer(), 0)
    assert STEPS > 16


VLLM = """# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig
# TYPE vllm:cache_config_info gauge
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="22515",sliding_window="None"} 1.0
vllm:num_requests_running{engine="0",model_name="m"} 0.0
"""


def test_capacity_of_vllm_is_blocks_times_block_size() -> None:
    assert limits_of_metrics(VLLM).kv_capacity == 22515 * 16
    assert limits_of_metrics(VLLM.replace("22515", "None")).kv_capacity is None
    assert limits_of_metrics("").kv_capacity is None


def test_capacity_of_other_servers() -> None:
    assert limits_of_metrics('sglang:max_total_num_tokens{model_name="m"} 412345.0\n').kv_capacity == 412345
    props = limits_of_props('{"total_slots": 16, "default_generation_settings": {"n_ctx": 1024}}')
    assert (props.kv_capacity, props.slots) == (16384, 16)
    assert limits_of_props("<html>").kv_capacity is None
