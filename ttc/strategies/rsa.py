"""Recursive self-aggregation: a population of solutions, each next one written from a few of the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from ttc import prompts
from ttc.core.candidates import answered, contenders
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import KEPT, Stage, Urn, Workload, rewritings, simulated, solutions
from ttc.search.rsa import subsets
from ttc.search.stopping import Consensus
from ttc.strategies.rewriting import fitting, write
from ttc.types import Candidate


@dataclass(frozen=True)
class Rsa:
    """Draw a population of `n`, then rewrite all of it `loops` - 1 times; the last population votes.

    Each new member sees the problem and some different members of the population before. loops = 1 is
    self-consistency. n, loops and subset are the published ones, whose sampling temperature is 1.

    Args:
        n: Members of the population.
        loops: Populations in all.
        subset: Members that a new one sees, or as many of them as fit into the model's context.
        consensus: The run ends early when one answer holds this share of at least half the population (1 = unanimity).
            The published runs do not do this: a population that agrees can only copy itself.
    """

    n: int = 16
    loops: int = 10
    subset: int = 4
    consensus: float = 0.9

    paper: ClassVar[str] = "Recursive Self-Aggregation 2025, arXiv 2509.26626"
    needs: ClassVar[frozenset[str]] = frozenset({"long_context"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, loops=self.loops, subset=self.subset)
        check_range("(0.5, 1]", "for example 0.9", consensus=self.consensus)

    def forecast(self, workload: Workload) -> list[Stage]:
        """A population, then whole new ones, each member from `subset` others, until they agree."""
        w, n, rule = workload, self.n, self._rule()

        def run(urn: Urn) -> int:
            population = urn.draw(n)
            for loop in range(1, self.loops):
                if rule.stop(population, n + 1):
                    return loop
                taken = urn.rng.choices(population, k=n)  # from one of those that it is shown
                population = [label if urn.rng.random() < KEPT else urn.draw(1)[0] for label in taken]
            return self.loops

        loops = simulated(w, run)
        prompt = w.prompt + min(self.subset, n) * w.mean + w.frame
        chances = [sum(done > loop for done in loops) / len(loops) for loop in range(1, self.loops)]
        return [solutions(w, n), *(rewritings(w, n, prompt, chance=chance) for chance in chances if chance)]

    async def run(self, session: Session) -> Candidate:
        """Loops of aggregation until they end or the population agrees."""
        population = await session.sample(self.n)
        chosen, agreed = self._elect(session, population)
        for loop in range(1, self.loops):
            if agreed:
                break
            shown = contenders(population)
            groups = subsets(len(shown), min(self.subset, len(shown)), self.n, session.rng)
            ask = partial(_question, session)
            parents = [await fitting(session, [shown[i] for i in group], ask) for group in groups]
            with session.span(f"loop {loop}"):
                new = await write(session, [ask(members) for members in parents])
            for members, candidate in zip(parents, new, strict=True):
                if candidate is not None:
                    session.note("aggregated", id=candidate.id, parents=[c.id for c in members])
            came = [candidate for candidate in new if candidate is not None]
            if answered(came) or not answered(population):  # never replace members with answers by members without
                population = [*came, *population][: self.n]  # the earlier members fill the places of refused calls
            chosen, agreed = self._elect(session, population)
        return chosen

    def _elect(self, session: Session, population: Sequence[Candidate]) -> tuple[Candidate, bool]:
        """The vote of the population, proposed; and whether the population agrees."""
        labels = session.labels(population)
        return elect(session, population, labels), self._rule().stop(labels, cap=len(labels) + 1)

    def _rule(self) -> Consensus:
        """When the population agrees."""
        return Consensus(self.consensus, least=max(2, (self.n + 1) // 2))


def _question(session: Session, members: Sequence[Candidate]) -> str:
    """The problem, then the members."""
    template = prompts.AGGREGATE if len(members) > 1 else prompts.IMPROVE
    return prompts.listing(template, session.problem.text, [c.text for c in members])
