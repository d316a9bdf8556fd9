"""A clock of causes: how much of what an event sets off has happened when the next event comes.

After every event a chain of callbacks runs through the event loop, one in each of its turns, behind all that the event
set off. Counting the callbacks of all chains between two events tells their place in the loop's queue exactly, so
that a replay can put the second event at the same place; waiting a time could not do that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LENGTH = 16
"""Callbacks in a chain. After so many turns, everything that an event sets off at once has happened."""


class Hops:
    """Counts the callbacks (`passed`) since the last event; `running` chains have not ended yet."""

    def __init__(self, listener: Callable[[], None] = lambda: None):
        self.passed = 0
        self.running = 0
        self._listener = listener

    @property
    def place(self) -> int | None:
        """Where the next event would be: callbacks since the last one, None when all is quiet."""
        return self.passed if self.running else None

    def has_come(self, place: int | None) -> bool:
        """Whether the place of a recorded event has been reached."""
        return not self.running or (place is not None and self.passed >= place)

    def event(self) -> None:
        """An event has happened, and what it sets off is in the queue."""
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
