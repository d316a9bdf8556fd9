"""Counts event-loop turns between recorded events, so that a replay inserts each event at the same turn.

After every event a chain of callbacks runs through the event loop, one callback in each turn. Each callback stands in
the loop's queue behind the work that the event started. The number of callbacks between two events therefore gives
the exact place of the second one. A replay that waited for a time instead could not reproduce that place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LENGTH = 16
"""Callbacks in a chain: after so many turns, all the work that an event starts at once has been done."""


class Hops:
    """Counts the callbacks (`passed`) since the last event; `running` chains have not ended yet."""

    def __init__(self, listener: Callable[[], None] = lambda: None):
        self.passed = 0
        self.running = 0
        self._listener = listener

    @property
    def place(self) -> int | None:
        """Where the next event would be: callbacks since the last event, or None when no chain runs."""
        return self.passed if self.running else None

    def has_come(self, place: int | None) -> bool:
        """Whether the place of a recorded event has been reached."""
        return not self.running or (place is not None and self.passed >= place)

    def event(self) -> None:
        """Start a chain: an event has happened, and the work that it starts is in the queue."""
        self.passed = 0
        self.running += 1
        asyncio.get_running_loop().call_soon(self._hop, LENGTH - 1)

    def _hop(self, left: int) -> None:
        self.passed += 1
        if left:
            asyncio.get_running_loop().call_soon(self._hop, left - 1)
        else:
            self.running -= 1
        self._listener()
