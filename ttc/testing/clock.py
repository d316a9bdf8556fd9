"""An event loop whose clock jumps: hours of simulated latencies pass at once, and always in the same order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class JumpingSelector(selectors.BaseSelector):
    """Where the loop would wait for its next timer, moves `time` forward instead; real input still arrives."""

    def __init__(self) -> None:
        self.time = 0.0
        self._inner = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the timeout is over at once. Without a timer it really waits."""
        ready = self._inner.select(0 if timeout is not None else None)
        if not ready and timeout:
            self.time += timeout
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As in the selector of the platform."""
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As in the selector of the platform."""
        return self._inner.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """As in the selector of the platform."""
        return self._inner.get_map()

    def close(self) -> None:
        """As in the selector of the platform."""
        self._inner.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: `time()` is in virtual seconds from 0."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.time


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time. Threads and servers do not know that clock: only for what sleeps by asyncio."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
