"""What the tests of step searches share: the simulated process reward model, and verifiers that see the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.simulated.solutions import WRONG
from ttc.core.session import Session
from ttc.core.strategy import Strategy
from ttc.core.trace import Trace
from ttc.core.tree import RunTree
from ttc.search.tree import SearchTree
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Verdict

PRM = "prm:format=math-shepherd"
"""The simulated model is its own process reward model; this is the tag that it knows."""


def search_tree(trace: Trace) -> SearchTree:
    """The tree of a run: its root holds the prompt's tokens, the chosen path is that of the last proposal."""
    first = next((e.data for e in trace.named("ask") if e.data["kind"] == "solve" and e.data["calls"]), None)
    prompt = first["prompt_tokens"] // first["calls"] if first else 0
    return RunTree.of(trace).to_search_tree(prompt, [event.data["id"] for event in trace.named("propose")])


class StepConformance(StrategyConformance):
    needs_verifier = True
    cost_of_one = 500

    def options(self) -> dict[str, Any]:
        return {"verifier": PRM}


@dataclass
class Seeing:
    """Scores every step by `rule(number, right, candidate)`; it costs nothing and reads the hidden words."""

    rule: Callable[[int, bool, Candidate], float]

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        verdicts = []
        for candidate in candidates:
            scores = [
                self.rule(number, is_right("".join(candidate.steps[: number + 1])), candidate)
                for number in range(len(candidate.steps))
            ]
            verdicts.append(Verdict(scores[-1] if scores else math.nan, steps=tuple(scores)))
        return verdicts


class Uneven(SimulatedBackend):
    """All solutions of a problem take as many steps as each other; here candidate 0 ends with its first one."""

    def _write(self, request, indices, most):  # type: ignore[no-untyped-def]
        texts = super()._write(request, indices, most)
        if request.key.endswith("generate/0"):
            texts[0].stop_reason = None
        return texts


class Ending(SimulatedBackend):
    """Ends a solution after each step with chance `ENDS`, drawn by the seed of the step."""

    ENDS = 0.5

    def _write(self, request, indices, most):  # type: ignore[no-untyped-def]
        texts = super()._write(request, indices, most)
        for index, text in zip(indices, texts, strict=True):
            if request.stop and Random(f"{request.seed + index}/{request.key}").random() < self.ENDS:
                text.stop_reason = None
        return texts

    @classmethod
    def lengths(cls, steps: int) -> list[float]:
        """P(a solution takes k + 1 of at most so many steps)."""
        ends = [cls.ENDS * (1 - cls.ENDS) ** k for k in range(steps)]
        return [*ends[:-1], (1 - cls.ENDS) ** (steps - 1)]


def by_end(number: int, right: bool, candidate: Candidate) -> float:
    """A score by which an end that is counted again loses: .5 at the end, .9 before it."""
    return 0.5 if candidate.done and number + 1 == len(candidate.steps) else 0.9


def is_right(text: str) -> bool:
    """Whether a partial solution of the simulated model has not gone wrong."""
    return WRONG not in text


def constant(number: int, right: bool, candidate: Candidate) -> float:
    return 0.5


def truth(number: int, right: bool, candidate: Candidate) -> float:
    return 0.9 if right else 0.1


async def accuracy(strategy: Strategy, verifier: object, runs: int, **laws: Any) -> float:
    """Share of right answers over problems of four steps."""
    backend = SimulatedBackend(steps=(4, 4), tokens=40.0, **laws)
    right = 0
    async with ttc.Solver(strategy, backend=backend, verifier=verifier) as solver:  # type: ignore[arg-type]
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(runs)]):
            right += result.answer == backend.facts(result.problem.text).gold
    return right / runs


def steps_of(result: ttc.Result) -> list[dict[str, Any]]:
    return [dict(event.data) for event in result.trace.named("step")]
