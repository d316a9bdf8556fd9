"""What users give to `ttc.solve` and its relatives, checked before anything runs: errors that say what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from ttc.budget.budget import Budget
from ttc.registry import knobs_of
from ttc.types import Problem, Sampling

OF_BACKENDS = frozenset((
    "prices", "pricing", "api_key", "api_key_env", "requests_per_second", "retries", "patience", "affinity_headers",
    "stream", "slots", "context_per_slot", "threads", "engine", "model",
))  # fmt: skip
"""Options of the backends that ship with ttc: they are never taken for something else."""


def problem_of(given: object) -> Problem:
    """The problem that a user gives: a text, a Problem, or a chat history as a list of messages."""
    if isinstance(given, Problem):
        return given
    if isinstance(given, str):
        return Problem(given)
    if isinstance(given, list | tuple) and given and all(isinstance(message, Mapping) for message in given):
        return Problem(tuple(given))
    if isinstance(given, Iterable) and not isinstance(given, bytes | Mapping):
        raise ValueError(
            f"the problem is a {type(given).__name__}; solve takes one problem, a text or a ttc.Problem: for several "
            "write ttc.solve_many([...])"
        )
    raise ValueError(f"the problem is {_short(given)}; write a text or ttc.Problem(...)")


def problems_of(given: object) -> Iterable[str | Problem]:
    """The problems that a user gives to `solve_many`, not looked at yet: they may come one by one."""
    if isinstance(given, str | Problem):
        raise ValueError("solve_many takes a list of problems; for one problem write ttc.solve(problem), or [problem]")
    if not isinstance(given, Iterable):
        raise ValueError(f"the problems are {_short(given)}; write a list of texts or of ttc.Problem(...)")
    return given


def check_arguments(strategy: object, *, budget: object, sampling: object, knobs: object, seed: object) -> None:
    """Raise ValueError for an argument of another type than it must have; the message says what to write."""
    check_budget(budget)
    if sampling is not None and not isinstance(sampling, Sampling):
        raise ValueError(f"sampling is {_short(sampling)}; write sampling=ttc.Sampling(temperature=0.8)")
    if knobs is not None and not isinstance(knobs, Mapping):
        raise ValueError(f'knobs is {_short(knobs)}; write knobs={{"n": 4}}')
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed is {_short(seed)}; it must be a whole number")
    if not isinstance(strategy, str) and isinstance(strategy, Budget | Sampling | int | float | Mapping | type(None)):
        hint = 'write a name, for example "self_consistency", or an object with run(session)'
        raise ValueError(f"strategy is {_short(strategy)}; {hint}")


def check_budget(budget: object, name: str = "budget") -> None:
    """Raise ValueError for a budget that is none."""
    if budget is None or isinstance(budget, Budget):
        return
    number = isinstance(budget, int | float) and not isinstance(budget, bool)
    shown = f"tokens={budget:g}" if number else "tokens=100"
    if isinstance(budget, Mapping):
        shown = ", ".join(f"{key}={value!r}" for key, value in budget.items()) or shown
    raise ValueError(f"{name} is {_short(budget)}; write {name}=ttc.Budget({shown})")


def check_options(strategy: object, backend: object, options: Mapping[str, Any]) -> None:
    """Raise ValueError for an option that belongs elsewhere: to the strategy's knobs, the sampling, the budget.

    All others go to the backend. One of another package may have options of any name, so nothing is said to those.
    """
    if isinstance(backend, str) and re.match(r"(?!https?:|openai:|vllm:)[\w.-]+:", backend):
        return
    knobs = knobs_of(strategy if isinstance(strategy, type) else type(strategy))
    for name, value in options.items():
        if name in OF_BACKENDS:
            continue
        if name in knobs:
            raise ValueError(f"{name} is a knob of the strategy; write knobs={{{name!r}: {value!r}}}".replace("'", '"'))
        for kind in (Sampling, Budget):
            if name in {field.name for field in fields(kind)}:
                where = kind.__name__.lower()
                raise ValueError(f"{name} belongs to the {where}; write {where}=ttc.{kind.__name__}({name}={value!r})")
        if name == "n":
            raise ValueError("n is no knob of this strategy; ttc.STRATEGIES and `ttc strategies NAME` tell its knobs")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
