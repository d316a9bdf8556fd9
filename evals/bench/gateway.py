"""What a plain request costs on its way through the gateway, beside the bare server and optillm's proxy.

python evals/bench/gateway.py                                   the bare server and ttc
python evals/bench/gateway.py --optillm VENV/bin/optillm        the same with optillm's proxy (pip install optillm)
python evals/bench/gateway.py --write                           the tables of evals/results/gateway.md and .json anew

Server, proxy and client are processes of their own on loopback. CPU is the proxy's own (user and system) over many
requests; the delay of the first token is the difference of medians over streams that alternate with the bare server.
The server answers plain requests at once, so that everything seen is overhead; streams take 2 ms a token. Rounds are
repeated and the quietest one counts.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psutil
from aiohttp import web

RESULTS = Path(__file__).parent.parent / "results"
TOKENS, PACE = 32, 0.002
BODY = {"model": "mock", "messages": [{"role": "user", "content": "What is six times seven, and why? " * 20}]}
USAGE = {"prompt_tokens": 200, "completion_tokens": TOKENS, "total_tokens": 200 + TOKENS}
HEAD = {"id": "x", "created": 0, "model": "mock"}


# ---- the server ---------------------------------------------------------------------------------------------------


async def complete(request: web.Request) -> web.StreamResponse:
    body = json.loads(await request.read())
    if not body.get("stream"):
        if body["model"] == "slow":  # who asks for the whole answer to fake a stream waits for all its tokens
            await asyncio.sleep(TOKENS * PACE)
        message = {"role": "assistant", "content": "word " * TOKENS}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return web.json_response({**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(TOKENS):
        choice = {"index": 0, "finish_reason": None, "delta": {"content": f"word{number} "}}
        chunk = {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}
        await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        await asyncio.sleep(PACE)
    await response.write(b"data: [DONE]\n\n")
    return response


async def models(request: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": "mock", "object": "model", "owned_by": "mock"}]})


def serve(port: int) -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/v1/models", models)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


# ---- the client ---------------------------------------------------------------------------------------------------


async def burst(url: str, requests: int, at_once: int) -> None:
    """So many plain requests, `at_once` in flight."""
    gate = asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session:

        async def one() -> None:
            async with gate, session.post(f"{url}/chat/completions", json=BODY) as reply:
                assert (await reply.json())["choices"][0]["message"]["content"].startswith("word")

        await asyncio.gather(*(one() for _ in range(requests)))


async def first_tokens(urls: list[str], rounds: int) -> list[list[float]]:
    """Milliseconds to the first content of a stream, the URLs in turn."""
    times: list[list[float]] = [[] for _ in urls]
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer x"}) as session:
        for _ in range(rounds):
            for url, found in zip(urls, times, strict=True):
                started = time.perf_counter()
                async with session.post(
                    f"{url}/chat/completions", json={**BODY, "model": "slow", "stream": True}
                ) as reply:
                    seen = b""
                    while b"word" not in seen:
                        piece = await reply.content.readany()
                        assert piece, seen
                        seen += piece
                    found.append(1e3 * (time.perf_counter() - started))
                    await reply.read()
    return times


def cpu_of(process: psutil.Process) -> float:
    times = [p.cpu_times() for p in (process, *process.children(recursive=True))]
    return sum(t.user + t.system for t in times)


# ---- processes ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[tuple[str, psutil.Process]]:
    """A process that serves on the port, and its base URL."""
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def measure(name: str, url: str, proxy: psutil.Process, bare: str, size: argparse.Namespace) -> dict[str, float | str]:
    """One row: the best of several rounds."""
    requests = size.requests if name.startswith("ttc") or name == "bare server" else size.requests // 10
    asyncio.run(burst(url, requests // 5, size.at_once))
    cpu, rate, delay, first, quiet = [], [], [], [], []
    for _ in range(size.rounds):
        before, started = cpu_of(proxy), time.perf_counter()
        asyncio.run(burst(url, requests, size.at_once))
        cpu.append(1e3 * (cpu_of(proxy) - before) / requests)
        rate.append(requests / (time.perf_counter() - started))
        both = asyncio.run(first_tokens([bare, url], size.streams))
        alone, through = map(statistics.median, both)
        delay.append(through - alone)
        first.append(through)
        tenths = [statistics.quantiles(found, n=10)[0] for found in both]
        quiet.append(tenths[1] - tenths[0])
    return {
        "row": name,
        "cpu_ms": min(cpu),
        "per_s": max(rate),
        "first_ms": min(first),
        "delay_ms": min(delay),
        "quiet_delay_ms": min(quiet),
        "rss_mb": proxy.memory_info().rss / 2**20,
    }


def rows(size: argparse.Namespace) -> Iterator[dict[str, float | str]]:
    port = free_port()
    with running([sys.executable, __file__, "--serve", str(port)], port) as (bare, server):
        yield measure("bare server", bare, server, bare, size)
        ways: list[tuple[str, list[str], dict[str, str]]] = [("ttc serve", [], {})]
        if size.fast:
            ways.append(("ttc serve, with httptools", [], {"PYTHONPATH": size.fast}))
        for name, more, environment in ways:
            port = free_port()
            command = [sys.executable, "-m", "ttc", "serve", "--base-url", bare, "--port", str(port), *more]
            with running(command, port, **environment) as (url, proxy):
                yield measure(name, url, proxy, bare, size)
        if size.optillm:
            port = free_port()
            command = [size.optillm, "--approach", "none", "--base-url", bare, "--port", str(port)]
            with running(command, port, OPENAI_API_KEY="x") as (url, proxy):
                yield measure("optillm's proxy (none)", url, proxy, bare, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--optillm", help="optillm's command, in an environment of its own")
    parser.add_argument("--fast", help="a folder with httptools, where this environment has none")
    parser.add_argument("--write", action="store_true", help="write the rows into evals/results/gateway.json")
    parser.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    size = parser.parse_args()
    if size.serve:
        serve(size.serve)
        return
    found = []
    print(
        f"{'':28}{'CPU ms/request':>15}{'requests/s':>12}{'first token ms':>16}"
        f"{'delay ms':>10}{'quiet ms':>10}{'RSS MB':>8}"
    )
    for row in rows(size):
        found.append(row)
        print(
            f"{row['row']:28}{row['cpu_ms']:15.3f}{row['per_s']:12.0f}{row['first_ms']:16.2f}"
            f"{row['delay_ms']:10.2f}{row['quiet_delay_ms']:10.2f}{row['rss_mb']:8.0f}",
            flush=True,
        )
    if size.write:
        save("pass_through", {"python": platform.python_version(), "requests": size.requests, "rows": found})


def save(part: str, data: dict) -> None:
    """Put one part into the results of the gateway."""
    path = RESULTS / "gateway.json"
    whole = json.loads(path.read_text()) if path.is_file() else {}
    RESULTS.mkdir(exist_ok=True)
    whole[part] = data
    path.write_text(json.dumps(whole, indent=1) + "\n")
    path.with_suffix(".md").write_text(
        "# The gateway: what it costs, and a minute of load\n\n"
        "Written by `evals/bench/gateway.py --write` and `evals/bench/gateway_load.py --write` on a shared machine of "
        "two cores that other work kept busy: times and CPU are upper bounds.\n"
        + "".join(TABLES[name](whole[name]) for name in TABLES if name in whole)
    )


def pass_through_table(data: dict) -> str:
    lines = [
        f"\n## Plain requests passing through ({data['requests']} a round, Python {data['python']})\n",
        "CPU is the process's own, for each request; the delay of the first token is against the bare server, the "
        "difference of medians over streams in turn, and of first deciles: on a busy machine a further process mostly "
        "waits for its turn. The quietest round counts. optillm's proxy has the whole answer (64 ms) before it "
        "streams.\n",
        "| | CPU ms/request | requests/s | first token ms | delay ms | delay ms, quietest tenth | RSS MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in data["rows"]:
        numbers = (f"{row[name]:.{digits}f}" for name, digits in COLUMNS)
        lines.append(f"| {row['row']} | {' | '.join(numbers)} |")
    return "\n".join(lines) + "\n"


def load_table(data: dict) -> str:
    lines = [f"\n## {data['clients']} clients for {data['seconds']:.0f} s\n", "| | |", "|---|---|"]
    for name, value in data.items():
        shown = ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value
        if isinstance(value, list):
            shown = f"{value[0]} at the start, {max(value)} at most"
        lines.append(f"| {name.replace('_', ' ')} | {round(shown, 2) if isinstance(shown, float) else shown} |")
    return "\n".join(lines) + "\n"


COLUMNS = (("cpu_ms", 3), ("per_s", 0), ("first_ms", 2), ("delay_ms", 2), ("quiet_delay_ms", 2), ("rss_mb", 0))
TABLES = {"pass_through": pass_through_table, "load": load_table}


if __name__ == "__main__":
    main()
