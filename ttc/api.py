"""`solve`, `asolve` and `solve_many`: one call, with a `Solver` of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.arguments import check_budget, problem_of, problems_of
from ttc.belief.profile import ValueProfile
from ttc.budget.budget import Budget
from ttc.budget.ledger import HoldMode
from ttc.core.result import Result
from ttc.solver import Listener, Solver
from ttc.types import Problem, Sampling

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ttc.backends.base import Backend
    from ttc.core.strategy import Strategy
    from ttc.core.verifier import Judge, Verifier

__all__ = ["Listener", "Solver", "asolve", "solve", "solve_many"]


async def asolve(
    problem: str | Problem,
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
    record: str | Path | None = None,
    replay: str | Path | None = None,
    listeners: Iterable[Listener] = (),
    **options: Any,
) -> Result:
    """Solve one problem; the arguments are those of `Solver`, and these:

    Args:
        problem: Its text, or a Problem.
        strategy: As for `Solver`.
        backend: As for `Solver`.
        budget: As for `Solver`.
        verifier: As for `Solver`.
        judge: As for `Solver`.
        sampling: As for `Solver`.
        knobs: As for `Solver`.
        seed: As for `Solver`.
        hold: As for `Solver`.
        values: As for `Solver`.
        concurrency: As for `Solver`.
        record: Write every call to this file as it happens.
        replay: Answer every call from this file instead of a server. The same arguments give the same run, call by
            call. With the same file for both, what is there is replayed, and then the run goes on live.
        listeners: Called with every Event as it happens.
        options: As for `Solver`.

    Raises:
        ValueError: A bad argument.
        BackendError: The server fails; its `result` is what had been found by then.

    Running out of budget or time is no error: `Result.stopped` tells.
    """
    solver = Solver(
        strategy, backend=backend, budget=budget, verifier=verifier, judge=judge, sampling=sampling, knobs=knobs,
        seed=seed, hold=hold, values=values, concurrency=concurrency, **options,
    )  # fmt: skip
    try:
        return await solver.solve(problem, record=record, replay=replay, listeners=listeners)
    finally:
        await solver.aclose()


def solve(problem: str | Problem, strategy: str | Strategy = "auto", **options: Any) -> Result:
    """Solve one problem, in code without an event loop. Inside a running loop, await `asolve` instead.

    >>> from ttc.backends.simulated import SimulatedBackend
    >>> backend = SimulatedBackend(p_correct=1.0, gold=lambda text: "42")
    >>> solve("What is 6 * 7?", "self_consistency", knobs={"n": 4}, backend=backend).answer
    '42'

    Args:
        problem: Its text, or a Problem.
        strategy: A name (`ttc strategies` lists them) or an object.
        options: Those of `asolve`: backend, budget, verifier, judge, sampling, knobs, seed, hold, values, concurrency,
            record, replay, listeners, and options of the backend. `ttc.Solver` tells what each means.
    """
    _check_no_loop("solve()", "`await ttc.asolve(...)`")
    return asyncio.run(asolve(problem, strategy, **options))


solve.__signature__ = inspect.signature(asolve)  # type: ignore[attr-defined]  # what `help(ttc.solve)` lists


def solve_many(
    problems: Iterable[str | Problem],
    strategy: str | Strategy = "auto",
    *,
    budget: Budget | None = None,
    at_once: int = 64,
    **options: Any,
) -> list[Result]:
    """Solve problems under ONE total budget and return their results in the order of the problems.

    For code without an event loop. Inside a loop, and for results as they come, use `Solver.solve_many`. It also tells
    how "auto" shares the total, and what becomes of problems that fail.

    Args:
        problems: Texts or Problems.
        strategy: A name or an object.
        budget: What all problems may use together; None = no limit.
        at_once: Problems that run at the same time.
        options: Those of `Solver`.
    """
    check_budget(budget)
    _check_no_loop("solve_many()", "`Solver.solve_many`")
    asked = [problem_of(problem) for problem in problems_of(problems)]

    async def all_of_them() -> list[Result]:
        async with Solver(strategy, **options) as solver:
            return [result async for result in solver.solve_many(asked, at_once=at_once, total=budget)]

    results = asyncio.run(all_of_them())
    return [results.pop(next(i for i, r in enumerate(results) if r.problem is problem)) for problem in asked]


def _check_no_loop(name: str, instead: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(f"{name} was called inside a running event loop; use {instead} there")
