"""Cancelled calls leave nothing behind: no permit, no task, no open stream."""

import asyncio
import random

import pytest

from tests.backends.asking import ask
from tests.servers import ScriptedServer
from ttc.backends.openai import OpenAIBackend
from ttc.testing.meters import CountingMeter


async def test_a_thousand_random_cancels_leak_nothing():
    rng = random.Random(1)
    async with ScriptedServer(tokens=60, pace=0.01) as server:
        backend = OpenAIBackend(server.url, concurrency=32)
        await backend.prepare()
        before = asyncio.all_tasks()
        cancelled = 0
        for _ in range(10):
            asks = [ask(stream=i % 2 == 0, seed=i, max_tokens=60) for i in range(100)]
            tasks = [asyncio.create_task(backend.complete(request, CountingMeter())) for request in asks]
            for _ in range(10):
                await asyncio.sleep(rng.random() * 0.01)
                for task in rng.sample(tasks, 15):
                    task.cancel()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            cancelled += sum(isinstance(result, asyncio.CancelledError) for result in results)
        assert cancelled == 1000
        assert backend.limiter.held == 0
        for _ in range(600):
            if not server.in_flight:
                break
            await asyncio.sleep(0.05)
        assert server.in_flight == 0
        assert {t for t in asyncio.all_tasks() - before if "ttc" in repr(t)} == set()
        (done,) = await backend.complete(ask(max_tokens=3), CountingMeter())
        assert done.output_tokens == 3
        await backend.aclose()
    assert server.peak <= 32 + 100  # a cancelled call's permit is free before the server has seen its abort


@pytest.mark.parametrize("stream", [False, True])
async def test_the_server_sees_the_abort_long_before_the_reply_is_whole(stream: bool):
    async with ScriptedServer(tokens=400, pace=0.05) as server:
        backend = OpenAIBackend(server.url)
        await backend.prepare()
        meter = CountingMeter()
        task = asyncio.create_task(backend.complete(ask(stream=stream, max_tokens=400), meter))
        while not server.in_flight or (stream and meter.output_tokens < 6):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while server.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await backend.aclose()
    assert (server.aborted, server.finished) == (1, 0)
    assert server.sent < 100  # of 400, which take 20 s
    assert meter.prompt_tokens > 0
    assert (meter.output_tokens > 5) == stream


async def test_many_in_flight_are_as_many_as_were_asked_for():
    async with ScriptedServer(latency=1.0) as server:
        backend = OpenAIBackend(server.url)
        await backend.prepare()
        await asyncio.gather(*(backend.complete(ask(), CountingMeter()) for _ in range(300)))
        await backend.aclose()
    assert server.peak == 300
