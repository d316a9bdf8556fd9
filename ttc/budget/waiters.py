"""Lines of waiting calls, one for each ledger of a tree: a call is looked at again only where something came back.

Every waiter stands in one line, that of a ledger which lacks for it or for one that came before it. So what a call
gives back costs a look at the first of each line above it, however many others wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")
_NUMBERS = count()


class Line(Generic[T]):
    """Who waits at one ledger, the first to come first."""

    __slots__ = ("_awake", "_waiters")

    def __init__(self) -> None:
        self._waiters: list[tuple[int, Waiter[T]]] = []
        self._awake = False

    def first(self) -> Waiter[T] | None:
        """The waiter that came first. Those that were cancelled meanwhile leave the line."""
        while self._waiters and self._waiters[0][1].granted.done():
            heappop(self._waiters)
        return self._waiters[0][1] if self._waiters else None

    def put(self, waiter: Waiter[T]) -> None:
        """Let a waiter stand here, in its order of arrival."""
        heappush(self._waiters, (waiter.number, waiter))
        waiter.at = self


@dataclass(slots=True, eq=False)
class Waiter(Generic[T]):
    """A call that waits for its hold. `lines` are those of its ledger and of all above it, up to the root.

    `decide` grants or refuses it (None), or names the line whose running calls it should wait for.
    """

    lines: Sequence[Line[T]]
    decide: Callable[[Waiter[T]], Line[T] | None]
    granted: asyncio.Future[T] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    number: int = field(default_factory=lambda: next(_NUMBERS))
    at: Line[T] | None = None
    left_behind: list[Line[T]] = field(default_factory=list)
    """Lines below, in which no other goes on before this waiter does."""

    def begin(self) -> None:
        """Grant or refuse it now, or let it stand in a line."""
        lacking = self._lacking()
        if lacking is not None:
            lacking.put(self)

    def left(self) -> None:
        """It was cancelled: those who stood behind it may go on."""
        if self.at is not None:
            serve([self.at, *self.left_behind])

    def retry(self) -> list[Line[T]]:
        """As the first of its line: grant it, refuse it or move it. The lines in which others may go on now."""
        here = self.at
        assert here is not None
        lacking = self._lacking()
        if lacking is here:
            return []
        if lacking is not None:
            heappop(here._waiters)
            lacking.put(self)
            if self.lines.index(lacking) > self.lines.index(here):  # all who stand behind it here lack the same
                self.left_behind.append(here)
                return []
        free, self.left_behind = [here, *self.left_behind], []
        return free

    def _lacking(self) -> Line[T] | None:
        """The line to wait in: one in which another came before, or that of a ledger which lacks. None = decided."""
        for line in self.lines:
            if line is not self.at and (first := line.first()) is not None and first.number < self.number:
                return line
        try:
            return self.decide(self)
        except Exception as error:  # a price that cannot be told is this call's fault, not that of the one that ended
            self.granted.set_exception(error)
            return None


def serve(lines: Iterable[Line[T]]) -> None:
    """Grant and refuse in order of arrival what can be, after these lines' ledgers got something back."""
    agenda: list[tuple[int, Line[T]]] = []

    def wake(line: Line[T]) -> None:
        first = line.first()
        if first is not None and not line._awake:
            line._awake = True
            heappush(agenda, (first.number, line))

    for line in lines:
        wake(line)
    while agenda:
        number, line = heappop(agenda)
        line._awake = False
        first = line.first()
        if first is not None and first.number == number:
            for free in first.retry():
                wake(free)
        else:  # another one is the first here now
            wake(line)
