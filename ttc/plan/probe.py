"""A few probe samples of a problem: how long solutions are, how far they agree, what a check costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from ttc import prompts
from ttc.core.candidates import votable
from ttc.errors import BackendError, BudgetExhausted
from ttc.forecast.workload import PRIOR_WEIGHT, STEP_SIGMA, scatter
from ttc.plan import FREE, Unit, Workload
from ttc.types import Candidate, Event

if TYPE_CHECKING:
    from ttc.core.result import Result
    from ttc.core.session import Session

CHECKED = 2
"""Samples that are verified to see what a verdict costs."""


@dataclass(frozen=True)
class Probe:
    """Draw `n` samples; verify two and compare them where a verifier or a judge is there; ask for one critique.

    It is run like a strategy, so that its samples are paid, counted and recorded like all others.
    """

    n: int = 4
    critique: bool = True

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"n is {self.n}; a probe needs at least 1 sample, 4 are usual")

    async def run(self, session: Session) -> Candidate:
        """Sample, verify, compare, ask."""
        can = session.backend.capabilities
        drawn = await session.sample(self.n, logprobs=0 if can.logprobs else None, token_ids=can.token_ids)
        shown = _shown(drawn)
        session.propose(shown[0])
        try:
            if session.verifier is not None:
                with session.span("verify"):
                    await session.verify(shown)
            if session.judge is not None and len(shown) > 1:
                with session.span("compare"):
                    await session.compare([(shown[0], shown[1])], 2)
            if self.critique:
                with session.span("critique"):
                    text = prompts.CRITIQUE.format(problem=session.problem.text, solution=prompts.shown(shown[0].text))
                    await session.ask("verify/probe", text)
        except (BudgetExhausted, BackendError) as error:
            session.note("lost", error=str(error))
        return shown[0]


def workload_of(
    result: Result, max_tokens: int, *, fan_out: bool, cached: float | None = None, shared: float | None = None
) -> Workload:
    """What a run of `Probe` says of its problem. `cached` None = as much as the probe's own prompts were; `shared`
    None = as `cached`."""
    drawn = result.candidates
    if not drawn:
        raise ValueError(f"the probe of problem {result.problem.id} gave no sample; its budget is too small")
    asks = _asks(result.trace.events)
    labels = Counter(c.answer for c in drawn if votable(c) is not None)
    checked = sum(candidate.id in result.verdicts for candidate in drawn)
    steps = [_steps(c) for c in drawn]
    own = asks["sample"]
    review = asks["critique"]
    prompt = min(event.data["prompt_tokens"] / max(1, event.data["calls"] if not fan_out else 1) for event in own)
    cached = _hits(asks) if cached is None else cached
    return Workload(
        prompt=prompt,
        lengths=tuple(max(1, c.output_tokens) for c in drawn),
        max_tokens=max_tokens,
        answers=tuple(sorted(labels.values(), reverse=True)),
        silent=len(drawn) - sum(labels.values()),
        steps=fmean(map(len, steps)),
        step_counts=tuple(map(len, steps)),
        step_sigma=_step_sigma(steps),
        review=sum(event.data["output_tokens"] for event in review),
        frame=max([0.0, *(event.data["prompt_tokens"] - prompt - _shown(drawn)[0].output_tokens for event in review)]),
        check=_unit(asks["verify"], checked, any(v.steps for v in result.verdicts.values())),
        has_verifier=bool(checked),
        compare=_unit(asks["compare"], 2) if asks["compare"] else Unit(1, 0.0, 1.0),
        has_judge=bool(asks["compare"]),
        uncertainty=tuple(row for c in drawn if (row := _uncertainty(c))),
        common=tuple(_common(a.token_ids, b.token_ids) for a, b in combinations(drawn, 2) if a.token_ids),
        fan_out=fan_out,
        cached=cached,
        shared=cached if shared is None else shared,
        source=f"{len(drawn)} probe samples",
    )


def _shown(drawn: Sequence[Candidate]) -> list[Candidate]:
    """The samples that are verified, compared and criticised: those with answers first."""
    return sorted(drawn, key=lambda c: votable(c) is None)[:CHECKED]


def _asks(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The calls of a probe by its phases; samples are drawn outside of any."""
    found: dict[str, list[Event]] = {"sample": [], "verify": [], "compare": [], "critique": []}
    phase = "sample"
    for event in events:
        if event.name in ("begin", "span_end"):
            phase = event.data["span"] if event.name == "begin" else "sample"
        elif event.name == "ask":
            found[phase].append(event)
    return found


def _unit(asks: Sequence[Event], items: int, by_step: bool = False) -> Unit:
    """The cost of one of so many checks."""
    if not asks or not items:
        return FREE
    names = ("calls", "prompt_tokens", "output_tokens")
    calls, prompt, output = (sum(event.data[name] for event in asks) / items for name in names)
    return Unit(calls, prompt, output, by_step)


def _hits(asks: dict[str, list[Event]]) -> float:
    """1 where the server reported cached prompt tokens in the checks, which repeat the problem, else 0."""
    return float(any(event.data["cached_tokens"] for events in asks.values() for event in events))


def _steps(candidate: Candidate) -> list[str]:
    """The paragraphs of a solution."""
    return [step for step in candidate.text.split("\n\n") if step.strip()] or [candidate.text]


def _step_sigma(solutions: Sequence[Sequence[str]]) -> float:
    """Standard deviation of the log lengths of steps, by their characters; the usual one counts as `PRIOR_WEIGHT`."""
    squares, freedom = scatter([len(step) for steps in solutions for step in steps if step] or [1])
    return math.sqrt((squares + PRIOR_WEIGHT * STEP_SIGMA**2) / (freedom + PRIOR_WEIGHT))


def _uncertainty(candidate: Candidate) -> tuple[float, ...]:
    """Mean negative log-probability of each step; tokens are given to steps by their characters."""
    logprobs = candidate.logprobs or ()
    if not logprobs:
        return ()
    steps, ends = _steps(candidate), list[int]()
    characters = sum(map(len, steps))
    for step in steps:
        ends.append((ends[-1] if ends else 0) + len(step))
    cuts = [0, *(round(end / max(1, characters) * len(logprobs)) for end in ends)]
    parts = [logprobs[a:b] for a, b in pairwise(cuts)]
    return tuple(-sum(part) / len(part) for part in parts if part)


def _common(first: tuple[int, ...] | None, second: tuple[int, ...] | None) -> int:
    """Tokens that two samples share from their start."""
    pairs = enumerate(zip(first or (), second or (), strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(first or ()), len(second or ())))
