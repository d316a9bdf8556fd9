"""A server that answers like vLLM's pooling and generative-scoring endpoints.

The shapes of requests and replies follow vLLM's documentation and source; they are not recordings of a real server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web


class PoolingServer:
    """`entry(path, body)` gives the list under `data`; `script` holds HTTP statuses to answer with first."""

    def __init__(self, entry: Callable[[str, dict[str, Any]], list[dict[str, Any]]], *, latency: float = 0.0):
        self.entry, self.latency = entry, latency
        self.script: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.reached = asyncio.Event()

    async def __aenter__(self) -> PoolingServer:
        app = web.Application()
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/tokenize", self.tokenize)
        for path in ("/pooling", "/classify", "/score", "/generative_scoring"):
            app.router.add_post(path, self.answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "reward", "owned_by": "vllm"}]})

    async def tokenize(self, request: web.Request) -> web.Response:
        """One token a character, its code point."""
        ids = [ord(character) for character in (await request.json())["prompt"]]
        return web.json_response({"tokens": ids, "count": len(ids)})

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        self.paths.append(request.path)
        self.reached.set()
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.script and (status := self.script.pop(0)) != 200:
            return web.json_response({"error": {"message": "busy"}}, status=status)
        return web.json_response({
            "id": "pool-1", "object": "list", "created": 1, "model": "reward", "data": self.entry(request.path, body),
            "usage": {"prompt_tokens": 50, "total_tokens": 50, "completion_tokens": 0},
        })  # fmt: skip
