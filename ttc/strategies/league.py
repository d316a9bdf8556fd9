"""League: every candidate meets several others before a judge, and the best win rate answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ttc.core.candidates import contenders
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import Stage, Workload, comparisons, differing, solutions
from ttc.search.league import leader, league_pairs, league_table
from ttc.strategies.judged_pairs import JudgeRecord, match_points
from ttc.types import Candidate


@dataclass(frozen=True)
class League:
    """Draw `n` candidates and let them play a league: one lost match costs one match and not the tournament.

    So the judge need not be transitive. The design is circular: all play the same number of matches, half of them in
    each place. Against all others each pair meets twice, once in each order. Equal answers draw unasked. Where nothing
    of the judge can be read, the vote answers.

    Args:
        n: Candidates.
        opponents: How many others each meets as the one listed first; None = all.
        votes: Comparisons of a match.
    """

    n: int = 8
    opponents: int | None = None
    votes: int = 1

    paper: ClassVar[str] = "Chen et al. 2024, arXiv 2411.19477 (league)"
    needs: ClassVar[frozenset[str]] = frozenset({"judge"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, opponents=self.opponents, votes=self.votes)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, each against `opponents` others."""
        opponents = self.n - 1 if self.opponents is None else min(self.opponents, self.n - 1)
        asked = self.n * opponents * self.votes * differing(workload, self.n)
        return [solutions(workload, self.n), *comparisons(workload, asked, repeats=opponents * self.votes)]

    async def run(self, session: Session) -> Candidate:
        """Draw, play all matches at once, take the best win rate."""
        drawn = await session.sample(self.n)
        first = elect(session, drawn)
        field = contenders(drawn)
        pairs = league_pairs(len(field), None if self.opponents is None else min(self.opponents, len(field) - 1))
        if len(set(session.labels(field))) == 1 and len(session.group(field)) == 1:
            return first
        record = JudgeRecord()
        played, shares = await match_points(session, field, pairs, self.votes, record)
        if not played:
            return first
        rates = league_table(len(field), played, shares)
        session.note("league", rates={c.id: float(r) for c, r in zip(field, rates, strict=True)}, p_comp=record.p_comp)
        champion = field[leader(rates, session.rng)]
        session.propose(champion)
        return champion
