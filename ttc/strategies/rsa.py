"""Recursive self-aggregation: a population of solutions, each next one written from a few of the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from ttc import prompts
from ttc.core.candidates import representative, smoothed, votable
from ttc.search.rsa import subsets
from ttc.search.stopping import Consensus
from ttc.search.voting import majority
from ttc.strategies.rewriting import fitting, write
from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Rsa:
    """Draw a population of `n`, then rewrite all of it `loops` - 1 times; the last population votes.

    Each new member sees the problem and `subset` different members of the population before, or as many of them as fit
    into the model's context. The run ends early when one answer holds the share `consensus` of at least half the
    population (1 = unanimity), which the published runs do not do: a population that agrees can only copy itself.
    loops = 1 is self-consistency.
    """

    n: int = 16
    loops: int = 10
    subset: int = 4
    consensus: float = 0.9

    paper: ClassVar[str] = "Recursive Self-Aggregation 2025, arXiv 2509.26626"
    access: ClassVar[str] = "chat, long context"

    def __post_init__(self) -> None:
        for knob in ("n", "loops", "subset"):
            if getattr(self, knob) < 1:
                raise ValueError(f"{knob} is {getattr(self, knob)}; it must be at least 1")
        if not 0.5 < self.consensus <= 1:
            raise ValueError(f"consensus is {self.consensus}; it must lie in (0.5, 1], for example 0.9")

    async def run(self, session: Session) -> Candidate:
        """Loops of aggregation until they end or the population agrees."""
        population = await session.sample(self.n)
        chosen, agreed = self._elect(session, population)
        for loop in range(1, self.loops):
            if agreed:
                break
            shown = _voters(population) or population
            groups = subsets(len(shown), min(self.subset, len(shown)), self.n, session.rng)
            ask = partial(_question, session)
            parents = [await fitting(session, [shown[i] for i in group], ask) for group in groups]
            with session.span(f"loop {loop}"):
                new = await write(session, [ask(members) for members in parents])
            for members, candidate in zip(parents, new, strict=True):
                if candidate is not None:
                    session.note("aggregated", id=candidate.id, parents=[c.id for c in members])
            came = [candidate for candidate in new if candidate is not None]
            if _voters(came) or not _voters(population):  # never replace members that have answers by members without
                population = [*came, *population][: self.n]  # the earlier members fill the places of refused calls
            chosen, agreed = self._elect(session, population)
        return chosen

    def _elect(self, session: Session, population: Sequence[Candidate]) -> tuple[Candidate, bool]:
        """The vote of the population, proposed with its smoothed share; and whether the population agrees."""
        labels = session.labels(population)
        winner = majority(labels).winner
        if winner is None:
            session.propose(population[0])
            return population[0], False
        chosen = representative(population, labels, winner)
        session.propose(chosen, smoothed(labels.count(winner), sum(label >= 0 for label in labels)))
        rule = Consensus(self.consensus, least=max(2, (self.n + 1) // 2))
        return chosen, rule.stop(labels, cap=len(labels) + 1)


def _voters(members: Sequence[Candidate]) -> list[Candidate]:
    """Those with an answer of their own."""
    return [c for c in members if votable(c) is not None]


def _question(session: Session, members: Sequence[Candidate]) -> str:
    """The problem, then the members."""
    template = prompts.AGGREGATE if len(members) > 1 else prompts.IMPROVE
    return prompts.listing(template, session.problem.text, [c.text for c in members])
