"""How many requests may be in flight, and how many may start in a second. First come, first served; cancel freely."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from types import TracebackType
from weakref import WeakKeyDictionary

from asyncio_throttle.throttler import Throttler

from ttc.errors import check_range


class _Queue:
    """The permits and the waiters of one event loop."""

    __slots__ = ("dispatcher", "free", "waiters")

    def __init__(self, free: int = 0):
        self.free = free
        self.waiters: deque[asyncio.Future[None]] = deque()
        self.dispatcher: asyncio.Task[None] | None = None

    def wake_next(self) -> bool:
        """Wake the first waiter that still waits. False when there is none."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return True
        return False


class Limiter:
    """At most `limit` holders at a time (None = no limit), served in the order in which they came.

    A permit is handed straight to the next waiter, so late comers never overtake. A waiter that is cancelled in the
    very tick in which it was served hands its permit on. Each event loop has its own `limit` permits, so one limiter
    lives through several `asyncio.run` calls.
    """

    def __init__(self, limit: int | None = None):
        check_range("[1, inf)", "or None for no limit", concurrency=limit)
        self.limit = limit
        self.peak = 0
        self._held = 0
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()
        self._latest: tuple[Callable[[], asyncio.AbstractEventLoop | None], _Queue] | None = None

    @property
    def held(self) -> int:
        """Permits in use now, over all event loops."""
        return self._held

    async def acquire(self) -> None:
        """Take a permit, waiting for one if need be."""
        if self.limit is not None:
            queue = self._queue(self.limit)
            if queue.free > 0:
                queue.free -= 1
            else:
                await self._wait(queue)
        self._held += 1
        self.peak = max(self.peak, self._held)

    def release(self) -> None:
        """Give a permit back: to the next waiter, if there is one."""
        self._held -= 1
        if self.limit is not None:
            _pass_on(self._queue(self.limit))

    async def _wait(self, queue: _Queue) -> None:
        waiter = asyncio.get_running_loop().create_future()
        queue.waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # served and cancelled in the same tick: the permit was ours already
                _pass_on(queue)
            raise

    def _queue(self, limit: int) -> _Queue:
        loop = asyncio.get_running_loop()
        if self._latest is not None and self._latest[0]() is loop:  # nearly always, and a tenth of the look-up's cost
            return self._latest[1]
        queue = self._queues.get(loop)
        if queue is None:
            queue = self._queues[loop] = _Queue(limit)
        self._latest = weakref.ref(loop), queue
        return queue

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _pass_on(queue: _Queue) -> None:
    if not queue.wake_next():
        queue.free += 1


class RateValve:
    """At most `per_second` starts in a second (None = no limit), in the order in which they were asked for.

    asyncio-throttle keeps the sliding window. Its waiters poll and overtake each other. So only one dispatcher task
    ever waits there and serves a queue; it ends when the queue is empty.
    """

    def __init__(self, per_second: float | None = None):
        check_range("(0, inf)", "or None for no limit", requests_per_second=per_second)
        self._open = per_second is None
        starts = max(1, int(per_second or 1))
        self._throttler = Throttler(rate_limit=starts, period=starts / (per_second or 1))
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()

    async def acquire(self) -> None:
        """Wait for the turn to start one request."""
        if self._open:
            return
        loop = asyncio.get_running_loop()
        queue = self._queues.setdefault(loop, _Queue())
        waiter = loop.create_future()
        queue.waiters.append(waiter)
        if queue.dispatcher is None or queue.dispatcher.done():
            queue.dispatcher = loop.create_task(self._dispatch(queue), name="ttc-rate-valve")
        await waiter

    async def _dispatch(self, queue: _Queue) -> None:
        while any(not waiter.done() for waiter in queue.waiters):
            await self._throttler.acquire()  # type: ignore[no-untyped-call]
            queue.wake_next()
