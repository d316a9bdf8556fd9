"""Panel: several verifiers look at one aspect each, and a candidate's score is the share that approve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttc.backends.base import Backend
from ttc.core.session import Session
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, more, ready, solution_of
from ttc.verifiers.aspect import Aspect, aspects_for
from ttc.verifiers.tally import Reading, Tally, report
from ttc.verifiers.verdict_line import read_report

SHOWN = """{problem}

Proposed solution:
<solution>
{solution}
</solution>

{aspect}"""
"""The aspect comes last: all members read the same beginning, which the server computes once."""


@dataclass(frozen=True)
class Panel:
    """Multi-agent verification, BoN-MAV (Lifshitz et al. 2025, arXiv 2502.20379): aspects x models, binary approvals.

    A member whose reply has no verdict abstains: it counts neither for nor against, and is reported. The paper asks a
    second time for the bare verdict; here the report itself ends with it, at half the calls.

    Args:
        aspects: Names of files, shipped or in `folder`; () = all that suit the domain.
        folder: A folder of aspects of one's own.
        temperature: The sampling temperature of the reports.
        max_tokens: The most tokens of one report.
    """

    aspects: tuple[str, ...] = ()
    folder: str | None = None
    models: tuple[Backend, ...] = ()
    """Models that verify; () = the one that generates."""
    temperature: float = 0.7
    max_tokens: int = 1024
    warm: bool = True
    """One member goes first for each candidate and model, so that the others find the beginning in the prefix cache."""

    paper: ClassVar[str] = "Lifshitz et al. 2025, arXiv 2502.20379"
    needs: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        aspects_for("math", self.aspects, self.folder)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The share of approvals for each candidate."""
        aspects = aspects_for(session.problem.domain, self.aspects, self.folder)
        models: tuple[Backend | None, ...] = self.models or (None,)
        for model in models:
            await ready(session, model)
        seats = [(c, m) for c in range(len(candidates)) for m in range(len(models))]

        async def seat(place: tuple[int, int]) -> list[Reading]:
            candidate, model = candidates[place[0]], models[place[1]]
            return await self._seat(session, candidate, f"{candidate.id}/{place[1]}", model, aspects)

        rows = [row or [None] * len(aspects) for row in await session.map(seat, seats)]
        for number, aspect in enumerate(aspects):
            read = [reading for row in rows if (reading := row[number]) is not None]
            report(session, f"panel/{aspect.name}", [Tally.of([row[number]]) for row in rows])
            if read and all(map(math.isnan, read)):
                session.warn(f"panel: none of {len(read)} replies of the member {aspect.name} could be read")
        return [
            Tally.of([reading for (c, _), row in zip(seats, rows, strict=True) if c == index for reading in row])
            .verdict("approval") for index in range(len(candidates))
        ]  # fmt: skip

    async def _seat(
        self, session: Session, candidate: Candidate, name: str, model: Backend | None, aspects: Sequence[Aspect]
    ) -> list[Reading]:
        """What one model says of one candidate: 1, 0 or nan for each aspect, None where the call was refused."""
        if not (solution := solution_of(candidate)):
            return [math.nan] * len(aspects)

        async def member(aspect: Aspect) -> Reading:
            text = SHOWN.format(problem=session.problem.text, solution=solution, aspect=aspect.text)
            reply = await session.ask(
                f"verify/panel/{name}#{aspect.name}",
                about(session, text),
                backend=model,
                max_tokens=self.max_tokens,
                temperature=self.temperature,
            )
            approval = read_report(reply[0])
            return approval if math.isnan(approval) else float(approval >= 0.5)

        if not self.warm:
            return await session.map(member, aspects)
        first = await session.map(member, aspects[:1])
        return [*first, *await more(session, member, aspects[1:])]
