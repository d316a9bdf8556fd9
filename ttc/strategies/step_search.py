"""Growth by steps: what all step searches share. Knobs, ends, scores that are missing, memory, and the landing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ttc.core.candidates import answered, votable
from ttc.core.session import Session
from ttc.errors import Lacking, check_range
from ttc.forecast import Stage, Workload, grown
from ttc.search.tree import SearchTree
from ttc.types import ABSTAIN, Candidate, Finish, Verdict

FIRST_STEP = 64
"""Tokens that a step is expected to take before one has been seen."""


@dataclass(frozen=True)
class StepSearch:
    """The knobs of every step search. A solution has at most `Sampling.max_tokens` tokens, and may end a step late."""

    n: int = 16
    """Solutions that grow side by side."""
    max_steps: int = 32
    step_tokens: int = 256
    """A step that reaches this length ends its solution: it is not an answer."""
    stop: tuple[str, ...] = ("\n\n",)
    """What ends a step."""

    access: ClassVar[str] = "prefill, process verifier"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, max_steps=self.max_steps, step_tokens=self.step_tokens)
        if not self.stop or "" in self.stop:
            raise ValueError(f"stop is {self.stop!r}; it must hold what ends a step, usually a blank line")

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions that grow to their ends."""
        return self.growing(workload, self.n)

    def growing(self, workload: Workload, n: float) -> list[Stage]:
        """The stages in which n solutions grow side by side to their ends, by the limits of these knobs."""
        return grown(workload, n, self.step_tokens, self.max_steps)


class Growth:
    """The solutions of one run as they grow: every step is a node of `tree`, every prefix is judged once."""

    def __init__(self, session: Session, knobs: StepSearch):
        session.check_continues()
        if session.verifier is None:
            raise Lacking("a step search scores every step and needs a verifier of steps", "verifier", "prm")
        self.session, self.knobs = session, knobs
        self.tree = SearchTree()
        self.nodes = {"": 0}
        self.verdicts: dict[str, Verdict] = {}
        self.grown: dict[str, Candidate] = {}
        self.rounds = 0
        self._longest = 0

    async def grow(self, candidates: Sequence[Candidate], **fields: Any) -> list[Candidate]:
        """One step for each that is not done, in the same order. Too many steps or tokens end a solution here."""
        knobs = self.knobs
        grown = await self.session.extend(candidates, stop=knobs.stop, max_tokens=knobs.step_tokens, **fields)
        grown = [self._entered(candidate) for candidate in grown]
        self.rounds += 1
        live = [self.nodes[c.id] for c in grown if not c.done]
        generated = sum(node.tokens for node in self.tree.nodes)
        held = self.tree.unique_tokens(live)
        self.session.note("step", number=self.rounds, live=len(live), held=held, generated=generated)
        return grown

    async def judge(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The verdict of each; copies, what was judged before and what was cut off cost nothing."""
        new = {c.id: c for c in candidates if c.id not in self.verdicts and not lost(c)}
        if new:
            verdicts = await self.session.verify(list(new.values()))
            self.verdicts |= dict(zip(new, verdicts, strict=True))
        return [ABSTAIN if lost(c) else self.verdicts[c.id] for c in candidates]

    async def scores(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """The verdicts' scores [candidates] without gaps: see `filled`; what was cut off has 0."""
        known = [verdict.score for verdict in await self.judge(candidates)]
        return filled(known, [lost(c) for c in candidates])

    def goes_on(self, live: int) -> bool:
        """Whether any of so many are unfinished, and the budget pays their next steps and a whole solution besides."""
        need = live * (self._longest or FIRST_STEP) + self.session.sampling.max_tokens
        affordable = self.session.left("tokens") >= need and self.session.left("calls") > 2 * live
        return live > 0 and affordable

    async def landed(self, candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Candidate]:
        """The candidates; where the budget ends the search before any has an answer, the best is finished in one go."""
        live = [i for i, c in enumerate(candidates) if not c.done]
        if not live or answered(candidates):
            return list(candidates)
        best = max(live, key=lambda i: scores[i])
        tokens = max(1, self.session.sampling.max_tokens - candidates[best].output_tokens)
        whole = (await self.session.extend([candidates[best]], stop=(), max_tokens=tokens))[0]
        self.session.note("landed", id=whole.id)
        return [whole if i == best else c for i, c in enumerate(candidates)]

    def newest(self, candidate: Candidate) -> float:
        """The score of the newest step alone; nan if it was not judged."""
        verdict = self.verdicts.get(candidate.id, ABSTAIN)
        return verdict.steps[-1] if verdict.steps else verdict.score

    def prefixes(self, candidate: Candidate) -> list[Candidate]:
        """What the candidate was after each of its steps, itself last."""
        numbers = candidate.id.split(".")
        return [self.grown[".".join(numbers[: k + 1])] for k in range(len(numbers))]

    def _entered(self, candidate: Candidate) -> Candidate:
        """The candidate in the tree, ended if it is too long, and among the run's if it has ended."""
        parent = candidate.id.rpartition(".")[0]
        if candidate.id not in self.nodes:
            tokens = candidate.output_tokens - sum(self.tree.nodes[i].tokens for i in self._path(parent))
            self._longest = max(self._longest, tokens)
            step = candidate.steps[-1] if candidate.steps else ""
            self.nodes[candidate.id] = self.tree.add(self.nodes[parent], tokens, math.nan, step)
        too_long = candidate.output_tokens >= self.session.sampling.max_tokens
        if not candidate.done and (too_long or len(candidate.steps) >= self.knobs.max_steps):
            candidate = ended(candidate, "length")
        self.grown.setdefault(candidate.id, candidate)
        if candidate.done and candidate.text:
            self.session.enter(candidate)
        return candidate

    def _path(self, name: str) -> list[int]:
        node = self.nodes[name]
        return [*self.tree.ancestors(node), node]


def ended(candidate: Candidate, finish: Finish) -> Candidate:
    """The candidate cut off where it is."""
    return replace(candidate, done=True, finish=finish)


def lost(candidate: Candidate) -> bool:
    """Whether it was cut off by a limit, the budget or the server: it can neither grow nor vote."""
    return candidate.done and candidate.finish != "stop"


def filled(scores: Sequence[float], lost: Sequence[bool]) -> NDArray[np.float64]:
    """Scores [n] in [0, 1] without gaps: 0 for what is lost, else nan becomes the mean of the known, or 1/2 if none is.

    So a step that the verifier could not judge is neither helped nor harmed.
    """
    known = [s for s, gone in zip(scores, lost, strict=True) if not gone and not math.isnan(s)]
    neutral = sum(known) / len(known) if known else 0.5
    pairs = zip(scores, lost, strict=True)
    return np.array([0.0 if gone else neutral if math.isnan(s) else s for s, gone in pairs])


def electable(candidates: Sequence[Candidate]) -> list[int]:
    """Indices of the candidates with an answer of their own; without any, of the finished ones, or of all."""
    for group in (
        [i for i, c in enumerate(candidates) if votable(c) is not None],
        [i for i, c in enumerate(candidates) if c.done and c.text],
    ):
        if group:
            return group
    return list(range(len(candidates)))
