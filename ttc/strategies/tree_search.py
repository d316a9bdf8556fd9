"""The one loop of all width policies: who of the unfinished gets how many children, step by step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ttc.core.candidates import ROOT, answered
from ttc.core.session import Session
from ttc.search.aggregate import aggregate
from ttc.search.rebase import Paths
from ttc.search.voting import weighted
from ttc.strategies.step_search import Growth, StepSearch, electable, filled, lost
from ttc.types import Candidate


@dataclass(frozen=True)
class TreeSearch(StepSearch, ABC):
    """Grow `n` solutions as a tree; a policy shares the width among the unfinished by the score of the newest step.

    The width is n less the solutions that have ended: nothing else makes it smaller. Over-long ones end without being
    answers. The answer is that with the greatest sum of weights, or the best-weighted solution; a solution's weight
    joins the scores of all its steps.
    """

    weight: Literal["last", "min", "prod", "mean"] = "last"
    pick: Literal["vote", "best"] = "vote"

    @abstractmethod
    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each unfinished candidate, of sum `width`; arguments as in `ttc.search.rebase`, and the texts of
        their newest steps."""

    async def run(self, session: Session) -> Candidate:
        """Share the width, grow the children, score them; the finished wait for the vote."""
        growth = Growth(session, self)
        frontier, scores, ends = [ROOT], [1.0], list[Candidate]()
        while growth.goes_on(self.n - len(ends) if frontier else 0):
            parents = self._parents(growth, frontier, scores, self.n - len(ends))
            children = await growth.grow(parents)
            await growth.judge(children)
            ends += [child for child in children if child.done]
            frontier = [child for child in children if not child.done]
            scores = [growth.newest(child) for child in frontier]
            self._elect(growth, ends or frontier)
        if not answered(ends):
            ends += await growth.landed(frontier, scores)
        return self._elect(growth, ends)

    def _parents(
        self, growth: Growth, frontier: Sequence[Candidate], scores: Sequence[float], width: int
    ) -> list[Candidate]:
        """Each candidate as often as it gets children, side by side so that they find their prefix in the cache."""
        paths = [growth.tree.ancestors(growth.nodes[candidate.id]) for candidate in frontier]
        steps = [candidate.steps[-1] if candidate.steps else "" for candidate in frontier]
        counts = self.share(filled(scores, [False] * len(scores)), width, paths, steps)
        return [candidate for candidate, count in zip(frontier, counts, strict=True) for _ in range(count)]

    def _elect(self, growth: Growth, candidates: Sequence[Candidate]) -> Candidate:
        """The winner so far, proposed."""
        able = [candidates[i] for i in electable(candidates)]
        weights = filled([self._weight(growth, c) for c in able], [lost(c) for c in able])
        best = max(range(len(able)), key=lambda i: weights[i])
        labels = growth.session.labels(able)
        vote = weighted(labels, weights)
        if self.pick == "vote" and vote.winner is not None:
            best = max((i for i, label in enumerate(labels) if label == vote.winner), key=lambda i: weights[i])
        growth.session.propose(able[best])
        return able[best]

    def _weight(self, growth: Growth, candidate: Candidate) -> float:
        """The scores of its steps as one; nan where the last, or every one, is missing."""
        verdict = growth.verdicts.get(candidate.id)
        if verdict is None or not verdict.steps:
            return math.nan if verdict is None else verdict.score
        needed = verdict.steps[-1:] if self.weight == "last" else verdict.steps
        return math.nan if all(map(math.isnan, needed)) else aggregate(verdict.steps, self.weight)
