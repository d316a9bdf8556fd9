"""What the client costs: CPU time a sample of raw aiohttp, raw AsyncOpenAI, its-hub and ttc against one mock server.

python evals/bench/overhead.py                      the table, 64 samples x 50 problems
python evals/bench/overhead.py --latency 0.25       the same with answers that take a while: what is really in flight
python evals/bench/overhead.py --peak 4096          in-flight peak and memory with so many calls in flight
Each row runs in a process of its own; CPU is that process's, after a warm-up, and the least of several rounds, since
a busy machine adds up to half. its-hub needs `pip install "its-hub[lm]"`; what is not installed is left out.
To add a row: one coroutine in ROWS that has `samples` completions for each of `problems` prompts, and returns texts.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

FLIGHT = 256  # requests in flight, where a row can say so
TOKENS = 32
Texts = list[list[str]]


def messages(problem: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Problem {problem}: what is six times seven, and why?"}]


async def raw_aiohttp(url: str, problems: int, samples: int) -> Texts:
    import aiohttp

    gate = asyncio.Semaphore(FLIGHT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(problem: int, seed: int) -> str:
            body = {"model": "mock", "messages": messages(problem), "max_tokens": TOKENS, "seed": seed}
            async with gate, session.post(f"{url}/chat/completions", json=body) as reply:
                return (await reply.json())["choices"][0]["message"]["content"]

        return await grid(one, problems, samples)


async def raw_aiohttp_n(url: str, problems: int, samples: int) -> Texts:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def many(problem: int) -> list[str]:
            body = {"model": "mock", "messages": messages(problem), "max_tokens": TOKENS, "seed": 0, "n": samples}
            async with session.post(f"{url}/chat/completions", json=body) as reply:
                return [choice["message"]["content"] for choice in (await reply.json())["choices"]]

        return await asyncio.gather(*(many(p) for p in range(problems)))


async def raw_openai(url: str, problems: int, samples: int) -> Texts:
    import openai

    gate = asyncio.Semaphore(FLIGHT)
    async with openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as client:

        async def one(problem: int, seed: int) -> str:
            async with gate:
                reply = await client.chat.completions.create(
                    model="mock", messages=messages(problem), max_tokens=TOKENS, seed=seed
                )
                return reply.choices[0].message.content

        return await grid(one, problems, samples)


async def raw_openai_n(url: str, problems: int, samples: int) -> Texts:
    import openai

    async with openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as client:

        async def many(problem: int) -> list[str]:
            reply = await client.chat.completions.create(
                model="mock", messages=messages(problem), max_tokens=TOKENS, seed=0, n=samples
            )
            return [choice.message.content for choice in reply.choices]

        return await asyncio.gather(*(many(p) for p in range(problems)))


async def its_hub(url: str, problems: int, samples: int) -> Texts:
    from its_hub.core.algorithms.self_consistency import SelfConsistency
    from its_hub.core.lms.openai_lm import OpenAICompatibleLanguageModel
    from its_hub.core.orchestrator import LMOrchestrator

    lm = OpenAICompatibleLanguageModel(url, "x", "mock", max_tokens=TOKENS)
    vote = SelfConsistency(lambda text: text.rpartition("boxed")[2], orchestrator=LMOrchestrator(FLIGHT))
    async with lm:
        results = await asyncio.gather(
            *(vote.ainfer(lm, messages(p)[0]["content"], samples, return_response_only=False) for p in range(problems))
        )
    return [[response["content"] for response in result.responses] for result in results]


async def ttc_backend(url: str, problems: int, samples: int) -> Texts:
    from ttc.backends import open_backend

    backend = open_backend(url, concurrency=FLIGHT)
    await backend.prepare()
    try:

        async def one(problem: int, seed: int) -> str:
            return (await backend.complete(request(problem, seed), Meter()))[0].text

        return await grid(one, problems, samples)
    finally:
        await backend.aclose()


async def ttc_backend_n(url: str, problems: int, samples: int) -> Texts:
    from ttc.backends import open_backend

    backend = open_backend(url)
    await backend.prepare()
    try:

        async def many(problem: int) -> list[str]:
            return [done.text for done in await backend.complete(request(problem, 0, samples), Meter())]

        return await asyncio.gather(*(many(p) for p in range(problems)))
    finally:
        await backend.aclose()


async def ttc_solver(url: str, problems: int, samples: int) -> Texts:
    from dataclasses import replace

    from ttc.backends.openai import OpenAIBackend

    class OneEach(OpenAIBackend):
        """The same backend as on a server that gives one completion a request."""

        @property
        def capabilities(self):
            return replace(super().capabilities, fan_out=False)

    return await solved(OneEach(url, concurrency=FLIGHT), problems, samples)


async def ttc_solver_n(url: str, problems: int, samples: int) -> Texts:
    from ttc.backends import open_backend

    return await solved(open_backend(url), problems, samples)


async def solved(backend, problems: int, samples: int) -> Texts:
    """Everything: sessions, ledger, trace, answers, groups and the vote."""
    import ttc

    sampling = ttc.Sampling(max_tokens=TOKENS)
    knobs = {"n": samples, "stop": "none"}
    try:
        async with ttc.Solver("self_consistency", backend=backend, knobs=knobs, sampling=sampling) as solver:
            tasks = [messages(p)[0]["content"] for p in range(problems)]
            results = [result async for result in solver.solve_many(tasks, at_once=problems)]
        return [[candidate.text for candidate in result.candidates] for result in results]
    finally:
        await backend.aclose()


ROWS: dict[str, Callable[[str, int, int], Awaitable[Texts]]] = {
    "aiohttp": raw_aiohttp,
    "AsyncOpenAI": raw_openai,
    "its-hub self-consistency": its_hub,
    "ttc backend": ttc_backend,
    "ttc self-consistency": ttc_solver,
    "aiohttp, n=k": raw_aiohttp_n,
    "AsyncOpenAI, n=k": raw_openai_n,
    "ttc backend, n=k": ttc_backend_n,
    "ttc self-consistency, n=k": ttc_solver_n,
}


class Meter:
    """Counts as a session does, without a budget."""

    def __init__(self) -> None:
        self.calls = self.prompt_tokens = self.output_tokens = 0

    def attempt(self, n: int = 1) -> None:
        self.calls += n

    def prompt(self, tokens: int, cached: int = 0) -> None:
        self.prompt_tokens += tokens

    def output(self, index: int, delta: object) -> bool:
        self.output_tokens += delta.tokens
        return True

    def allowance(self) -> int:
        return 10**9


def request(problem: int, seed: int, n: int = 1):
    from ttc.backends.base import Request

    return Request("bench", tuple(messages(problem)), TOKENS, seed=seed, n=n, affinity=str(problem))


async def grid(one: Callable[[int, int], Awaitable[str]], problems: int, samples: int) -> Texts:
    """`samples` texts for each problem, all started together."""
    flat = await asyncio.gather(*(one(p, s) for p in range(problems) for s in range(samples)))
    return [list(flat[p * samples : (p + 1) * samples]) for p in range(problems)]


def measure(name: str, url: str, problems: int, samples: int, latency: float) -> dict[str, float | str]:
    """Run one row here, after a quarter of it as a warm-up (imports, the interpreter's own caches)."""
    run = ROWS[name]
    call(url, "control", {})
    asyncio.run(run(url, max(2, problems // 4), samples))
    call(url, "control", {"latency": latency})
    cpu, wall = time.process_time(), time.perf_counter()
    texts = asyncio.run(run(url, problems, samples))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    total = sum(map(len, texts))
    assert total == problems * samples, f"{name} returned {total} of {problems * samples} samples"
    seen = call(url, "stats")
    won = sum(max(set(ends), key=ends.count) == r"\boxed{42}" for t in texts for ends in [[s.split()[-1] for s in t]])
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"row": name, "cpu_ms": 1e3 * cpu / total, "per_s": total / wall, "won": won, "rss_mb": rss, **seen}


def flight(url: str, size: int) -> dict[str, float]:
    """Hold `size` calls of the ttc backend in flight at once; the server answers only when all are there."""
    from ttc.backends import open_backend

    async def run() -> None:
        backend = open_backend(url)
        await backend.prepare()
        await asyncio.gather(*(backend.complete(request(i % 50, i), Meter()) for i in range(size)))
        await backend.aclose()

    call(url, "control", {"hold": size})
    cpu = time.process_time()
    asyncio.run(run())
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"asked": size, "peak": call(url, "stats")["peak"], "rss_mb": rss, "cpu_s": time.process_time() - cpu}


def call(url: str, path: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url.removesuffix('/v1')}/{path}", data)) as reply:
        return json.load(reply)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The mock server in a process of its own; its base URL."""
    script = Path(__file__).with_name("mock_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def child(*arguments: str) -> dict | None:
    """This script again, in a fresh process; its last line is the result."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{arguments}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3, help="the rows are run in turn; the quietest round counts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until an answer comes")
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--peak", type=int, nargs="*", help="calls to hold in flight at once, e.g. 4096 10000")
    parser.add_argument("--here", nargs=2, metavar=("WHAT", "URL"), help=argparse.SUPPRESS)
    knobs = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if knobs.here:
        what, url = knobs.here
        size = (knobs.problems, knobs.samples, knobs.latency)
        print(json.dumps(flight(url, int(what)) if what.isdigit() else measure(what, url, *size)))
        return
    if knobs.peak:
        for size in knobs.peak:
            with serving() as url:
                print(child("--here", str(size), url))
        return
    size = [f"--{name}={getattr(knobs, name)}" for name in ("problems", "samples", "latency")]
    best: dict[str, dict] = {}
    with serving() as url:
        for name in knobs.rows * knobs.rounds:
            found = child("--here", name, url, *size)
            if found is not None and (name not in best or found["cpu_ms"] < best[name]["cpu_ms"]):
                best[name] = found
    print(f"{knobs.problems} problems x {knobs.samples} samples of {TOKENS} tokens, {FLIGHT} requests in flight")
    print(f"{'':26}{'CPU ms/sample':>14}{'samples/s':>11}{'requests':>10}{'peak':>6}{'right':>7}{'RSS MB':>8}")
    for name, found in best.items():
        print(
            f"{name:26}{found['cpu_ms']:14.4f}{found['per_s']:11.0f}{found['requests']:10}{found['peak']:6}"
            f"{found['won']:4}/{knobs.problems}{found['rss_mb']:8.0f}"
        )


if __name__ == "__main__":
    main()
