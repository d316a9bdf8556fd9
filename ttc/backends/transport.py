"""The wire itself: JSON and event streams over aiohttp, with foreign errors translated."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from ttc.backends.retry import Garbled, Place, Unreached, stream_error
from ttc.errors import BackendError

Json: TypeAlias = dict[str, Any]

LINGER = 0.5
"""Seconds in which a server should close a stream after [DONE]; one that does not is hung up on."""


HINT = ": is the server running, and is the base URL right?"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request: `path` under the base URL, or under the server's root where it starts with '//'.

    `body` is as the channel's `encode` made it: thousands of calls wait at a time, and bytes are smaller than dicts.
    """

    path: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """The way to a server. Everything that goes wrong comes out as BackendError."""

    place: Place

    def encode(self, body: Json) -> Any:
        """The body of a call, as this channel wants it."""

    async def fetch(self, call: Call) -> Json:
        """The whole reply of a POST."""

    def stream(self, call: Call) -> Any:
        """An async context manager that yields the events of a POST and closes the stream when it is left."""

    async def look(self, path: str) -> Json:
        """The reply of a GET."""

    async def aclose(self) -> None:
        """Close all connections."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds; None = for ever. There is no limit on how long an answer may take in all.

    connect: for a connection; first: for the first byte of a reply (of a plain call: the whole generation);
    between: between two chunks of a stream, after the first one.
    """

    connect: float | None = 30.0
    first: float | None = 3600.0
    between: float | None = 120.0


class HttpChannel:
    """aiohttp without its hidden limits: no cap on connections, no total timeout. One session for each event loop."""

    def __init__(self, base_url: str, place: Place, patience: Patience):
        self.base = URL(base_url)
        self.root = (
            self.base.with_path(self.base.path.removesuffix("/v1")) if self.base.path != "/v1" else (self.base.origin())
        )
        self.place = place
        self.patience = patience
        self.reuse = True
        """Whether connections are used again. Not with llama.cpp: it may drop an idle one just as a request comes."""
        self._urls: dict[str, URL] = {}
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()
        self._latest: tuple[Callable[[], asyncio.AbstractEventLoop | None], aiohttp.ClientSession] | None = None

    def encode(self, body: Json) -> bytes:
        """The body as JSON."""
        return json.dumps(body).encode()

    async def fetch(self, call: Call) -> Json:
        """The whole reply of a POST."""
        return await self._exchange("POST", call.path, call.body, call.headers)

    async def look(self, path: str) -> Json:
        """The reply of a GET."""
        return await self._exchange("GET", path, None, {})

    async def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Json:
        response = None
        try:
            async with self._session().request(method, self._url(path), data=body, headers=headers) as response:
                reply = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise self._translate(error, response) from error
        if response.status >= 300:
            raise self.place.refusal(response.status, reply.decode(errors="replace"), response.headers)
        return _parse(reply, self.place)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Json]]:
        """The events of a POST. Leaving the context before their end closes the connection, which stops the server."""
        response = None
        try:
            async with self._session().post(self._url(call.path), data=call.body, headers=call.headers) as response:
                if response.status >= 300:
                    words = await response.text(errors="replace")
                    raise self.place.refusal(response.status, words, response.headers)
                events = self._events(response)
                try:
                    yield events
                finally:
                    await events.aclose()
                    if not response.content.at_eof():
                        response.close()
        except (aiohttp.ClientError, OSError) as error:
            raise self._translate(error, response) from error

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Json, None]:
        """The JSON of each `data:` line, up to [DONE] or the end. TimeoutError when the server falls silent.

        A server that does not stream answers with one JSON object, which is then the only event.
        """
        loop, between, rest = asyncio.get_running_loop(), self.patience.between, b""
        first = True
        async with asyncio.timeout(None) as silence:
            while True:
                chunk = await response.content.readany()
                if first and chunk.lstrip().startswith((b"{", b"<")):
                    chunk = b"data:" + b" ".join((chunk + await response.content.read()).splitlines())
                first = False
                *lines, rest = (rest + chunk).split(b"\n") if chunk else (rest, b"")
                for line in lines:
                    data = line[5:].strip() if line.startswith(b"data:") else b""
                    if data == b"[DONE]":
                        with suppress(TimeoutError):  # the end of the body, so that the connection can be reused
                            async with asyncio.timeout(LINGER):
                                await response.content.readany()
                        return
                    if data:
                        yield self._event(data)
                if not chunk:
                    return
                if between is not None:
                    silence.reschedule(loop.time() + between)

    def _event(self, data: bytes) -> Json:
        event = _parse(data, self.place)
        if event.get("error"):
            raise stream_error(event, self.place)
        return event

    def _translate(self, error: Exception, response: aiohttp.ClientResponse | None) -> BackendError:
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            why = "no connection in time" if isinstance(error, TimeoutError) else str(error.os_error.strerror or "")
            return Unreached(
                f"cannot reach {self.place.name} ({why})" + ("" if self.place.called else HINT),
                retryable=True,
            )
        received = response.content.total_bytes if response is not None else 0
        if isinstance(error, TimeoutError):
            return Garbled(f"{self.place.name} fell silent: nothing came in time", received)
        return Garbled(f"{self.place.name} dropped the connection ({type(error).__name__})", received)

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            start, rest = (self.root, path[2:]) if path.startswith("//") else (self.base, path.lstrip("/"))
            url = self._urls[path] = start / rest
        return url

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._latest is not None and self._latest[0]() is loop and not self._latest[1].closed:
            return self._latest[1]
        session = self._sessions.get(loop)
        if session is None or session.closed:
            headers = {"Content-Type": "application/json"}
            if self.place.key:
                headers["Authorization"] = f"Bearer {self.place.key}"
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0)  # uvicorn hangs up after 5 s
                if self.reuse
                else aiohttp.TCPConnector(limit=0, force_close=True),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self.patience.connect, sock_read=self.patience.first
                ),
                headers=headers,
            )
        self._latest = weakref.ref(loop), session
        return session

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        self._latest = None
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()


def _parse(data: bytes, place: Place) -> Json:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise Garbled(f"{place.name} sent something that is not JSON", len(data)) from error
    if isinstance(found, list):  # llama.cpp answers n > 1 with a list
        return {"list": found}
    if not isinstance(found, dict):
        raise Garbled(f"{place.name} sent JSON that is not an object", len(data))
    return found
