"""Exact: the answer is checked against a known answer or by the user's own function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttc.core import domains
from ttc.core.session import Session
from ttc.types import ABSTAIN, Candidate, Problem, Verdict

Check = Callable[[Problem, Candidate], bool]


@dataclass(frozen=True)
class Exact:
    """Score 1 if the candidate passes, 0 if not; abstains on candidates without an answer.

    `answer` is what to compare with (equivalence, not spelling), or `check(problem, candidate)` decides; exactly one
    of the two is given. For problems whose answers can be checked (sums, proofs, puzzles), not for evaluation: there
    the gold answer stays outside the run.
    """

    answer: str | None = None
    check: Check | None = None

    paper: ClassVar[str] = "none: a perfect verifier"
    needs: ClassVar[frozenset[str]] = frozenset()
    finished_only: ClassVar[bool] = True
    asks_no_model: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.check is None):
            raise ValueError("exact needs either an answer (verifier exact:answer=42) or, from Python, check=function")

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """1 or 0 for each candidate."""
        return [self._verdict(session.problem, candidate) for candidate in candidates]

    def _verdict(self, problem: Problem, candidate: Candidate) -> Verdict:
        if candidate.answer is None:
            return ABSTAIN
        if self.check is not None:
            right = self.check(problem, candidate)
        else:
            right = domains.same(problem.domain, self.answer or "", candidate.answer)
        return Verdict(float(right), "right" if right else "wrong")
