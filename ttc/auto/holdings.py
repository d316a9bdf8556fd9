"""What a run of `auto` has bought so far, in the form that the allocator reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ttc.auto.futures import Votes
from ttc.auto.planner import State
from ttc.auto.votes_belief import judged_evidence
from ttc.core.elect import representative
from ttc.types import Candidate, Verdict

if TYPE_CHECKING:
    from ttc.auto.planner import State
    from ttc.auto.prior import JudgeLaw


@dataclass(eq=False)
class Holdings:
    """Candidates with their labels (answers numbered by first appearance, -1 = none), verdicts and judgements."""

    candidates: list[Candidate] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    judged: list[tuple[str, str, float, float]] = field(default_factory=list)
    """First and second candidate of a comparison by id, and the points of each."""

    def members(self, answer: int) -> list[Candidate]:
        """The candidates that gave an answer."""
        return [c for c, label in zip(self.candidates, self.labels, strict=True) if label == answer]

    def unscored(self, answer: int) -> list[Candidate]:
        """Those of them that no verifier has seen."""
        return [c for c in self.members(answer) if c.id not in self.verdicts]

    def speaker(self, answer: int) -> Candidate:
        """Who speaks for an answer."""
        return representative(self.candidates, self.labels, answer)

    def record(self, first: int, second: int) -> tuple[float, float]:
        """Points that one answer won and lost against another."""
        label = dict(zip((c.id for c in self.candidates), self.labels, strict=True))
        wins = losses = 0.0
        for a, b, won, lost in self.judged:
            if (label[a], label[b]) == (first, second):
                wins, losses = wins + won, losses + lost
            elif (label[b], label[a]) == (first, second):
                wins, losses = wins + lost, losses + won
        return wins, losses

    def state(self, judge: JudgeLaw, calibrated: bool) -> State:
        """All of it as the allocator sees it; of a verifier that is not `calibrated`, only how its scores differ."""
        answers = range(max(self.labels, default=-1) + 1)
        groups = [self.members(answer) for answer in answers]
        scores = tuple(tuple(self.verdicts[c.id].score for c in g if c.id in self.verdicts) for g in groups)
        votes = Votes(
            tuple(len(group) for group in groups),
            self.labels.count(-1),
            () if not self.verdicts else scores if calibrated else recentred(scores),
            self._evidence(answers, judge) if self.judged else (),
        )
        return State(votes, [len(self.unscored(answer)) for answer in answers], self.record)

    def _evidence(self, answers: Sequence[int], judge: JudgeLaw) -> tuple[float, ...]:
        """What the comparisons say for each answer."""
        records = [[self.record(answer, other) for other in answers if other != answer] for answer in answers]
        return tuple(sum(judged_evidence(judge, *record) for record in row if any(record)) for row in records)


def recentred(scores: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """The scores with their log-odds shifted to mean 0, so that a verifier that praises everything says nothing."""
    known = [_log_odds(score) for row in scores for score in row if not math.isnan(score)]
    mean = math.fsum(known) / max(1, len(known))
    return tuple(tuple(1 / (1 + math.exp(mean - _log_odds(score))) for score in row) for row in scores)


def _log_odds(score: float) -> float:
    """ln(score / (1 - score)), within (-5, 5); nan stays nan."""
    inside = score if math.isnan(score) else min(max(score, 0.0067), 0.9933)
    return math.log(inside / (1 - inside))
