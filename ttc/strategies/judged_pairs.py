"""What the tournaments share: who enters, whose answers are equal, and how reliable the judge looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ttc.core.session import Session
from ttc.types import Candidate

Pair = tuple[Candidate, Candidate]

PRIOR_PAIRS = 4
PRIOR_AGREEMENT = 0.625
"""The prior of `JudgeRecord`: four pairs with the agreement of a judge that is right with p = 3/4, p² + (1 - p)²."""


@dataclass(slots=True)
class JudgeRecord:
    """How often votes on one pair agree; a vote is P(first is better), so that soft votes count by their parts.

    If every vote is right with probability p, two votes agree with p² + (1 - p)². Without labels no more can be known.
    A judge that is wrong in the same way every time looks reliable (p > 1/2 is assumed). Pairs of two wrong candidates
    pull p down. A judge that looks at places only never agrees with itself: p = 1/2.

    Args:
        agreement: Summed agreement of pairs of votes.
        pairs: Pairs of votes that were counted.
        unreadable: Votes that said nothing.
        readable: Votes that said something.
    """

    agreement: float = PRIOR_PAIRS * PRIOR_AGREEMENT
    pairs: int = PRIOR_PAIRS
    unreadable: int = 0
    readable: int = 0

    def add(self, votes: Sequence[float]) -> None:
        """Take in the votes on one pair; nan = the reply could not be read."""
        known = [vote for vote in votes if not math.isnan(vote)]
        self.unreadable += len(votes) - len(known)
        self.readable += len(known)
        k = len(known)
        if k > 1:
            first, squares = sum(known), sum(vote * vote for vote in known)
            second, rests = k - first, sum((1 - vote) ** 2 for vote in known)
            self.agreement += (first * first - squares + second * second - rests) / (k * (k - 1))
            self.pairs += 1

    @property
    def p_comp(self) -> float:
        """P(one vote prefers a right candidate to a wrong one), in [1/2, 1]."""
        return (1 + math.sqrt(max(0.0, 2 * self.agreement / self.pairs - 1))) / 2


def points(votes: Sequence[float]) -> tuple[float, float]:
    """The points of the first and of the second in the votes that could be read."""
    known = [vote for vote in votes if not math.isnan(vote)]
    return sum(known), len(known) - sum(known)


async def match_points(
    session: Session, field: Sequence[Candidate], pairs: Sequence[tuple[int, int]], votes: int, record: JudgeRecord
) -> tuple[list[tuple[int, int]], list[float]]:
    """The matches between members of the field that gave a result, and the first one's share of the points in each.

    Equal answers draw without being asked about. A match without a readable vote is left out.
    """
    labels = session.labels(field)
    asked = [(a, b) for a, b in pairs if labels[a] != labels[b] or labels[a] < 0]
    rows = await session.compare([(field[a], field[b]) for a, b in asked], votes) if asked else []
    played, shares = [pair for pair in pairs if pair not in asked], list[float]()
    shares += [0.5] * len(played)
    for pair, row in zip(asked, rows, strict=True):
        record.add(row)
        first, second = points(row)
        if first + second > 0:
            played.append(pair)
            shares.append(first / (first + second))
    return played, shares
