"""uvicorn's HTTP protocol plus two time-outs: for headers that arrive slowly, and for replies that are not read."""

from __future__ import annotations

import asyncio
from typing import Any

from ttc.serve.settings import Limits

LARGEST_HEADERS = 65_536  # bytes


def timed_protocol(limits: Limits) -> Any:
    """A class for `uvicorn.Config(http=...)`. It cuts connections that break the limits of time and size."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    base: Any = AutoHTTPProtocol

    class TimedProtocol(base):  # type: ignore[misc]
        """One connection. uvicorn itself only times the pause between two requests."""

        reading: asyncio.TimerHandle | None = None
        writing: asyncio.TimerHandle | None = None
        received = 0

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.reading = self.loop.call_later(limits.header_seconds, transport.abort)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is None or self.cycle.response_complete:  # the headers of the next request are not complete
                self.received += len(data)
                if self.received > LARGEST_HEADERS:
                    self.transport.abort()
                elif self.reading is None:
                    self.reading = self.loop.call_later(limits.header_seconds, self.transport.abort)
            else:
                self.received, self.reading = 0, _cancelled(self.reading)

        def connection_lost(self, exc: Exception | None) -> None:
            self.reading, self.writing = _cancelled(self.reading), _cancelled(self.writing)
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self.writing = self.loop.call_later(limits.write_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            self.writing = _cancelled(self.writing)

    return TimedProtocol


def _cancelled(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stop a timer; the value is None, to be put in its place."""
    if timer is not None:
        timer.cancel()
    return None
