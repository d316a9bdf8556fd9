"""Calls side by side: all results in order, results as they come, at most so many at once, and races of candidates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from ttc.errors import BackendError, BudgetExhausted, TTCError
from ttc.types import Candidate

J = TypeVar("J")
T = TypeVar("T")

Refusal = BudgetExhausted | BackendError
"""What may befall one call without making the others worthless."""


async def together(calls: Sequence[Awaitable[T]]) -> list[T]:
    """All results in order; the first error cancels the rest and is raised bare, not in a group."""
    if len(calls) == 1:
        return [await calls[0]]

    async def run(call: Awaitable[T]) -> T:
        return await call

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def outcomes(calls: Sequence[Awaitable[T]]) -> list[T | Refusal]:
    """All results in order; refusals by the budget or the server stand in their place, other errors are raised.

    If every call was refused, the first refusal is raised.
    """

    async def guarded(call: Awaitable[T]) -> T | Refusal:
        try:
            return await call
        except (BudgetExhausted, BackendError) as refusal:
            return refusal

    results = await together([guarded(call) for call in calls])
    refusals = [result for result in results if isinstance(result, TTCError)]
    if refusals and len(refusals) == len(results):
        raise refusals[0]
    return results


class Arrivals(Generic[J, T]):
    """Jobs that run side by side; what `do` makes of each comes in the order of arrival."""

    def __init__(self, do: Callable[[J], Awaitable[T]]):
        self._do = do
        self._tasks: list[asyncio.Task[None]] = []
        self._arrived: asyncio.Queue[tuple[J, T | BaseException]] = asyncio.Queue()
        self.running = 0
        """How many have not been delivered yet."""

    def start(self, jobs: Iterable[J]) -> None:
        """Start these jobs too."""
        started = [asyncio.create_task(self._run(job)) for job in jobs]
        self.running += len(started)
        self._tasks += started

    async def _run(self, job: J) -> None:
        try:
            self._arrived.put_nowait((job, await self._do(job)))
        except BaseException as error:
            self._arrived.put_nowait((job, error))
            if not isinstance(error, Exception):
                raise

    async def arrival(self) -> tuple[J, T | BaseException]:
        """The next job that has ended, with its result or its error."""
        arrived = await self._arrived.get()
        self.running -= 1
        return arrived

    async def cancel(self) -> None:
        """Stop what still runs and wait until it has ended (and, in a run, settled its cost)."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Bounded(Arrivals[J, T]):
    """An asynchronous iterator over (job, result) of many jobs, `at_once` at a time, in order of completion.

    The first error is raised. Whoever iterates must `cancel` at the end: what the jobs leave may be needed before that.
    """

    def __init__(self, do: Callable[[J], Awaitable[T]], jobs: Iterable[J], at_once: int):
        super().__init__(do)
        self._waiting, self._at_once = iter(jobs), at_once

    def __aiter__(self) -> Bounded[J, T]:
        return self

    async def __anext__(self) -> tuple[J, T]:
        self._tasks = [task for task in self._tasks if not task.done()]
        self.start(job for _, job in zip(range(self._at_once - self.running), self._waiting, strict=False))
        if not self.running:
            raise StopAsyncIteration
        job, result = await self.arrival()
        if isinstance(result, BaseException):
            raise result
        return job, result


class Race(Arrivals[str, Candidate]):
    """An asynchronous iterator over the candidates of a race; made by `Session.race`.

    `draw` makes the candidate of a name, `name` the next name. Candidates that the budget or the server refused are
    left out; if all are, the first error is raised.
    """

    def __init__(self, draw: Callable[[str], Awaitable[Candidate]], name: Callable[[], str]):
        super().__init__(draw)
        self._name = name
        self._delivered = 0
        self._refusal: Refusal | None = None

    def more(self, n: int) -> None:
        """Start n further candidates."""
        self.start(self._name() for _ in range(n))

    def __aiter__(self) -> Race:
        return self

    async def __anext__(self) -> Candidate:
        while self.running:
            _, item = await self.arrival()
            if isinstance(item, Candidate):
                self._delivered += 1
                return item
            if not isinstance(item, Refusal):
                raise item
            self._refusal = self._refusal or item
        if not self._delivered and self._refusal is not None:
            raise self._refusal
        raise StopAsyncIteration
