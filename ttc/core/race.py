"""Candidates in order of arrival, with the rest cancelled when enough have come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ttc.errors import BackendError, BudgetExhausted, TTCError
from ttc.types import Candidate


class Race:
    """An asynchronous iterator over the candidates of a race; made by `Session.race`.

    Candidates that the budget or the server refused are left out; if all are, the first error is raised.
    """

    def __init__(self, start: Callable[[], Awaitable[Candidate]]):
        self._start = start
        self._tasks: list[asyncio.Task[None]] = []
        self._arrived: asyncio.Queue[Candidate | Exception] = asyncio.Queue()
        self._delivered = 0
        self._refusal: TTCError | None = None
        self.running = 0
        """How many have not been delivered yet."""

    def more(self, n: int) -> None:
        """Start n further candidates."""
        self.running += n
        self._tasks += [asyncio.ensure_future(self._run(self._start())) for _ in range(n)]

    async def _run(self, candidate: Awaitable[Candidate]) -> None:
        try:
            self._arrived.put_nowait(await candidate)
        except Exception as error:
            self._arrived.put_nowait(error)

    def __aiter__(self) -> Race:
        return self

    async def __anext__(self) -> Candidate:
        while self.running:
            item = await self._arrived.get()
            self.running -= 1
            if isinstance(item, Candidate):
                self._delivered += 1
                return item
            if not isinstance(item, BudgetExhausted | BackendError):
                raise item
            self._refusal = self._refusal or item
        if not self._delivered and self._refusal is not None:
            raise self._refusal
        raise StopAsyncIteration

    async def cancel(self) -> None:
        """Stop what still runs and wait until it has settled its cost."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
