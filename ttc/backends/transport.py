"""The wire itself: JSON and event streams over aiohttp, with foreign errors translated."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import aiohttp
from yarl import URL

from ttc.backends import body
from ttc.backends.foreign import whole_signs
from ttc.backends.loops import Kept
from ttc.backends.retry import Garbled, Place, Unreached, stream_error
from ttc.errors import BackendError, TTCError

Json: TypeAlias = dict[str, Any]

MOST_REDIRECTS = 5
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

    Args:
        connect: For a connection.
        first: For the first byte of a reply; of a plain call, for the whole generation.
        between: Between two chunks of a stream, after the first one.
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
        self._sessions: Kept[aiohttp.ClientSession] = Kept()
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

    async def _exchange(self, method: str, path: str, sent: bytes | None, headers: Mapping[str, str]) -> Json:
        async with self._reply(method, path, sent, headers) as response:
            return _parse(await body.whole(response, self.place), self.place)

    @asynccontextmanager
    async def _reply(
        self, method: str, path: str, sent: bytes | None, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The reply to a request, a successful one. A prompt goes to no other host than the one that was named."""
        response, url = None, self._url(path)
        try:
            for _ in range(MOST_REDIRECTS):
                async with self._session().request(
                    method, url, data=sent, headers=headers, allow_redirects=False
                ) as response:
                    if response.status < 300:
                        yield response
                        return
                    onward = redirect(response, method, self.place)
                    if onward is None:
                        said = await body.words(response, self.place)
                        raise self.place.refusal(response.status, said, response.headers)
                    url = onward
        except TTCError:  # one of them is an OSError too: a tape that cannot be written
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise self._translate(error, response) from error
        raise BackendError(f"{self.place.url} redirects from one path to the next; is the base URL right?")

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Json]]:
        """The events of a POST. Leaving the context before their end closes the connection, which stops the server."""
        async with self._reply("POST", call.path, call.body, call.headers) as response:
            events = self._events(response)
            try:
                yield events
            finally:
                await events.aclose()
                if not response.content.at_eof():
                    response.close()

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Json, None]:
        """The JSON of each `data:` line, up to [DONE] or the end. TimeoutError when the server falls silent.

        A server that does not stream answers with one JSON object, which is then the only event.
        """
        loop, between, lines = asyncio.get_running_loop(), self.patience.between, body.Lines(self.place)
        streamed: bool | None = None
        async with asyncio.timeout(None) as silence, aclosing(body.parts(response, self.place)) as parts:
            async for part in parts:
                if streamed is None and part.lstrip():
                    streamed = not part.lstrip().startswith((b"{", b"<"))
                one_line = part if streamed else part.replace(b"\r", b" ").replace(b"\n", b" ")
                for data in map(_data, lines.add(one_line)):
                    if data == b"[DONE]":
                        with suppress(TimeoutError):  # the end of the body, so that the connection can be reused
                            async with asyncio.timeout(LINGER):
                                await response.content.readany()
                        return
                    if data:
                        yield self._event(data)
                if between is not None:
                    silence.reschedule(loop.time() + between)
        data = lines.rest() if streamed is False else _data(lines.rest())
        if data and data != b"[DONE]":
            yield self._event(data)

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
        session = self._sessions.get()
        if session is None or session.closed:
            headers = {"Content-Type": "application/json", "Accept-Encoding": body.ENCODINGS}
            if self.place.key:
                headers["Authorization"] = f"Bearer {self.place.key}"
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0)  # uvicorn hangs up after 5 s
                if self.reuse
                else aiohttp.TCPConnector(limit=0, force_close=True),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self.patience.connect, sock_read=self.patience.first
                ),
                headers=headers,
                auto_decompress=False,
            )
            self._sessions.keep(session, session.close)
        self._latest = weakref.ref(loop), session
        return session

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        self._latest = None
        await self._sessions.aclose()


def redirect(response: aiohttp.ClientResponse, method: str, place: Place) -> URL | None:
    """Where a reply sends us on: a place on the same server, or None if it does not. BackendError where we do not go.

    A prompt and its key are for the host that was named, and a POST that comes back as a GET asks for nothing.
    """
    said = response.headers.get("Location", "")
    if response.status not in (301, 302, 303, 307, 308) or not said:
        return None
    try:
        onward = response.url.join(URL(said)).with_fragment(None)
        stays, shown = onward.origin() == response.url.origin(), str(onward.with_user(None))
    except ValueError:
        raise place.elsewhere(response.status, "a place that is no address of the web") from None
    if stays and (method == "GET" or response.status > 303):
        return onward
    raise place.elsewhere(response.status, shown)


def _data(line: bytes) -> bytes:
    """What a line of an event stream says; nothing where it is a comment or names the event."""
    return line[5:].strip() if line.startswith(b"data:") else b""


def _parse(data: bytes, place: Place) -> Json:
    try:
        found = json.loads(data)
        if b"\\u" in data:
            found = whole_signs(found)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"{place.name} sent something that is not JSON", len(data)) from error
    if isinstance(found, list):  # llama.cpp answers n > 1 with a list
        return {"list": found}
    if not isinstance(found, dict):
        raise Garbled(f"{place.name} sent JSON that is not an object", len(data))
    return found
