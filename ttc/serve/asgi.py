"""Small pieces of ASGI: bodies with limits, replies, and work that ends when its client has gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

from ttc.serve.refusals import Refusal
from ttc.serve.settings import Limits

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

JSON: RawHeaders = [(b"content-type", b"application/json")]
EVENTS: RawHeaders = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the events back
]


class Disconnected(Exception):
    """The client hung up."""


class Reply:
    """The way back to one client. `started` tells whether an error can still be said with a status of its own."""

    __slots__ = ("_send", "complete", "started", "status")

    def __init__(self, send: Send):
        self._send, self.started, self.complete, self.status = send, False, False, 0

    async def start(self, status: int, headers: RawHeaders) -> None:
        """Send status and headers."""
        self.started, self.status = True, status
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes, more: bool = True) -> None:
        """Send a part of the body; `more` False ends it."""
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self.complete = not more

    async def whole(self, status: int, headers: RawHeaders, data: bytes) -> None:
        """Send all at once."""
        await self.start(status, [*headers, (b"content-length", str(len(data)).encode())])
        await self.write(data, more=False)

    async def event(self, data: Any) -> None:
        """Send one server-sent event."""
        await self.write(b"data: " + json.dumps(data).encode() + b"\n\n")


async def read_body(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """The whole body. Raises Refusal when it is too large (413) or too slow (408), Disconnected on a hang-up."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limits.body_bytes:
            raise _too_large(limits)
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limits.body_bytes:
                    raise _too_large(limits)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Refusal(408, f"the body did not come within {limits.body_seconds:g} s") from None


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, f"the body is larger than the {limits.body_bytes} bytes that the gateway takes")


async def unless_disconnected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; when the client hangs up first, cancel it, wait until it has settled, and raise Disconnected."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Disconnected
        task.result()
    finally:
        for one in (task, watch):
            if not one.done():
                one.cancel()
                await asyncio.wait((one,))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
