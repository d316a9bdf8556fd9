"""Virtual time: hours pass at once, in the right order."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from ttc.backends.base import Request
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.clock import run_in_virtual_time
from ttc.testing.meters import CountingMeter


def test_virtual_hours_take_no_time() -> None:
    async def main() -> list[float]:
        loop, ended = asyncio.get_running_loop(), []

        async def sleeper(seconds: float) -> None:
            await asyncio.sleep(seconds)
            ended.append(round(loop.time(), 6))

        await asyncio.gather(*(sleeper(s) for s in (3600.0, 0.5, 7200.0)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(50):
                await asyncio.Event().wait()
        return [*ended, round(loop.time(), 6)]

    assert run_in_virtual_time(main()) == [0.5, 3600.0, 7200.0, 7250.0]


def test_simulated_latencies_follow_their_law() -> None:
    backend = SimulatedBackend(time_scale=1.0, request_seconds=2.0, token_seconds=0.01, tokens_sigma=0.0, steps=(1, 1))

    async def main() -> list[float]:
        loop, seconds = asyncio.get_running_loop(), []

        async def one(k: int) -> None:
            request = Request(f"k{k}", ({"role": "user", "content": "Q"},), 4096, seed=k)
            completion = (await backend.complete(request, CountingMeter()))[0]
            seconds.append(loop.time() - completion.output_tokens * 0.01)

        await asyncio.gather(*(one(k) for k in range(2000)))
        return seconds

    first = run_in_virtual_time(main())
    assert statistics.mean(first) == pytest.approx(2.0, rel=0.1)
    assert statistics.stdev(first) == pytest.approx(2.0, rel=0.12)
