"""Things that belong to an event loop (connections) and are closed with it, also where the user does not close them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
Keeper = AsyncGenerator[None, None]


class Kept(Generic[T]):
    """One thing for each event loop. `asyncio.run` ends all async generators of its loop, and with them what is kept.

    A thing refers to its loop, so that neither would ever go where this only remembered them.
    """

    def __init__(self) -> None:
        self._things: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[T, Keeper]] = WeakKeyDictionary()

    def get(self) -> T | None:
        """What is kept for the running loop."""
        found = self._things.get(asyncio.get_running_loop())
        return None if found is None else found[0]

    def keep(self, thing: T, close: Callable[[], Awaitable[object]]) -> None:
        """Keep a thing for the running loop until `aclose`, or until the loop ends."""
        loop = asyncio.get_running_loop()
        keeper = self._closed_at_the_end(loop, thing, close)
        with suppress(StopIteration):  # up to its yield, which makes the loop know of it
            keeper.__anext__().__await__().__next__()
        self._things[loop] = thing, keeper

    async def aclose(self) -> None:
        """Close what is kept for the running loop."""
        found = self._things.get(asyncio.get_running_loop())
        if found is not None:
            await found[1].aclose()

    async def _closed_at_the_end(
        self, loop: asyncio.AbstractEventLoop, thing: T, close: Callable[[], Awaitable[object]]
    ) -> Keeper:
        try:
            yield
        finally:
            if (found := self._things.get(loop)) is not None and found[0] is thing:
                del self._things[loop]
            await close()
