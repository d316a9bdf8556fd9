"""A server of the OpenAI protocol that answers at once (or after a set time) and counts what it sees.

Run as a process of its own: python evals/bench/mock_server.py prints its base URL. The answer of each completion is
right with p = .6, else one of five distractors, drawn from the problem and the seed.
GET /stats: requests, samples, in_flight, peak. POST /control: latency (s), hold (answer only once so many are waiting).
"""

import asyncio
import json
import random
import resource
from itertools import count

from aiohttp import web

WORDS = " ".join(["so", "we", "add", "both", "sides", "and", "find"] * 4)
RIGHT, DISTRACTORS, P_RIGHT = "42", ("40", "41", "43", "44", "45"), 0.6


class Mock:
    def __init__(self) -> None:
        self.latency, self.hold, self.full = 0.0, 0, asyncio.Event()
        self.requests = self.samples = self.in_flight = self.peak = 0
        self.unseeded = count()

    async def complete(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.requests += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        if self.hold and self.in_flight >= self.hold:
            self.full.set()
        try:
            if self.hold:
                await asyncio.wait_for(self.full.wait(), 300)
            if self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self.in_flight -= 1
        n, seed = body.get("n") or 1, body.get("seed")
        seeds = [next(self.unseeded) if seed is None else seed + i for i in range(n)]
        problem = body["messages"][-1]["content"]
        self.samples += n
        choices = [
            {"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": answer(problem, s)}}
            for i, s in enumerate(seeds)
        ]
        usage = {"prompt_tokens": 20, "completion_tokens": 32 * n, "total_tokens": 20 + 32 * n}
        reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "mock", "choices": choices}
        return web.Response(body=json.dumps({**reply, "usage": usage}).encode(), content_type="application/json")

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "mock", "owned_by": "mock"}]})

    async def stats(self, request: web.Request) -> web.Response:
        names = ("requests", "samples", "in_flight", "peak")
        return web.json_response({name: getattr(self, name) for name in names})

    async def control(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.latency, self.hold, self.full = body.get("latency", 0.0), body.get("hold", 0), asyncio.Event()
        self.requests = self.samples = self.peak = 0
        return web.json_response({})


def answer(problem: str, seed: int) -> str:
    rng = random.Random(f"{problem}/{seed}")
    value = RIGHT if rng.random() < P_RIGHT else rng.choice(DISTRACTORS)
    return f"{WORDS} \\boxed{{{value}}}"


async def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    mock, app = Mock(), web.Application()
    app.router.add_post("/v1/chat/completions", mock.complete)
    app.router.add_get("/v1/models", mock.models)
    app.router.add_get("/stats", mock.stats)
    app.router.add_post("/control", mock.control)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=600)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=16384)
    await site.start()
    print(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
