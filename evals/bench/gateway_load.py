"""Many clients for a minute: does the gateway leak, miscount or overspend?

python evals/bench/gateway_load.py [--clients 500] [--seconds 60] [--write]

Clients, gateway and model server are processes of their own on loopback. Of the server's calls `--failing` end badly
(an error, or a stream that breaks off), of the requests `--hanging-up` are left by their client at a random moment. A
fifth of the clients share a key whose budget of tokens is too small for the minute. The requests are plain ones, plain
streams, votes over 4 candidates and the 2 shortest of 3 streamed candidates, half of them streamed to the client.

The server writes down what it generated for each request and for each key; that is what usage and budgets are compared
with. Afterwards the gateway must be as it was: no task, connection, permit or hold left over, memory where it was.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import re
import sys
import time
from collections import Counter
from typing import Any

import aiohttp
import psutil
from aiohttp import web
from gateway import free_port, running, save

TOKENS, PACE, BUDGET, PATIENCE = 12, 0.8, 8_000, 180
KEYS = {"rich": "rich-key", "poor": "poor-key"}
VOTE = {"strategy": "self_consistency", "knobs": {"n": 4, "stop": "none"}}
WAYS = {"vote": VOTE, "shortest": {"strategy": "short_m", "knobs": {"n": 3, "m": 2}}}


# ---- the model server ---------------------------------------------------------------------------------------------


class Server:
    """Generates slowly, fails now and then, and remembers for whom it generated what."""

    def __init__(self, failing: float):
        self.failing, self.rng = failing, random.Random(0)
        self.of_request: Counter[str] = Counter()
        self.of_key: Counter[str] = Counter()
        self.calls = self.failed = self.aborted = self.in_flight = 0

    def wrote(self, body: dict[str, Any], request: web.Request, tokens: int) -> None:
        self.of_request[re.search(r"\d+", body["messages"][-1]["content"])[0]] += tokens
        self.of_key[request.headers["Authorization"].removeprefix("Bearer ")] += tokens

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.in_flight += 1
        try:
            body = json.loads(await request.read())
            fails = self.rng.random() < self.failing
            self.failed += fails
            if fails and not (body.get("stream") and self.rng.random() < 0.5):
                return web.json_response({"error": {"message": "as drawn"}}, status=500)
            return await (self.stream if body.get("stream") else self.plain)(request, body, fails)
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise
        finally:
            self.in_flight -= 1

    async def plain(self, request: web.Request, body: dict[str, Any], fails: bool) -> web.Response:
        n, tokens = body.get("n", 1), min(TOKENS, body["max_tokens"])
        await asyncio.sleep(TOKENS * PACE * self.rng.random())
        message = {"role": "assistant", "content": "word " * (tokens - 1) + f"\\boxed{{{self.rng.randint(1, 3)}}}"}
        choices = [{"index": i, "finish_reason": "stop", "message": message} for i in range(n)]
        self.wrote(body, request, n * tokens)
        return web.json_response({"choices": choices, "usage": usage(n * tokens)})

    async def stream(self, request: web.Request, body: dict[str, Any], fails: bool) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        tokens = min(TOKENS, body["max_tokens"])
        for number in range(tokens):
            if fails and number == 4:
                await asyncio.sleep(0.05)
                request.transport.abort()
                raise ConnectionResetError
            last = number == tokens - 1
            text = f"\\boxed{{{self.rng.randint(1, 3)}}}" if last else "word "
            choice = {"index": 0, "finish_reason": "stop" if last else None, "delta": {"content": text}}
            await response.write(event({"choices": [choice]}))
            self.wrote(body, request, 1)
            await asyncio.sleep(PACE)
        if (body.get("stream_options") or {}).get("include_usage"):
            await response.write(event({"choices": [], "usage": usage(tokens)}))
        await response.write(b"data: [DONE]\n\n")
        return response

    async def books(self, request: web.Request) -> web.Response:
        names = ("calls", "failed", "aborted", "in_flight", "of_key", "of_request")
        return web.json_response({name: getattr(self, name) for name in names})

    def run(self, port: int) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.complete)
        app.router.add_get("/v1/models", models)
        app.router.add_get("/books", self.books)
        web.run_app(
            app, host="127.0.0.1", port=port, access_log=None, print=None, backlog=4096, handler_cancellation=True
        )


async def models(request: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": "mock", "object": "model", "owned_by": "mock"}]})


def usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}


def event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


# ---- the gateway, with a look inside ------------------------------------------------------------------------------


def gateway(base_url: str, port: int) -> None:
    import ttc.serve.app
    from ttc.serve.server import serve
    from ttc.serve.settings import Settings, TenantConfig

    class Watched(ttc.serve.app.App):
        """The gateway's application; GET /inside tells what it holds."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"] != "/inside":
                await super().__call__(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(self.inside()).encode()})

        def inside(self) -> dict[str, Any]:
            tenants = list(self.gateway.tenants)
            backends = [task.result() for tenant in tenants for task in tenant.upstream._backends.values()]
            ledgers = [tenant.ledger for tenant in tenants]
            return {
                "tasks": len(asyncio.all_tasks()),
                "requests": self.gateway.metrics.in_flight,
                "places": sum(tenant.in_flight for tenant in tenants),
                "permits": sum(backend.limiter.held for backend in backends),
                "holds": sum(ledger._leases + sum(ledger._held.values()) for ledger in ledgers),
            }

    ttc.serve.app.App = Watched
    tenants = {
        name: TenantConfig(
            key_sha256=hashlib.sha256(key.encode()).hexdigest(),
            credential_env=f"LOAD_{name}",
            budget={"tokens": BUDGET} if name == "poor" else {},
        )
        for name, key in KEYS.items()
    }
    serve(Settings(base_url=base_url, port=port, tenants=tenants, max_tokens=TOKENS, concurrency=4096))


# ---- the clients --------------------------------------------------------------------------------------------------


class Crowd:
    """All clients; `seen` counts how their requests ended, `said` is the usage that each complete reply named.

    `said_cut` is that of replies for which a stream was cut: the server may write a token more before it sees that.
    """

    def __init__(self, url: str, hanging_up: float):
        self.url, self.hanging_up, self.rng = url, hanging_up, random.Random(1)
        self.seen: Counter[str] = Counter()
        self.said: dict[str, int] = {}
        self.said_cut: dict[str, int] = {}
        self.number = 0

    async def client(self, session: aiohttp.ClientSession, key: str, end: float) -> None:
        await asyncio.sleep(self.rng.random() * TOKENS * PACE)
        while time.monotonic() < end:
            self.number += 1
            name, patience = str(self.number), TOKENS * PACE * self.rng.random()
            hangs_up, stream = self.rng.random() < self.hanging_up, self.rng.random() < 0.5
            way = self.rng.choice(("plain", "plain", "vote", "shortest"))
            try:
                async with asyncio.timeout(patience if hangs_up else PATIENCE):
                    await self.ask(session, key, name, way, stream)
            except TimeoutError:
                self.seen["left by the client" if hangs_up else f"no answer within {PATIENCE} s"] += 1
            except (aiohttp.ClientError, ConnectionError):
                self.seen["broken off"] += 1

    async def ask(self, session: aiohttp.ClientSession, key: str, name: str, way: str, stream: bool) -> None:
        body: dict[str, Any] = {"model": "mock", "max_tokens": TOKENS, "stream": stream}
        body["messages"] = [{"role": "user", "content": f"request {name}"}]
        if way in WAYS:
            body["ttc"] = WAYS[way]
        if stream:
            body["stream_options"] = {"include_usage": True}
        async with session.post(
            f"{self.url}/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}
        ) as reply:
            data = await reply.read()
        if reply.status != 200:
            code = json.loads(data)["error"].get("code") or "error"
            self.seen[f"{reply.status} {code}"] += 1
            if reply.status == 429:
                await asyncio.sleep(1)
            return
        events = [json.loads(line[6:]) for line in data.split(b"\n\n") if line.startswith(b"data: {")]
        replies = events if stream else [json.loads(data)]
        if any("error" in part for part in replies):
            self.seen["an error in the stream"] += 1
            return
        said = next(part["usage"]["completion_tokens"] for part in replies if part.get("usage"))
        (self.said_cut if way == "shortest" else self.said)[name] = said
        self.seen[way + (", streamed" if stream else "")] += 1


async def look(session: aiohttp.ClientSession, url: str, **headers: str) -> Any:
    async with session.get(url, headers=headers) as reply:
        text = await reply.text()
        return json.loads(text) if text.startswith("{") else text


def connections(process: psutil.Process) -> int:
    return sum(c.status != "LISTEN" for c in process.net_connections())


async def load(options: argparse.Namespace, url: str, gateway_: psutil.Process, books_url: str) -> dict[str, Any]:
    root = url.removesuffix("/v1")
    crowd, memory = Crowd(url, options.hanging_up), []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for key in KEYS.values():  # connect the backends, so that they do not count as left over
            body = {"model": "mock", "max_tokens": TOKENS, "messages": [{"role": "user", "content": "0"}], "ttc": VOTE}
            async with session.post(
                f"{url}/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}
            ) as first:
                await first.read()
        before, cpu = await look(session, f"{root}/inside"), sum(gateway_.cpu_times()[:2])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        end = time.monotonic() + options.seconds

        async def watch() -> None:
            while True:
                memory.append(gateway_.memory_info().rss / 2**20)
                await asyncio.sleep(options.seconds / 12)

        watcher = asyncio.create_task(watch())
        keys = [KEYS["poor" if i % 5 == 0 else "rich"] for i in range(options.clients)]
        await asyncio.gather(*(crowd.client(session, key, end) for key in keys))
        watcher.cancel()
    await asyncio.sleep(7)  # longer than the pools of connections keep idle ones
    async with aiohttp.ClientSession() as session:
        after, books = await look(session, f"{root}/inside"), await look(session, books_url)
        metrics = await look(session, f"{root}/metrics", Authorization=f"Bearer {KEYS['rich']}")
    cpu = sum(gateway_.cpu_times()[:2]) - cpu
    wrong = {n: (said, books["of_request"][n]) for n, said in crowd.said.items() if said != books["of_request"][n]}
    cut = [books["of_request"][n] - said for n, said in crowd.said_cut.items()]
    charged = {key: int(n) for key, n in re.findall(r'tokens_total\{key="(\w+)",side="output"\} (\d+)', metrics)}
    return {
        "clients": options.clients,
        "seconds": options.seconds,
        "requests": crowd.number,
        "ended": dict(sorted(crowd.seen.items())),
        "server_calls": books["calls"],
        "server_failed": books["failed"],
        "server_saw_aborts": books["aborted"],
        "replies_with_usage": len(crowd.said) + len(crowd.said_cut),
        "wrong_usage": len(wrong),
        "wrong_examples": dict(list(wrong.items())[:5]),
        "written_beyond_usage_after_a_cut": {"most for one": max(cut, default=0), "least": min(cut, default=0)},
        "budget_of_poor": BUDGET,
        "generated_for_poor": books["of_key"]["poor"],
        "charged_to_poor": charged["poor"],
        "generated_for_rich": books["of_key"]["rich"],
        "charged_to_rich": charged["rich"],
        "gateway_cpu_ms_per_request": 1e3 * cpu / crowd.number,
        "rss_mb": [round(value, 1) for value in memory],
        "rss_mb_at_the_end": round(gateway_.memory_info().rss / 2**20, 1),
        "inside_before": before,
        "inside_after": after,
        "connections_after": connections(gateway_),
        "server_in_flight_after": books["in_flight"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--failing", type=float, default=0.05)
    parser.add_argument("--hanging-up", type=float, default=0.10)
    parser.add_argument("--write", action="store_true", help="write the figures into evals/results/gateway.json")
    parser.add_argument("--here", nargs=2, metavar=("WHAT", "ARGUMENT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        what, argument = options.here
        if what == "server":
            Server(options.failing).run(int(argument))
        else:
            gateway(what, int(argument))
        return
    with contextlib.ExitStack() as stack:
        credentials = {f"LOAD_{name}": name for name in KEYS}
        port = free_port()
        command = [sys.executable, __file__, "--failing", str(options.failing), "--here"]
        server, _ = stack.enter_context(running([*command, "server", str(port)], port))
        port = free_port()
        url, process = stack.enter_context(running([*command, server, str(port)], port, **credentials))
        found = asyncio.run(load(options, url, process, server.removesuffix("/v1") + "/books"))
    print(json.dumps(found, indent=1))
    if options.write:
        save("load", found)


if __name__ == "__main__":
    main()
