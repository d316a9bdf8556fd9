"""The reusable `Solver`: names become objects, and a run becomes a Result."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ttc.arguments import check_arguments, check_budget, check_options, problem_of, problems_of
from ttc.backends.limiter import Limiter
from ttc.backends.tape import Recorder, Replay, resume
from ttc.belief.profile import ValueProfile
from ttc.budget.budget import Budget
from ttc.budget.ledger import HoldMode, Ledger
from ttc.connect import connect
from ttc.core.batch import Batch, run_apart
from ttc.core.door import Door
from ttc.core.race import Bounded
from ttc.core.result import Result
from ttc.core.run import check_prices, run
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.errors import check_choice, check_range
from ttc.strategies import make_strategy
from ttc.types import Event, Problem, Sampling
from ttc.values import known_values, read_values, role_names
from ttc.verifiers import make_judge, make_verifier

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ttc.backends.base import Backend
    from ttc.core.strategy import Strategy
    from ttc.core.verifier import Judge, Verifier


Listener = Callable[[Event], None]


class Solver:
    """A strategy with its backend, verifier, judge and budget, ready to solve thousands of problems.

    Connections and limits are shared by all its runs. Use it as `async with Solver(...) as solver:`.

    >>> import asyncio
    >>> from ttc.backends.simulated import SimulatedBackend
    >>> async def main():
    ...     backend = SimulatedBackend(p_correct=1.0, gold=lambda text: "42")
    ...     async with Solver("self_consistency", knobs={"n": 4}, backend=backend) as solver:
    ...         return [result.answer async for result in solver.solve_many(["What is 6 * 7?", "What is 40 + 2?"])]
    >>> asyncio.run(main())
    ['42', '42']

    Args:
        strategy: A name (`ttc strategies` lists them) or an object.
        backend: A Backend, or what `open_backend` takes: a base URL with an optional "#model", "openai:MODEL", the path
            of a GGUF. None = the laboratory model that ships with ttc.
        budget: Limits of each problem.
        verifier: A name, with knobs as in "panel:max_tokens=512", or an object.
        judge: A name, with knobs, or an object.
        sampling: How solutions are drawn.
        knobs: Those of a strategy that is named.
        seed: Of all runs. One seed gives one run, whatever the latencies are.
        hold: "worst" never overspends; "typical" runs more at once (see `ttc.budget.ledger`).
        values: What is believed of the model: a value profile, the file of `ttc fit`, or the name of a shipped one.
            None takes the shipped one, which is a guess for most models.
        concurrency: Calls in flight at once, over all problems; None = no limit of ours.
        options: They go to the backend that is opened: prices=TokenPrices(...), api_key_env="NAME",
            requests_per_second=20, and so on.

    Raises:
        ValueError: An argument has no meaning; the message names the nearest one that has.
    """

    def __init__(
        self,
        strategy: str | Strategy = "auto",
        *,
        backend: str | Backend | AsyncOpenAI | None = None,
        budget: Budget | None = None,
        verifier: str | Verifier | None = None,
        judge: str | Judge | None = None,
        sampling: Sampling | None = None,
        knobs: Mapping[str, Any] | None = None,
        seed: int = 0,
        hold: HoldMode = "worst",
        values: str | Path | ValueProfile | None = None,
        concurrency: int | None = None,
        **options: Any,
    ):
        check_arguments(strategy, budget=budget, sampling=sampling, knobs=knobs, seed=seed)
        check_range("[1, inf)", "or None for no limit", concurrency=concurrency)
        check_choice(("worst", "typical"), hold=hold)
        self.strategy = make_strategy(strategy, knobs)
        check_options(self.strategy, backend, options)
        self.name = strategy if isinstance(strategy, str) else type(strategy).__name__
        self.verifier = make_verifier(verifier)
        self.judge = make_judge(judge)
        self.names = role_names(verifier, judge)
        self.values = read_values(values)
        self.budget = budget or Budget()
        self.sampling = sampling or Sampling()
        self.seed, self.hold = seed, hold
        self.backend, self.concurrency, self.options = backend, concurrency, options
        self._open: Backend | None = None
        self._opening = Limiter(1)
        self._doors: set[Door] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open(self) -> Backend:
        """Connect to the backend, once; its errors surface here.

        If several runs start together, the first connects and the others wait.
        """
        async with self._opening:
            if self._open is None:
                options = {} if self.concurrency is None else {"concurrency": self.concurrency}
                self._open = await connect(self.backend, **options, **self.options)
            return self._open

    async def aclose(self) -> None:
        """Close what this solver opened; a backend object that was passed in stays open."""
        backend, self._open = self._open, None
        if backend is not None:
            await self._close(backend)

    def stop(self) -> None:
        """End all runs of this solver now; each returns its best answer so far, with `limit` "interrupted"."""
        for door in self._doors:
            door.interrupt()

    async def _close(self, backend: Backend) -> None:
        if backend is not self.backend:
            await backend.aclose()

    async def solve(
        self,
        problem: str | Problem,
        *,
        budget: Budget | None = None,
        seed: int | None = None,
        record: str | Path | None = None,
        replay: str | Path | None = None,
        listeners: Iterable[Listener] = (),
        ledger: Ledger | None = None,
    ) -> Result:
        """Solve one problem.

        Args:
            problem: Its text, or a Problem.
            budget: Its limits; None = those of the solver.
            seed: Of this run; None = that of the solver.
            record: As for `asolve`.
            replay: As for `asolve`.
            listeners: As for `asolve`.
            ledger: A parent that several runs share.
        """
        check_budget(budget)
        return await self._solve(
            self.strategy, problem, budget or self.budget, ledger, seed, record, replay, tuple(listeners)
        )

    async def _solve(
        self,
        strategy: Strategy,
        problem: str | Problem,
        budget: Budget,
        ledger: Ledger | None,
        seed: int | None = None,
        record: str | Path | None = None,
        replay: str | Path | None = None,
        listeners: tuple[Listener, ...] = (),
        how: Callable[[Strategy, str, Session], Awaitable[Result]] = run,
    ) -> Result:
        problem = problem_of(problem)
        backend, tape = await self._backend_for(record, replay)
        try:
            check_prices(budget, backend)
            trace = Trace()
            trace.listeners.extend(listeners)
            deadline = math.inf if budget.seconds is None else budget.seconds
            door = Door(backend, trace, self.seed if seed is None else seed, self.hold, deadline)
            session = Session(
                problem,
                door,
                Ledger(budget, ledger),
                sampling=self.sampling,
                verifier=self.verifier,
                judge=self.judge,
                known=known_values(self.values, backend.model, problem.domain),
                names=self.names,
            )
            self._doors.add(door)
            try:
                return await how(strategy, self.name, session)
            finally:
                self._doors.discard(door)
        finally:
            if tape is not None:
                await tape.aclose()

    async def solve_many(
        self, problems: Iterable[str | Problem], *, at_once: int = 64, total: Budget | None = None
    ) -> AsyncIterator[Result]:
        """Solve many problems. Results come in order of completion.

        Under a total, "auto" spends the next part of it on the problem with the highest expected gain per cost. A
        result is returned as soon as its problem can no longer outbid the others. Every other strategy takes what it
        needs, in the order in which the problems come.

        Each problem fails or succeeds by itself, and there is one result for each. Where the server or a verifier
        fails, the result has `stopped` "error" and says why in `error`. An error that would end all problems is raised.
        It is a server that cannot be reached at the start, a refused key (401, 403), or a missing need of the strategy.

        Args:
            problems: Texts or Problems; they are read as they are needed.
            at_once: Problems that run at the same time.
            total: Bounds all problems together.
        """
        check_budget(total, "total")
        check_range("[1, inf)", at_once=at_once)
        batch = Batch(problems_of(problems), self.strategy, total, at_once)
        runs = Bounded(partial(self._one_of, batch), enumerate(batch.problems), batch.width)
        try:
            async for _, result in runs:
                yield result
        finally:
            await runs.cancel()

    async def _one_of(self, batch: Batch, numbered: tuple[int, str | Problem]) -> Result:
        number, problem = numbered
        try:
            return await self._solve(
                batch.strategy(number), problem, batch.budget(self.budget), batch.ledger, how=run_apart
            )
        finally:
            batch.leave(number)

    async def _backend_for(
        self, record: str | Path | None, replay: str | Path | None
    ) -> tuple[Backend, Backend | None]:
        """The backend of one run, and the tape around it that has to be closed."""
        if record is None and replay is None:
            return await self.open(), None
        if replay is None:
            assert record is not None
            tape: Backend = Recorder(await self.open(), record)
        elif record is None:
            tape = Replay(replay)
        elif Path(record) == Path(replay):
            tape = resume(replay, await self.open())
        else:
            raise ValueError("record and replay name different files; use the same file for both to resume a run")
        await tape.prepare()
        return tape, tape
