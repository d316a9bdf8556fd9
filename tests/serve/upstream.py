"""A model server that says what a test tells it to, keeps what it was sent, and a gateway in front of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from ttc.serve.server import serving
from ttc.serve.settings import Settings


class Upstream:
    """Answers each completion with the next of `messages`, again and again; n choices take n of them."""

    def __init__(self, messages: Iterable[dict[str, Any]], headers: dict[str, str] | None = None):
        self.messages, self.headers, self.taken = list(messages), headers or {}, 0
        self.raw: list[bytes] = []
        self.seen: list[Any] = []
        self.sent: list[bytes] = []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw]

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "toy", "owned_by": "generic"}]})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.raw.append(await request.read())
        self.seen.append(request.headers)
        body = json.loads(self.raw[-1])
        choices = []
        for index in range(body.get("n", 1)):
            message = {"role": "assistant", "content": None, **self.messages[self.taken % len(self.messages)]}
            self.taken += 1
            finish = "tool_calls" if message.get("tool_calls") else "stop"
            choices.append({"index": index, "message": message, "finish_reason": finish, "vendor": "kept"})
        n = len(choices)
        usage = {"prompt_tokens": 11, "completion_tokens": 20 * n, "total_tokens": 11 + 20 * n}
        if body.get("stream"):
            return await self.stream(request, body, choices, usage)
        data = json.dumps(
            {"id": "x", "object": "chat.completion", "choices": choices, "usage": usage}, indent=1
        ).encode()
        self.sent.append(data)
        return web.Response(body=data, content_type="application/json", headers=self.headers)

    async def stream(self, request: web.Request, body: Any, choices: Any, usage: Any) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **self.headers})
        await response.prepare(request)
        events = []
        for choice in choices:
            message = choice.pop("message")
            events += [{"choices": [{**choice, "delta": delta, "finish_reason": None}]} for delta in pieces(message)]
            events.append({"choices": [{**choice, "delta": {}}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            events.append({"choices": [], "usage": usage})
        data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
        self.sent.append(data)
        for start in range(0, len(data), 37):  # events cut in the middle
            await response.write(data[start : start + 37])
        return response


def pieces(message: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """A message as the deltas in which servers stream it; the arguments of calls come in halves."""
    yield {"role": "assistant", "content": message["content"]}
    for index, call in enumerate(message.get("tool_calls", ())):
        arguments = call["function"]["arguments"]
        head = {"index": index, "id": call["id"], "type": "function"}
        yield {"tool_calls": [{**head, "function": {"name": call["function"]["name"], "arguments": arguments[:3]}}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[3:]}}]}


def call(name: str, arguments: Any, number: int = 0) -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": text}}


@asynccontextmanager
async def scripted(*messages: dict[str, Any], headers: dict[str, str] | None = None) -> AsyncIterator[Any]:
    """A running Upstream; its `url` is set."""
    server: Any = Upstream(messages, headers)
    app = web.Application(client_max_size=2**26)
    app.router.add_get("/v1/models", server.models)
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_post("/v1/completions", server.complete)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def gateway(upstream: Any, **settings: Any) -> AsyncIterator[str]:
    """A gateway before the upstream; the value is its base URL."""
    running = serving(Settings(base_url=upstream.url, **settings))
    url = await asyncio.to_thread(running.__enter__)
    try:
        yield url
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
