"""Pivot tournament: a ring of comparisons finds a few good candidates, and all others meet those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ttc.core.candidates import contenders
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import Stage, Workload, comparisons, differing, solutions
from ttc.search.league import leader, league_table
from ttc.search.pivot import comparisons as matches
from ttc.search.pivot import pivot_pairs, pivots, ring_pairs
from ttc.strategies.judged_pairs import JudgeRecord, match_points
from ttc.types import Candidate


@dataclass(frozen=True)
class Pivot:
    """Draw `n` candidates; each meets its two neighbours in a random ring, then the `pivots` best of the ring.

    That is n + pivots (n - pivots) + pivots (pivots - 1)/2 matches in place of n (n - 1)/2. The highest mean preference
    answers. Equal answers draw unasked. Where nothing of the judge can be read in the ring, the vote answers.

    Args:
        n: Candidates.
        pivots: The best of the ring, whom all others meet.
        votes: Comparisons of a match. With an even number every match shows both orders. With 1 the ring puts each once
            in each place, and the second pass alternates them.
    """

    n: int = 8
    pivots: int = 2
    votes: int = 2

    paper: ClassVar[str] = "LLM-as-a-Verifier 2026, arXiv 2607.05391 (probabilistic pivot tournament)"
    needs: ClassVar[frozenset[str]] = frozenset({"judge"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, pivots=self.pivots, votes=self.votes)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, a ring of comparisons, and each candidate against the pivots."""
        n, votes, asked = self.n, self.votes, self.votes * differing(workload, self.n)
        ring = n * asked if n > 1 else 0.0
        stages = [solutions(workload, n), *comparisons(workload, ring, repeats=votes)]
        return stages + comparisons(workload, matches(n, min(self.pivots, n)) * asked - ring, repeats=votes)

    async def run(self, session: Session) -> Candidate:
        """Draw, ring, pivots, highest mean preference."""
        drawn = await session.sample(self.n)
        first = elect(session, drawn)
        field = contenders(drawn)
        n, record = len(field), JudgeRecord()
        if n == 1 or (len(set(session.labels(field))) == 1 and len(session.group(field)) == 1):
            return first
        with session.span("ring"):
            played, shares = await match_points(session, field, ring_pairs(n, session.rng), self.votes, record)
        if record.unreadable and not record.readable:
            return first
        rates = league_table(n, played, shares)
        best = pivots(rates, min(self.pivots, n), session.rng)
        session.note("pivots", ids=[field[i].id for i in best])
        if played:
            champion = field[leader(rates, session.rng)]
            session.propose(champion)
        with session.span("pivots"):
            more = await match_points(session, field, pivot_pairs(n, best, session.rng), self.votes, record)
        played, shares = [*played, *more[0]], [*shares, *more[1]]
        if not played:
            return first
        rates = league_table(n, played, shares)
        session.note("league", rates={c.id: float(r) for c, r in zip(field, rates, strict=True)}, p_comp=record.p_comp)
        champion = field[leader(rates, session.rng)]
        session.propose(champion)
        return champion
