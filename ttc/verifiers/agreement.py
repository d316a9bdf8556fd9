"""Agreement: a candidate is as good as the share of the others that came to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttc.core.candidates import agreement
from ttc.core.session import Session
from ttc.types import Candidate, Verdict


@dataclass(frozen=True)
class Agreement:
    """Score = votes for the candidate's answer / all votes cast; abstains on candidates without an answer.

    With it, best-of-N is self-consistency (Wang et al. 2022, arXiv 2203.11171). It asks no model anything.
    """

    paper: ClassVar[str] = "Wang et al. 2022, arXiv 2203.11171"
    needs: ClassVar[frozenset[str]] = frozenset()
    finished_only: ClassVar[bool] = True
    asks_no_model: ClassVar[bool] = True

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """Shares of the vote among the given candidates."""
        return agreement(session.group(candidates), len(candidates))
