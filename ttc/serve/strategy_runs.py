"""Requests that ask for a strategy are runs of `Solver`; their results go back whole or as a stream."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.result import Result
from ttc.serve.asgi import EVENTS, JSON, Reply
from ttc.serve.job import Job
from ttc.serve.metrics import Metrics
from ttc.serve.refusals import Refusal, quota, refusal_of, unpriced
from ttc.serve.reply import Writer, progress_of
from ttc.serve.settings import Settings
from ttc.serve.tenants import Tenant
from ttc.solver import Listener
from ttc.types import Event
from ttc.values import read_values

QUIET_SECONDS = 10.0  # after which a stream says that it is alive


class StrategyRuns:
    """Runs jobs and counts what they cost."""

    def __init__(self, settings: Settings, metrics: Metrics):
        self._settings, self._metrics = settings, metrics
        self._values = read_values(settings.values)

    async def __call__(self, job: Job, tenant: Tenant, reply: Reply) -> None:
        """Answer one job."""
        if job.stream:
            await self._stream(job, tenant, reply)
            return
        result = await self._solve(job, tenant)
        await reply.whole(200, JSON, json.dumps(Writer(job.name).whole(result, job.ignored)).encode())

    async def _solve(self, job: Job, tenant: Tenant, listeners: Iterable[Listener] = ()) -> Result:
        """The result of a job; raises Refusal where there is no answer at all. What it cost is counted either way."""
        options, limits = job.options, self._settings.limits
        ledger = Ledger(Budget(calls=limits.calls), tenant.ledger)  # a cap: no strategy plans by it
        backend = await tenant.upstream.backend(job.model)
        if ledger.priced and backend.pricing.usd(1, 0, 1) is None:
            raise unpriced()
        solver = options.solver(backend, options.within(limits), job.sampling, job.seed, values=self._values)
        # not a deadline of the budget's: with one, candidates could not share a request to the server
        timer = asyncio.get_running_loop().call_later(limits.seconds, solver.stop)
        try:
            result = await solver.solve(job.problem, listeners=listeners, ledger=ledger)
        finally:
            timer.cancel()
            self._metrics.charge(tenant.name, ledger.cost)
        self._metrics.add("ttc_candidates_total", len(result.candidates), strategy=options.strategy)
        if result.candidate is None:
            raise _nothing(result, job, tenant)
        return result

    async def _stream(self, job: Job, tenant: Tenant, reply: Reply) -> None:
        """Progress as it happens, the answer once it is decided. Errors before the first candidate get a status."""
        writer, progress = Writer(job.name), Progress()
        task = asyncio.create_task(self._solve(job, tenant, [progress] if job.progress else []))
        task.add_done_callback(lambda _: progress.lines.put_nowait(None))
        try:
            await _show(progress, writer, reply)
            result = await task
            await _begin(writer, reply)
            for chunk in writer.answer(result, job.ignored):
                await reply.event(chunk)
            if job.usage:
                await reply.event(writer.last(result))
        except Exception as error:
            if not reply.started:
                raise
            await reply.event(json.loads(refusal_of(error).body()))
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        await reply.write(b"data: [DONE]\n\n", more=False)


class Progress:
    """Listens to a run and queues its lines from the first candidate on; None is the end."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._heard = False

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        self._heard = self._heard or event.name == "candidate"
        if self._heard and (line := progress_of(event)) is not None:
            self.lines.put_nowait(line)


async def _begin(writer: Writer, reply: Reply) -> None:
    if not reply.started:
        await reply.start(200, EVENTS)
        await reply.event(writer.chunk({"role": "assistant", "content": ""}))


async def _show(progress: Progress, writer: Writer, reply: Reply) -> None:
    """Send lines of progress until the run has ended; a comment when nothing happens, so that clients stay."""
    while True:
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                line = await progress.lines.get()
        except TimeoutError:
            await _begin(writer, reply)
            await reply.write(b": still thinking\n\n")
            continue
        if line is None:
            return
        await _begin(writer, reply)
        await reply.event(writer.chunk({"reasoning_content": line}))


def _nothing(result: Result, job: Job, tenant: Tenant) -> Refusal:
    """Why there is no answer: time, the key's budget, or the request's own."""
    limit = result.limit or ""
    if result.stopped == "deadline":
        return Refusal(504, "no candidate was complete in time", code="timeout")
    if math.isfinite(tenant.ledger.budget.limit(limit)) and limit not in job.options.budget:
        return quota(limit)
    return Refusal(400, f"the budget of {limit} is too small for one candidate", param="ttc.budget")
