"""Clients that trickle, flood, stall or never read: each is cut off in time, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.serve.test_gateway import ASKED, post
from tests.serve.upstream import gateway, scripted
from ttc.serve.settings import Limits

HASTY = Limits(header_seconds=0.4, body_seconds=0.4, write_seconds=0.4)
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
BODY = json.dumps({"model": "toy", "messages": ASKED}).encode()


async def trickle(url: str, start: bytes, drop: bytes, pause: float = 0.05) -> tuple[bool, bytes]:
    """Send `start`, then `drop` again and again: whether the server hung up in time, and what it said.

    In time is before any of the limits that a gateway has by default, of which the shortest is that for headers.
    """
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    said, rest = b"", int(0.8 * Limits().header_seconds / pause)
    try:
        writer.write(start)
        while rest := rest - 1:
            writer.write(drop)
            try:
                said += (piece := await asyncio.wait_for(reader.read(65536), pause))
                if not piece:
                    break
            except TimeoutError:
                continue
    except OSError:
        pass
    finally:
        writer.transport.abort()
    return rest > 0, said


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (HEAD, b"X-A: b\r\n"),
        (HEAD + b"X-Long: ", b"a"),
        (HEAD + b"Content-Length: 2\r\n\r\n{}" + HEAD, b"X-A: b\r\n"),
    ],
    ids=["nothing", "headers", "one header", "the second request"],
)
async def test_headers_that_trickle_in_are_cut_off(start: bytes, drop: bytes) -> None:
    async with scripted({"content": "x"}) as upstream, gateway(upstream, limits=HASTY) as url:
        slow = [asyncio.create_task(trickle(url, start, drop)) for _ in range(20)]
        await asyncio.sleep(0.1)
        assert (await post(url, {}))[0] == 200
        assert all(hung_up for hung_up, _ in await asyncio.gather(*slow))


async def test_headers_without_end_are_cut_off_by_their_size() -> None:
    patient = Limits(header_seconds=60)
    async with scripted({"content": "x"}) as upstream, gateway(upstream, limits=patient) as url:
        hung_up, _ = await trickle(url, HEAD, b"X-A: " + b"b" * 8000 + b"\r\n", pause=0.01)
        assert hung_up


async def test_a_body_that_trickles_in_is_refused() -> None:
    start = HEAD + b"Content-Length: 5000\r\n\r\n" + BODY[:-1]
    async with scripted({"content": "x"}) as upstream, gateway(upstream, limits=HASTY) as url:
        _, said = await trickle(url, start, b" ")
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"invalid_request_error" in said


async def test_a_body_that_is_announced_too_large_is_not_waited_for() -> None:
    start = HEAD + b"Content-Length: 99999999999\r\n\r\n"
    async with scripted({"content": "x"}) as upstream, gateway(upstream) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(start)
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 413 ")
        writer.transport.abort()


async def test_a_client_that_never_reads_is_cut_off() -> None:
    async with scripted({"content": "x" * 20_000_000}) as upstream, gateway(upstream, limits=HASTY) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        transport: Any = writer.transport
        transport.pause_reading()
        writer.write(HEAD + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY)
        await asyncio.sleep(1.5)
        status, _, _ = await post(url.removesuffix("/v1"), b"", path="/nothing")
        assert status == 404
        transport.resume_reading()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(20_000_000), 10)
        transport.abort()
