"""The command `ttc serve`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import urllib.request

import pytest

from tests.serve.upstream import scripted

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")


async def test_the_command_serves_until_interrupted() -> None:
    async with scripted({"content": "\\boxed{4}"}) as upstream:
        command = (
            "-m",
            "ttc",
            "serve",
            "--base-url",
            upstream.url,
            "--port",
            "0",
            "--price-in",
            "1",
            "--price-out",
            "2",
        )
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        url = line.split()[-1]
        assert url.startswith("http://127.0.0.1:")
        body = {"model": "ttc/auto@$0.01:toy", "messages": [{"role": "user", "content": "2 + 2?"}]}
        request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())

        def ask() -> dict[str, dict[str, object]]:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return dict(json.load(reply))

        for _ in range(100):
            try:
                found = await asyncio.to_thread(ask)
                break
            except ConnectionError:
                await asyncio.sleep(0.1)
        assert found["ttc"]["answer"] == "4"
        assert found["ttc"]["cost"]["usd"] > 0  # type: ignore[index]
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 15) in (0, -signal.SIGINT, 130)


async def test_it_refuses_to_open_the_model_to_others_without_keys() -> None:
    command = ("-m", "ttc", "serve", "--base-url", "http://127.0.0.1:9", "--host", "0.0.0.0", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, said = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, out) == (2, b"")
    assert b"--config" in said
