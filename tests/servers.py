"""A scripted server of the OpenAI protocol that misbehaves on demand and counts what it sees."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiohttp import web

PROMPT_TOKENS = 7
ENDINGS = {
    "truncate": b'data: {"choices": [{"ind',
    "badjson": b'data: {"choices": ]]\n\n',
    "error": b'data: {"error": {"message": "engine died", "code": 500}}\n\n',
}
"""How a stream ends badly, after three tokens."""


class ScriptedServer:
    """Each generation request takes the next entry of `script`; when it is empty, all goes well.

    Entries: "ok", "429" or "429:SECONDS" (Retry-After), any other status, "reset" (no reply), "reset-mid" (after three
    tokens), "truncate" (the last event is cut), "badjson", "usage:N" (claims N output tokens), "silence" (after two
    tokens), "error" (an error event), "short" (fewer choices than asked for). `refuses_n`: n > 1 is answered 400.
    """

    def __init__(self, kind: str = "generic", *, tokens: int = 8, pace: float = 0.0, latency: float = 0.0):
        self.kind, self.tokens, self.pace, self.latency = kind, tokens, pace, latency
        self.script: deque[str] = deque()
        self.refuses_n = self.refuses_priority = False
        self.key: str | None = None
        self.bodies: list[dict[str, Any]] = []
        self.tokenized: list[dict[str, Any]] = []
        self.failing_tokenize = 0
        self.tokenize_latency = 0.0
        self.tokenizing = self.tokenize_peak = 0
        self.headers: list[Any] = []
        self.in_flight = self.peak = self.finished = self.aborted = self.sent = 0
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> ScriptedServer:
        app = web.Application(client_max_size=2**26)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.generate)
        app.router.add_post("/v1/completions", self.generate)
        app.router.add_post("/tokenize", self.tokenize)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=8192)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await self._runner.cleanup()

    def say(self, *entries: str) -> None:
        self.script.extend(entries)

    async def models(self, request: web.Request) -> web.Response:
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, f"bad key {request.headers.get('Authorization')}")
        return web.json_response({"data": [{"id": "toy", "owned_by": self.kind}]})

    async def tokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.tokenized.append(body)
        self.tokenizing += 1
        self.tokenize_peak = max(self.tokenize_peak, self.tokenizing)
        try:
            await asyncio.sleep(self.tokenize_latency)
        finally:
            self.tokenizing -= 1
        if self.failing_tokenize:
            self.failing_tokenize -= 1
            return _error(400, "as scripted")
        size = len(body["messages"]) * 5 if "messages" in body else len(body["prompt"].split())
        return web.json_response({"tokens": list(range(100, 100 + size)), "count": size})

    async def generate(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(request.headers)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            response = await self._answer(request, body, self.script.popleft() if self.script else "ok")
            self.finished += 1
            return response
        except (asyncio.CancelledError, ConnectionResetError):
            self.aborted += 1
            raise
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any], entry: str) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        name, _, value = entry.partition(":")
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, f"bad key {request.headers.get('Authorization')}")
        if name.isdigit():
            return _error(int(name), "as scripted", {"Retry-After": value} if value else {})
        if self.refuses_n and body.get("n", 1) > 1:
            return _error(400, "only n = 1 is supported")
        if self.refuses_priority and body.get("priority"):
            return _error(400, "Got priority 1 but priority scheduling is not enabled.")
        if name == "reset":
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        if body.get("stream"):
            return await self._stream(request, body, name, value)
        await asyncio.sleep(self.pace * self.tokens)
        if name == "badjson":
            return web.Response(text='{"choices": [' + "x" * 400)
        return web.json_response(self._whole(body, name, value))

    def words(self, body: dict[str, Any], index: int) -> list[str]:
        size = min(self.tokens, body.get("max_tokens") or body.get("max_completion_tokens"))
        return [f"s{body.get('seed', 0) + index}", *(f" w{i}" for i in range(1, size))]

    def _choice(self, body: dict[str, Any], index: int, words: list[str], field: str) -> dict[str, Any]:
        chat = "messages" in body
        text = "".join(words)
        part = {field: {"role": "assistant", "content": text}} if chat else {"text": text}
        choice: dict[str, Any] = {"index": index, "finish_reason": None, **part}
        if body.get("return_token_ids"):
            choice["token_ids"] = [int(word.strip()[1:]) for word in words]
        if body.get("logprobs") is not None and body["logprobs"] is not False:
            choice["logprobs"] = _logprobs(words, body.get("top_logprobs", 0)) if chat else _legacy(words)
        return choice

    def _usage(self, body: dict[str, Any], n: int, value: str) -> dict[str, Any]:
        output = int(value) if value else sum(len(self.words(body, i)) for i in range(n))
        details = {"cached_tokens": 4}
        return {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": output, "prompt_tokens_details": details}

    def _whole(self, body: dict[str, Any], name: str, value: str) -> dict[str, Any]:
        n = body.get("n", 1) - (name == "short")
        choices = [self._choice(body, i, self.words(body, i), "message") for i in range(n)]
        for choice in choices:
            choice["finish_reason"] = "stop"
            self.sent += len(self.words(body, choice["index"]))
        reply = {"choices": choices, "usage": self._usage(body, n, value)}
        if body.get("return_token_ids") and "messages" in body:
            reply["prompt_token_ids"] = list(range(100, 100 + 5 * len(body["messages"])))
        return reply

    async def _stream(self, request: web.Request, body: dict[str, Any], name: str, value: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        n, texts = body.get("n", 1), [self.words(body, i) for i in range(body.get("n", 1))]
        await response.write(b": ping\r\n\r\n")
        for step in range(max(map(len, texts))):
            for index in range(n):
                await self._trouble(request, response, name, step)
                last = step + 1 == len(texts[index]) - (name == "short-one" and index > 0)
                choice = self._choice(body, index, texts[index][step : step + 1], "delta")
                choice["finish_reason"] = "stop" if last else None
                await _send(response, {"choices": [choice]})
                self.sent += 1
            if self.pace:
                await asyncio.sleep(self.pace)
        if body.get("stream_options", {}).get("include_usage"):
            await _send(response, {"choices": [], "usage": self._usage(body, n, value)})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _trouble(self, request: web.Request, response: web.StreamResponse, name: str, step: int) -> None:
        assert request.transport is not None
        if name == "reset-mid" and step == 3:
            await asyncio.sleep(0.01)
            request.transport.abort()
            raise ConnectionResetError
        if name in ENDINGS and step == 3:
            await response.write(ENDINGS[name])
            await response.write_eof()
            raise ConnectionResetError
        if name == "silence" and step == 2:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 20)


async def _send(response: web.StreamResponse, event: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status, headers=headers)


def _logprobs(words: Iterable[str], k: int) -> dict[str, Any]:
    tops = [{"token": f"alt{j}", "logprob": -float(j + 1)} for j in range(k)]
    return {"content": [{"token": word, "logprob": -0.5, "top_logprobs": tops} for word in words]}


def _legacy(words: list[str]) -> dict[str, Any]:
    size = len(words)
    return {"tokens": words, "token_logprobs": [-0.5] * size, "top_logprobs": [{"a": -0.5, "b": -1.5}] * size}
