"""Graded verification: one letter from A (best) to T (worst), and its expectation over the model's distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, ClassVar

from ttc.backends.base import Backend, Completion
from ttc.errors import check_range
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, ready, replies, solution_of
from ttc.verifiers.label import TOP, Labels
from ttc.verifiers.tally import Tally, report

if TYPE_CHECKING:
    from ttc.core.session import Session

GRADE = """{problem}

Proposed solution:
<solution>
{solution}
</solution>

Grade the correctness of the proposed solution with one letter, from A (certainly correct) over the letters between \
to T (certainly wrong). Reply "Grade: " and the letter."""
LETTERS = Labels(tuple(ascii_uppercase[:20]))
WORTH = tuple(1.0 - place / 19.0 for place in range(20))
"""A is worth 1, T is worth 0, the letters between are equally spaced."""


@dataclass(frozen=True)
class Graded:
    """Score = sum over letters of P(letter) * worth(letter), averaged over `votes` (arXiv 2607.05391).

    It is finer than Yes or No, and seldom ties. With log-probabilities a vote is the expectation over the letters among
    the first token's alternatives, renormalised over those seen. One vote is enough then. Without them a vote is the
    letter. "Grade: " is put in the model's mouth where its text can be continued.

    Args:
        votes: Grades of each candidate.
        temperature: The sampling temperature of the grades.
    """

    votes: int = 1
    temperature: float = 1.0
    backend: Backend | None = None
    """The model that grades; None = the one that generates."""

    paper: ClassVar[str] = "LLM-as-a-Verifier, arXiv 2607.05391"
    needs: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"logprobs", "prefill"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", votes=self.votes)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The expected grade of each candidate."""
        can = (await ready(session, self.backend)).capabilities
        prefix, soft = ("Grade:" if can.prefill else ""), can.logprobs and can.prefill

        async def one(candidate: Candidate) -> Tally:
            if not (solution := solution_of(candidate)):
                return Tally.of([])
            grades = await replies(
                session,
                f"verify/graded/{candidate.id}",
                about(session, GRADE.format(problem=session.problem.text, solution=solution)),
                self.votes,
                backend=self.backend,
                prefix=prefix,
                max_tokens=1 if soft else 6,
                temperature=self.temperature,
                top_p=1.0,
                logprobs=TOP if soft else None,
            )
            return Tally.of([None if grade is None else read_grade(grade) for grade in grades])

        found = await session.map(one, candidates)
        tallies = [Tally.of([None]) if tally is None else tally for tally in found]
        report(session, "graded", tallies)
        return [tally.verdict("grade") for tally in tallies]


def read_grade(reply: Completion) -> float:
    """The expected worth in [0, 1], nan where there is no grade.

    A text must be a lone letter, with or without "Grade:": "I think" and "A good solution" are no grades.
    """
    if reply.top and reply.top[0]:
        chances = LETTERS.of_top(reply.top[0])
    else:
        letter = reply.text.strip().removeprefix("Grade:").strip(" .*\n")
        chances = None if LETTERS.index(letter) is None else LETTERS.certain(letter)
    if chances is None:
        return math.nan
    return math.fsum(p * worth for p, worth in zip(chances, WORTH, strict=True))
