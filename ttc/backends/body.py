"""The body of a reply, bounded: a server cannot fill the memory, by length, by a line without end or by compression.

Replies are unpacked here and not by aiohttp, which makes all that one packet of a compressed reply stands for at once.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

import aiohttp

from ttc.backends.retry import Garbled, Place
from ttc.errors import BackendError

ENCODINGS: Final = "gzip, deflate"
"""What a request says that it takes."""
LARGEST: Final = 2**27
"""Bytes of a whole reply, or of one line of a stream: 32,768 tokens with their top 20 have half as many."""
STEP: Final = 2**18
"""Bytes that are unpacked at once."""
WORDS: Final = 2**16
"""Bytes that are read of an error's body."""


async def parts(response: aiohttp.ClientResponse, place: Place) -> AsyncGenerator[bytes, None]:
    """The bytes of a reply as they come, unpacked."""
    unpack = _Unpacker(response.headers.get("Content-Encoding", "identity").strip().lower(), place)
    while data := await response.content.readany():
        for part in unpack.of(data):
            yield part


async def whole(response: aiohttp.ClientResponse, place: Place) -> bytes:
    """All of a reply. Raises BackendError where it has more than LARGEST bytes."""
    found, size = [], 0
    async with aclosing(parts(response, place)) as coming:
        async for part in coming:
            found.append(part)
            if (size := size + len(part)) > LARGEST:
                response.close()
                raise too_long("a reply", place)
    return b"".join(found)


async def words(response: aiohttp.ClientResponse, place: Place) -> str:
    """The start of an error's body."""
    found = b""
    async with aclosing(parts(response, place)) as coming:
        async for part in coming:
            found += part
            if len(found) > WORDS:
                response.close()
                break
    return found[:WORDS].decode(errors="replace")


class Lines:
    """Cuts parts into lines, in time that goes with their length. `rest` is what comes after the last whole line."""

    def __init__(self, place: Place):
        self._place = place
        self._open: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> list[bytes]:
        """The lines that this part ends, without their line ends."""
        first, *others = part.split(b"\n")
        self._open.append(first)
        self._size += len(first)
        if self._size > LARGEST:
            raise too_long("a line of a stream", self._place)
        if not others:
            return []
        lines = [b"".join(self._open), *others[:-1]]
        self._open, self._size = [others[-1]], len(others[-1])
        return lines

    def rest(self) -> bytes:
        """What stands behind the last line end."""
        return b"".join(self._open)


class _Unpacker:
    """Undoes the compression of a reply, STEP bytes at a time."""

    def __init__(self, encoding: str, place: Place):
        if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
            raise BackendError(f"{place.url} sent a reply packed as {encoding[:40]!r}, which was not asked for")
        self._bits = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}.get(
            encoding
        )
        self._place = place
        self._open = None if self._bits is None else zlib.decompressobj(self._bits)

    def of(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes of the reply stand for."""
        if self._open is None or self._bits is None:
            yield data
            return
        try:
            while data:
                if part := self._open.decompress(data, STEP):
                    yield part
                data = self._open.unconsumed_tail
                if self._open.eof:
                    data, self._open = self._open.unused_data, zlib.decompressobj(self._bits)
        except zlib.error as error:
            raise Garbled(f"{self._place.url} sent a reply that cannot be unpacked ({error})", len(data)) from error


def too_long(what: str, place: Place) -> BackendError:
    """The error for more bytes than any answer has."""
    return BackendError(
        f"{place.url} sent {what} of more than {LARGEST >> 20} MiB; ask for fewer completions or top_logprobs at once"
    )
