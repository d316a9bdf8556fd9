"""What a passed-through reply cost, read from its bytes without touching them."""

from __future__ import annotations

import json

from ttc.backends.wire import Usage, read_usage

TAIL = 8192  # bytes of a stream that are kept to look for the usage in; it comes in the last event
_DECODER = json.JSONDecoder()


class Tally:
    """Sees the bytes of a reply go by. `stream` keeps only the end; a plain reply is kept whole."""

    __slots__ = ("_kept", "_stream", "events")

    def __init__(self, stream: bool):
        self._stream, self._kept, self.events = stream, b"", 0

    def see(self, chunk: bytes) -> None:
        """Take note of a chunk."""
        self._kept = (self._kept + chunk)[-TAIL:] if self._stream else self._kept + chunk
        self.events += chunk.count(b"data:")

    def usage(self, request_bytes: int) -> Usage:
        """What the server said, or an estimate where the reply broke off: a token an event, four bytes a token."""
        found = last_usage(self._kept)
        prompt, cached, output = (found.prompt, found.cached, found.output) if found else (None, 0, None)
        if prompt is None:
            prompt = request_bytes // 4
        if output is None:
            output = self.events if self._stream else len(self._kept) // 4
        return Usage(prompt, cached, output)


def last_usage(data: bytes) -> Usage | None:
    """The last `usage` object in some JSON or event stream, if there is a whole one.

    A text that quotes the word cannot be taken for it: inside JSON its quotation marks are escaped.
    """
    end = len(data)
    while (place := data.rfind(b'"usage"', 0, end)) >= 0:
        rest = data[place + 7 :].decode(errors="replace").lstrip()
        if rest.startswith(":") and (rest := rest[1:].lstrip()).startswith("{"):
            try:
                return read_usage({"usage": _DECODER.raw_decode(rest)[0]})
            except ValueError:
                pass
        end = place
    return None


def without_usage(pending: bytes, chunk: bytes) -> tuple[bytes, bytes]:
    """The whole events of a stream so far without the one that holds only the usage, and what is not whole yet.

    For a client that did not ask for usage where the gateway had to.
    """
    *events, rest = (pending + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
    kept = [event for event in events if b'"choices":[]' not in event.replace(b" ", b"")]
    return b"".join(event + b"\n\n" for event in kept), rest
