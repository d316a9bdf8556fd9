"""Jobs side by side: never more than allowed, in order of completion, and none is left behind."""

import asyncio
import itertools

import pytest

from ttc.core.race import Bounded


async def test_at_most_so_many_run_and_results_come_as_they_end() -> None:
    open_, most, taken = 0, 0, []

    async def do(turns: int) -> int:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        for _ in range(turns):
            await asyncio.sleep(0)
        open_ -= 1
        return -turns

    async for job, result in Bounded(do, [30, 3, 9, 1], 2):
        assert result == -job
        taken.append(job)
    assert taken == [3, 9, 1, 30]
    assert most == 2


async def test_jobs_are_taken_only_when_there_is_room() -> None:
    given: list[int] = []

    async def do(job: int) -> None:
        await asyncio.sleep(0)

    running = Bounded(do, (given.append(n) or n for n in itertools.count()), 3)  # type: ignore[func-returns-value]
    for number in range(5):
        await anext(running)
        assert len(given) == 3 + number
    await running.cancel()


async def test_an_error_is_raised_and_the_rest_goes_on_until_it_is_cancelled() -> None:
    ended: list[str] = []

    async def do(job: str) -> None:
        try:
            if job == "bad":
                raise KeyError(job)
            await asyncio.sleep(60)
        finally:
            ended.append(job)

    running = Bounded(do, ["slow", "bad", "slow too"], 3)
    with pytest.raises(KeyError, match="bad"):
        await anext(running)
    assert ended == ["bad"]
    await running.cancel()
    assert sorted(ended) == ["bad", "slow", "slow too"]


async def test_a_job_that_is_cancelled_from_within_does_not_hang_the_others() -> None:
    async def do(job: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await anext(Bounded(do, [1], 1))
