"""short-m@k: draw k candidates at once, wait for the m shortest, let them vote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ttc.backends.base import Delta
from ttc.core.candidates import votable
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import Stage, Workload
from ttc.strategies.rewriting import side_by_side
from ttc.types import Candidate


@dataclass(frozen=True)
class ShortM:
    """Start `n` candidates side by side; as soon as `m` have ended, whatever is longer than those ends too.

    The m shortest vote, ties to the shorter. Length in tokens decides and not arrival. So a slow connection changes the
    bill, for a longer stream may get further before it is ended, but never the answer.
    """

    n: int = 8
    m: int = 3

    paper: ClassVar[str] = "Hassid et al. 2025, arXiv 2505.17813"
    needs: ClassVar[frozenset[str]] = frozenset({"streams"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)
        check_range(f"[1, {self.n}]", "1 to n", m=self.m)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n streams; those longer than the m-th shortest end there."""
        w, n = workload, self.n
        lengths = [w.order(rank, n) for rank in range(1, n + 1)]
        line = lengths[self.m - 1]
        scale = min(1.0, w.mean * n / sum(lengths))  # the average over the ranks is the mean length
        mean = sum(min(length, line) for length in lengths) / n * scale
        return [Stage("solve", n, mean, w.prompt, n, w.prompt * (1 - 1 / n), longest=line)]

    async def run(self, session: Session) -> Candidate:
        """All streams at once, then the vote of the shortest."""
        finish = Finish(self.m)

        async def draw(number: int) -> Sequence[Candidate]:
            candidates = await session.sample(watch=LengthWatch(finish))
            if votable(candidates[0]) is not None:
                finish.ended.append(candidates[0])
                _vote(session, finish.ended, self.m)
            return candidates

        drawn = await side_by_side(session, draw, range(self.n))
        candidates = [candidate for candidate in drawn if candidate is not None]
        ended = sorted(finish.ended, key=lambda c: c.output_tokens)
        # whether a longer one came to its end is a matter of latencies
        session.set_aside(c for c in candidates if c not in ended[: self.m] and c.output_tokens > finish.line())
        return _vote(session, ended or candidates, self.m)


@dataclass
class Finish:
    """The candidates that have ended, in order of arrival."""

    m: int
    ended: list[Candidate] = field(default_factory=list)

    def line(self) -> float:
        """The length of the m-th shortest: who is longer cannot be among them any more."""
        lengths = sorted(candidate.output_tokens for candidate in self.ended)
        return lengths[self.m - 1] if len(lengths) >= self.m else math.inf


class LengthWatch:
    """Ends one stream when it is longer than the m shortest that have ended."""

    def __init__(self, finish: Finish):
        self.finish, self.tokens = finish, 0

    def __call__(self, index: int, delta: Delta) -> bool:
        """Whether the stream goes on."""
        self.tokens += delta.tokens
        return self.tokens <= self.finish.line()


def _vote(session: Session, candidates: Sequence[Candidate], m: int) -> Candidate:
    """The vote of the m shortest, proposed; the shortest itself if none votes."""
    return elect(session, sorted(candidates, key=lambda c: c.output_tokens)[:m])
