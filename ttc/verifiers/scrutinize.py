"""Sample, scrutinize and scale: many independent verifications of each candidate, most of them of those worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc import prompts
from ttc.backends.base import Backend
from ttc.errors import check_range
from ttc.search.scrutinize import prune
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, more, ready, replies, solution_of
from ttc.verifiers.tally import Reading, Tally, report
from ttc.verifiers.verdict_line import read_report

if TYPE_CHECKING:
    from ttc.core.session import Session

SCRUTINIZE = """{problem}

Proposed solution:
<solution>
{solution}
</solution>

First rewrite the proposed solution as a theorem, with lemmas where it takes them for granted, and a proof of each. \
Then go through the rewritten proofs and look for errors: a wrong computation, a step that does not follow, a case \
left out, a misread problem. End with "Verdict: Yes" if the final answer is correct or "Verdict: No" if it is not."""


@dataclass(frozen=True)
class Scrutinize:
    """Score = share of Yes among `votes` verifications (Zhao et al. 2025, arXiv 2502.01839).

    After some verifications of each, only the best candidates get the rest; the others keep the score of their few.
    About 70 % of the tokens are saved by this pruning. The comparisons that break ties among the best are the
    strategy's.

    Args:
        votes: Verifications of a candidate that is kept; 50 in the paper.
        preliminary: Verifications of each candidate; 10 in the paper.
        least: Candidates with a lower score get no more.
        each: At most so many of every answer get more, the best.
        rewrite: Rewrite the solution before it is checked; the paper found checking alone worse.
        temperature: The sampling temperature of the verifications.
        max_tokens: The most tokens of one verification.
    """

    votes: int = 50
    preliminary: int = 10
    least: float = 0.2
    each: int = 15
    rewrite: bool = True
    temperature: float = 1.0
    max_tokens: int = 4096
    backend: Backend | None = None
    """The model that verifies; None = the one that generates."""

    paper: ClassVar[str] = "Zhao et al. 2025, arXiv 2502.01839"
    needs: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_range(f"[1, {self.votes}]", "1 to votes", preliminary=self.preliminary)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The share of Yes for each candidate."""
        await ready(session, self.backend)
        readings: list[list[Reading]] = [[] for _ in candidates]
        await self._scrutinize(session, candidates, range(len(candidates)), readings, self.preliminary)
        kept = self._kept(session, candidates, readings)
        if kept and self.votes > self.preliminary:
            await self._scrutinize(session, candidates, kept, readings, self.votes - self.preliminary)
        session.note("scrutinized", kept=[candidates[i].id for i in kept], pruned=len(candidates) - len(kept))
        tallies = [Tally.of(row) for row in readings]
        report(session, "scrutinize", tallies)
        return [tally.verdict("share of Yes") for tally in tallies]

    def _kept(
        self, session: Session, candidates: Sequence[Candidate], readings: Sequence[Sequence[Reading]]
    ) -> list[int]:
        """Who gets the rest of the verifications."""
        tallies = [Tally.of(row) for row in readings]
        if not any(tally.verdicts for tally in tallies):
            return []
        labels = session.labels(candidates)
        return prune([tally.mean for tally in tallies], labels, least=self.least, each=self.each)

    async def _scrutinize(
        self,
        session: Session,
        candidates: Sequence[Candidate],
        which: Sequence[int],
        readings: Sequence[list[Reading]],
        votes: int,
    ) -> None:
        """Add `votes` readings to each of these candidates; once some are there, a refusal leaves it at them."""
        template = SCRUTINIZE if self.rewrite else prompts.CRITIQUE

        async def one(index: int) -> list[Reading]:
            candidate = candidates[index]
            if not (solution := solution_of(candidate)):
                return []
            found = await replies(
                session,
                f"verify/scrutinize/{candidate.id}",
                about(session, template.format(problem=session.problem.text, solution=solution)),
                votes,
                first=len(readings[index]),
                backend=self.backend,
                max_tokens=self.max_tokens,
                temperature=self.temperature,
            )
            return [None if reply is None else float(read_report(reply)) for reply in found]

        rows = await (more(session, one, which) if any(readings) else session.map(one, which))
        for index, row in zip(which, rows, strict=True):
            readings[index].extend([None] * votes if row is None else row)
