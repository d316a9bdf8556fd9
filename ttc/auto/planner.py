"""All that could be bought next for one problem, with its gain and its cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ttc.auto.costs import Amounts, Spending, times, total
from ttc.auto.futures import Votes, chances, judging_gain, sampling_gains, scoring_gain
from ttc.auto.old_policy import Action, Option, chunk_of
from ttc.auto.prior import ScoreLaw, ValueProfile

SCORED = 2
"""Candidates that are scored of each of the two leading answers, at most."""
JUDGEMENTS = (2, 4)


@dataclass(frozen=True, slots=True)
class Helpers:
    """The verifier and the judge that may be asked, None where there is none; amounts are of one verdict."""

    law: ScoreLaw | None = None
    verdict: Amounts | None = None
    judgement: Amounts | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One problem so far. `unscored` [answers]: candidates without a verdict; `record`: judged wins of the two leaders.

    The two leaders are those answers that `leaders` returns.
    """

    votes: Votes
    unscored: Sequence[int] = ()
    record: Callable[[int, int], tuple[float, float]] = lambda first, second: (0.0, 0.0)


def leaders(profile: ValueProfile, votes: Votes, law: ScoreLaw | None = None) -> list[int]:
    """The answers by falling P(right), at most two; of equals the one with more votes, then the one named first."""
    belief = chances(profile, votes, law)[:-1]
    order = sorted(range(len(votes.sizes)), key=lambda j: (-belief[j], -votes.sizes[j], j))
    return order[:2]


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the options of one problem. `left` tells what is still there of a currency, `room` of candidates."""

    profile: ValueProfile
    spending: Spending
    helpers: Helpers
    left: Callable[[str], float]
    room: int

    def options(self, state: State) -> tuple[list[Option], str | None]:
        """The affordable options, and a currency that refused others, if one did."""
        found: list[Option] = []
        refused: str | None = None
        for action, size, gain, amounts in [*self._samples(state), *self._scores(state), *self._judgements(state)]:
            lacking = self.spending.lacking(amounts, self.left)
            if lacking is None:
                chunk = chunk_of(size, self.spending.binding(amounts))
                found.append(Option(action, size, gain, self.spending.share(amounts), chunk))
            refused = refused or lacking
        return found, refused

    def _samples(self, state: State) -> list[tuple[Action, int, float, Amounts]]:
        """More candidates, and more candidates with a verdict each. Verdicts that cost nothing are always taken."""
        law, verdict = self.helpers.law, self.helpers.verdict
        free = verdict is not None and self.spending.share(verdict) == 0
        found: list[tuple[Action, int, float, Amounts]] = []
        if not free:
            gains = sampling_gains(self.profile, state.votes, self.room, law)
            found += [("sample", size, gain, self.spending.samples(size)) for size, gain in gains]
        if law is not None and verdict is not None:
            gains = sampling_gains(self.profile, state.votes, self.room, law, score_new=True)
            for size, gain in gains:
                found.append(("sample and score", size, gain, total(self.spending.samples(size), times(verdict, size))))
        return found

    def _scores(self, state: State) -> list[tuple[Action, int, float, Amounts]]:
        """Verdicts on what the two leading answers have unscored."""
        law, verdict = self.helpers.law, self.helpers.verdict
        if law is None or verdict is None or not any(state.unscored):
            return []
        first = leaders(self.profile, state.votes, law)
        counts = [min(SCORED, count) if j in first else 0 for j, count in enumerate(state.unscored)]
        if not any(counts):
            return []
        gain = scoring_gain(self.profile, state.votes, counts, law)
        return [("score", sum(counts), gain, times(verdict, sum(counts)))]

    def _judgements(self, state: State) -> list[tuple[Action, int, float, Amounts]]:
        """Comparisons of the two leading answers."""
        pair = leaders(self.profile, state.votes, self.helpers.law)
        if self.helpers.judgement is None or len(pair) < 2:
            return []
        record = state.record(*pair)
        found: list[tuple[Action, int, float, Amounts]] = []
        for size in JUDGEMENTS:
            gain = judging_gain(self.profile, state.votes, (pair[0], pair[1]), record, size, self.helpers.law)
            found.append(("judge", size, gain, times(self.helpers.judgement, size)))
        return found
