"""How long symbolic algebra may be waited for: by one grouping, by one run, and not at all when a run has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from ttc.answers.symbolic import SYMBOLIC

RUN_SECONDS: Final = 30.0
"""For all comparisons of one run by algebra; most take some hundredths of a second."""
TURN_SECONDS: Final = 1.0
"""For one run at a stretch where others wait for the algebra too."""


class Undecided(Exception):
    """Two answers could not be compared now: they count as different, and that is not remembered."""


class Unsettled(Exception):
    """Two answers can only be compared by symbolic algebra, which may not be waited for here."""


@dataclass(slots=True, eq=False)
class Algebra:
    """The symbolic algebra of one run: the seconds left, and the pairs that it has tried in vain.

    A pair in `undecided` is different for the rest of the run, so that all of the run groups its answers alike.
    """

    left: float = RUN_SECONDS
    undecided: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, pair: tuple[str, str], first: str, second: str) -> bool:
        """What algebra says of a pair; Undecided where it cannot say, cannot say in time, or time is up."""
        if self.left <= 0 or pair in self.undecided:
            raise Undecided
        turn = TURN.get()
        if turn is not None and turn.over:
            raise Unsettled
        started = time.monotonic()
        result = SYMBOLIC.compare(first, second)
        self.left -= time.monotonic() - started
        if turn is not None and turn.stopped:
            raise Unsettled  # it was interrupted, which says nothing about the pair
        if result is None:
            self.undecided.add(pair)
            raise Undecided
        return result

    def end(self) -> None:
        """From now on nothing is waited for: what is not known by now is different."""
        self.left = 0.0


@dataclass(slots=True, eq=False)
class Turn:
    """One run's turn at the algebra, in a thread; `until` is a time of the monotonic clock."""

    until: float = 0.0
    stopped: bool = False
    thread: int = 0

    @property
    def over(self) -> bool:
        """Whether the next comparison must wait for another turn."""
        return self.stopped or time.monotonic() >= self.until

    def begin(self) -> None:
        """Take the turn in this thread."""
        self.thread, self.until = threading.get_ident(), time.monotonic() + TURN_SECONDS

    def stop(self) -> None:
        """End the turn, and the comparison that it may be waiting for."""
        self.stopped = True
        SYMBOLIC.interrupt(self.thread)


ALGEBRA: Final[ContextVar[Algebra | None]] = ContextVar("ALGEBRA", default=None)
TURN: Final[ContextVar[Turn | None]] = ContextVar("TURN", default=None)
"""None: algebra may be waited for. A turn that never began: not at all."""


@contextmanager
def within(algebra: Algebra, turn: Turn | None = None) -> Iterator[None]:
    """Compare answers on this account, and within a turn if one is given."""
    before, turn_before = ALGEBRA.set(algebra), TURN.set(turn)
    try:
        yield
    finally:
        TURN.reset(turn_before)
        ALGEBRA.reset(before)
