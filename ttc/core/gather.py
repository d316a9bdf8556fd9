"""Run coroutines together, keep their order, and lose nothing that was paid for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from ttc.errors import BackendError, BudgetExhausted, TTCError

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
