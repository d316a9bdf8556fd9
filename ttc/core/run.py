"""One run: a strategy under a budget and a deadline becomes a Result, whatever ends it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ttc.backends.base import Taped
from ttc.core import certainty
from ttc.core.candidates import answered
from ttc.core.needs import check_needs
from ttc.core.result import Result
from ttc.core.session import Session
from ttc.errors import BudgetExhausted, TTCError
from ttc.types import Candidate, Cost, Stopped

if TYPE_CHECKING:
    from ttc.backends.base import Backend
    from ttc.budget.budget import Budget
    from ttc.core.strategy import Strategy


async def run(strategy: Strategy, name: str, session: Session) -> Result:
    """Run the strategy to its end, to the end of the budget, or to the deadline.

    An error of the server or of a verifier is raised, and brings along what had been found.
    """
    stopped: Stopped = "finished"
    limit: str | None = None
    chosen: Candidate | None = None
    try:
        async with _deadline(session) as timeout:
            await check_needs(session, strategy)
            chosen = await strategy.run(session)
    except BudgetExhausted as error:
        stopped, limit = "budget", error.limit
    except TimeoutError:
        if not timeout.expired():  # of the caller: no deadline of the run
            raise
        stopped, limit = "deadline", "interrupted" if session.door.interrupted else "seconds"
    except TTCError as error:
        if session.candidates:
            error.result = result_of(session, name, "error", None, None)
        raise
    if stopped == "finished" and session.refused is not None:
        stopped, limit = "budget", session.refused
    return result_of(session, name, stopped, limit, chosen)


def result_of(session: Session, name: str, stopped: Stopped, limit: str | None, chosen: Candidate | None) -> Result:
    """What the run has found and paid for; where the strategy chose nothing, the answer is that of `fallback`."""
    session.end_algebra()  # a deadline may have ended the run while algebra was at work: nothing is waited for now
    chosen = fallback(session) if chosen is None or _is_speechless(session, chosen) else chosen
    believed = session.p_right(chosen)
    stated = session.board.confidence if chosen is not None and _is_proposed(session, chosen) else None
    confidence = stated if stated is not None or believed is None else believed.right
    session.note("end", stopped=stopped, limit=limit, answer=chosen.answer if chosen else None)
    return Result(
        problem=session.problem,
        strategy=name,
        answer=chosen.answer if chosen else None,
        text=chosen.text if chosen else "",
        confidence=confidence,
        candidate=chosen,
        candidates=tuple(session.candidates),
        verdicts=dict(session.verdicts),
        stopped=stopped,
        cost=replace(session.ledger.cost, seconds=session.now()),
        cost_by_kind=dict(session.door.cost_by_kind) or {"solve": Cost()},
        seed=session.door.seed,
        limit=limit,
        warnings=tuple(certainty.warnings_of(session)),
        trace=session.trace,
    )


def fallback(session: Session) -> Candidate | None:
    """What to answer when the strategy could not end: its last proposal with an answer, else the majority."""
    proposed, candidates = session.board.proposed, session.candidates
    if proposed is not None and proposed.answer is not None:
        return proposed
    groups = session.group(candidates)
    return candidates[groups[0][0]] if groups else proposed or (candidates[0] if candidates else None)


def _is_speechless(session: Session, chosen: Candidate) -> bool:
    """Whether it has no answer while others have one; a strategy that abstains has taken an answer away."""
    own = session.board.candidates.get(chosen.id, chosen)
    return chosen.answer is None and own.answer is None and answered(session.candidates)


def _is_proposed(session: Session, chosen: Candidate) -> bool:
    """Whether the chosen candidate is the last proposal."""
    return session.board.proposed is not None and session.board.proposed.id == chosen.id


@asynccontextmanager
async def _deadline(session: Session) -> AsyncIterator[asyncio.Timeout]:
    """End the block with TimeoutError at the run's deadline, if it has one, or when it is interrupted.

    What comes first ends it, and tells why; whatever comes while the block tidies up changes nothing.
    """
    backend = session.backend
    async with asyncio.timeout(None) as timeout:
        ends = _marked(session, timeout, backend) if isinstance(backend, Taped) else _plain(session, timeout)
        async with ends:
            yield timeout


@asynccontextmanager
async def _plain(session: Session, timeout: asyncio.Timeout) -> AsyncIterator[None]:
    """Set the timeout off at the deadline or when interrupted; without tasks, for replays make thousands of runs."""
    loop, over = asyncio.get_running_loop(), False

    def end(name: str) -> None:
        if not over and timeout.when() is None:
            session.door.interrupted = name == "interrupted"
            timeout.reschedule(loop.time())

    session.door.interrupt = partial(end, "interrupted")
    left = session.left("seconds")
    timer = loop.call_later(max(0.0, left), end, "deadline") if math.isfinite(left) else None
    try:
        yield
    finally:
        over = True
        if timer is not None:
            timer.cancel()


@asynccontextmanager
async def _marked(session: Session, timeout: asyncio.Timeout, tape: Taped) -> AsyncIterator[None]:
    """The same on a tape: a recording gets a mark before anything is cancelled; a replay ends where the mark was,
    whatever the clock says. Live and replayed, the same task is woken by an event, so that both cancel the same number
    of turns later.
    """
    loop, replayed = asyncio.get_running_loop(), tape.marker("deadline") is not None
    marks = {name: tape.marker(name) or asyncio.Event() for name in ("deadline", "interrupted")}

    def fire(name: str) -> None:
        if not any(mark.is_set() for mark in marks.values()):
            tape.mark(name)
            marks[name].set()

    async def end_at(name: str) -> None:
        await marks[name].wait()
        if timeout.when() is None:
            session.door.interrupted = name == "interrupted"
            timeout.reschedule(loop.time())

    session.door.interrupt = partial(fire, "interrupted")
    watchers = [asyncio.create_task(end_at(name)) for name in marks]
    left = math.inf if replayed else session.left("seconds")
    timer = loop.call_later(max(0.0, left), fire, "deadline") if math.isfinite(left) else None
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.wait(watchers)
        if timer is not None:
            timer.cancel()


def check_prices(budget: Budget, backend: Backend) -> None:
    """A budget in a currency that the backend cannot count would be no budget."""
    if budget.usd is not None and backend.pricing.usd(1, 0, 1) is None:
        raise ValueError(
            f"budget usd is {budget.usd}, but the prices of {backend.model} are not known; "
            "pass prices=TokenPrices(prompt=..., output=...), or use a budget of tokens"
        )
    if budget.eflops is not None and backend.pricing.eflops(1, 0, 1) is None:
        raise ValueError(
            f"budget eflops is {budget.eflops}, but the shape of {backend.model} is not known; "
            "use a GGUF, a well-known model or a budget of tokens"
        )
