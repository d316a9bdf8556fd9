"""What more candidates, scores or comparisons are worth: the expected rise of P(the chosen answer is right).

The gain of an action is E[P(right) of the answer that will be best] − E[P(right) of the answer that is best now], both
under the belief after the action. Taken as a difference inside each future it is never negative and has little noise:
futures that leave the leader in front contribute exactly 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.auto.prior import Component, ScoreLaw, ValueProfile
from ttc.auto.votes_belief import answer_law, joint_evidence, judged_evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FUTURES = 256
HORIZONS = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Votes:
    """What is known of one problem, answers in any order (no decision depends on it).

    sizes: votes of each answer; silent: candidates without an answer; scores: of each answer's candidates, () where
    nothing was scored; judged: what comparisons say, as ln-evidence of each answer.
    """

    sizes: tuple[int, ...] = ()
    silent: int = 0
    scores: tuple[tuple[float, ...], ...] = ()
    judged: tuple[float, ...] = ()

    @property
    def drawn(self) -> int:
        """Candidates so far."""
        return sum(self.sizes) + self.silent


def chances(profile: ValueProfile, votes: Votes, law: ScoreLaw | None = None) -> NDArray[np.float64]:
    """P(right) of each answer [answers + 1]; the last: the right answer has not been seen."""
    return _remembered_chances(profile.components, votes, law)


@lru_cache(maxsize=65536)
def _remembered_chances(components: tuple[Component, ...], votes: Votes, law: ScoreLaw | None) -> NDArray[np.float64]:
    sizes = np.array(votes.sizes, dtype=np.int64)
    belief = answer_law(components, sum(votes.sizes)).posterior(sizes, _evidence(votes, law))
    belief.flags.writeable = False  # many callers share it
    return belief


def _evidence(votes: Votes, law: ScoreLaw | None) -> NDArray[np.float64]:
    """ln-evidence of each answer from its scores and comparisons [answers]."""
    evidence = np.zeros(len(votes.sizes))
    if votes.judged:
        evidence += votes.judged
    if law is not None and votes.scores:
        evidence += [joint_evidence(law, scores) for scores in votes.scores]
    return evidence


def sampling_gains(
    profile: ValueProfile, votes: Votes, most: int, law: ScoreLaw | None = None, *, score_new: bool = False
) -> list[tuple[int, float]]:
    """(k, gain of k more candidates) for all HORIZONS up to `most`; with `score_new` a verifier scores all of them.

    Monte Carlo over FUTURES continuations of the votes, drawn from the belief with a fixed seed.
    """
    if votes.scores or votes.judged or score_new:
        return _gains(profile, votes, most, law, score_new)
    ordered = Votes(tuple(sorted(votes.sizes, reverse=True)), votes.silent)
    reach = max((horizon for horizon in HORIZONS if horizon <= most), default=0)
    return list(_remembered(profile.components, profile.silent, ordered, reach))


@lru_cache(maxsize=65536)
def _remembered(
    components: tuple[Component, ...], silent: tuple[float, float], votes: Votes, most: int
) -> tuple[tuple[int, float], ...]:
    profile = ValueProfile(name="", components=components, silent=silent)
    return tuple(_gains(profile, votes, most, None, False))


def _gains(
    profile: ValueProfile, votes: Votes, most: int, law: ScoreLaw | None, score_new: bool
) -> list[tuple[int, float]]:
    horizons = [horizon for horizon in HORIZONS if horizon <= most]
    future = _Futures(profile, votes, max(horizons, default=0), law, np.random.default_rng(0))
    gains, best = [], 0.0
    for step in range(1, max(horizons, default=0) + 1):
        future.draw(score_new)
        if step in horizons:
            best = max(best, future.gain())  # information never hurts: a fall is noise
            gains.append((step, best))
    return gains


class _Futures:
    """FUTURES continuations of one problem, side by side.

    Places [places] are: the answers so far, one for a right answer not seen yet, and one for each candidate to come.
    """

    def __init__(
        self, profile: ValueProfile, votes: Votes, most: int, law: ScoreLaw | None, rng: np.random.Generator
    ) -> None:
        self.rng, self.law, self.scores = rng, law, law
        self.answers = answer_law(profile.components, sum(votes.sizes) + most)
        seen = len(votes.sizes)
        places = seen + 1 + most
        self.sizes = np.zeros((FUTURES, places), dtype=np.int64)
        self.sizes[:, :seen] = votes.sizes
        self.fixed = np.zeros(places)  # evidence from comparisons
        self.told, self.heard = np.zeros((FUTURES, places)), np.zeros((FUTURES, places))  # sum and number of scores
        if votes.judged:
            self.fixed[:seen] = votes.judged
        if law is not None and votes.scores:
            known = [[law.evidence(s) for s in scores if not math.isnan(s)] for scores in votes.scores]
            self.told[:, :seen], self.heard[:, :seen] = [sum(row) for row in known], [len(row) for row in known]
        self.next = seen + 1  # the next free place
        now = self._posterior()[0]
        self.leader = int(np.argmax(now[:-1])) if seen else None
        joint = self.answers.log_joint(np.array(votes.sizes, dtype=np.int64)) + _column(_evidence(votes, law))
        drawn, self.weight = self._truths(np.exp(joint - joint.max()))
        self.right, part = np.divmod(drawn, joint.shape[1])  # the place of the right answer, and the component
        own = np.array([*votes.sizes, 0])[self.right]
        total = sum(votes.sizes)
        self.rate = rng.beta(self.answers.alpha[part] + own, self.answers.beta[part] + total - own)
        self.silent = rng.beta(profile.silent[0] + votes.silent, profile.silent[1] + total, FUTURES)
        self.spread, self.discount = self.answers.spread[part, None], self.answers.discount[part, None]

    def _truths(self, chances: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Which answer is right, in which component: an index of `chances` and an importance weight for each future.

        Gains come from futures in which the leader is wrong, so half of the futures are drawn from those alone.
        """

        wrong = chances.copy()
        if self.leader is not None:
            wrong[self.leader] = 0.0
        if not wrong.any():  # so sure that all else underflows
            wrong = chances
        belief, wrong = chances.ravel() / chances.sum(), wrong.ravel() / wrong.sum()
        proposal = (belief + wrong) / 2
        drawn = self.rng.choice(belief.size, size=FUTURES, p=proposal)
        return drawn, belief[drawn] / proposal[drawn]

    def draw(self, scored: bool) -> None:
        """One more candidate in each future: silent, right, an old wrong answer, or a new one."""
        rows = np.arange(FUTURES)
        wrong = self.sizes[:, : self.next + 1].copy()
        wrong[rows, self.right] = 0
        there = wrong > 0
        weights = wrong - self.discount * there
        weights[:, self.next] = (self.spread + there.sum(1, keepdims=True) * self.discount)[:, 0]
        edges = weights.cumsum(1)
        place = (edges < self.rng.random((FUTURES, 1)) * edges[:, -1:]).sum(1)
        place = np.where(self.rng.random(FUTURES) < self.rate, self.right, place)
        speaks = self.rng.random(FUTURES) >= self.silent
        self.sizes[rows[speaks], place[speaks]] += 1
        if scored and self.law is not None:
            self.told[rows[speaks], place[speaks]] += self._scores(place == self.right)[speaks]
            self.heard[rows[speaks], place[speaks]] += 1
        self.next += 1

    def score(self, counts: Sequence[int]) -> None:
        """Score `counts[j]` candidates of each answer so far."""
        for place, count in enumerate(counts):
            for _ in range(count):
                self.told[:, place] += self._scores(self.right == place)
                self.heard[:, place] += 1

    def _scores(self, right: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The evidence of one score in each future."""
        assert self.law is not None
        good, bad = np.array(self.law.right), np.array(self.law.wrong)
        places = [self.rng.choice(len(good), size=FUTURES, p=law / law.sum()) for law in (good, bad)]
        bins = np.where(right, *places)
        result: NDArray[np.float64] = np.log(good[bins] / bad[bins])
        return result

    def gain(self) -> float:
        """Weighted mean over the futures of P(best) − P(now leading)."""
        after = self._posterior()[:, :-1]
        rise = after.max(1) - (after[:, self.leader] if self.leader is not None else 0.0)
        return float((self.weight * rise).mean())

    def _posterior(self) -> NDArray[np.float64]:
        if self.law is None:
            return self.answers.posterior(self.sizes[:, : self.next], self.fixed[: self.next])
        heard = np.maximum(self.heard[:, : self.next], 1)
        told = self.told[:, : self.next] * heard ** (self.law.independence - 1)
        return self.answers.posterior(self.sizes[:, : self.next], self.fixed[: self.next] + told)


def _column(evidence: NDArray[np.float64]) -> Any:
    """Evidence of the answers, 0 for none of them, as a column [answers + 1, 1]."""
    return np.append(evidence, 0.0)[:, None]


def scoring_gain(profile: ValueProfile, votes: Votes, counts: Sequence[int], law: ScoreLaw) -> float:
    """Gain of scoring `counts[j]` candidates of each answer so far, before any more are drawn."""
    future = _Futures(profile, votes, 0, law, np.random.default_rng(0))
    future.score(counts)
    return future.gain()


def judging_gain(
    profile: ValueProfile,
    votes: Votes,
    pair: tuple[int, int],
    record: tuple[float, float],
    judgements: int,
    law: ScoreLaw | None = None,
) -> float:
    """Gain of `judgements` comparisons of two answers, exactly; record = (wins, losses) of the first so far."""
    from scipy.special import comb

    judge, (first, second), (wins, losses) = profile.judge, pair, record
    now = chances(profile, votes, law)
    leader = int(np.argmax(now[:-1]))
    base = [judged_evidence(judge, wins, losses), judged_evidence(judge, losses, wins)]
    gain = 0.0
    for more in range(judgements + 1):
        fewer = judgements - more
        ratio = np.ones(len(now))  # P(outcome | j right) / P(outcome | a toss-up)
        ratio[first] = np.exp(judged_evidence(judge, wins + more, losses + fewer) - base[0])
        ratio[second] = np.exp(judged_evidence(judge, losses + fewer, wins + more) - base[1])
        after = now * ratio * comb(judgements, more) / 2**judgements  # not normalised: its sum is P(outcome)
        gain += float(after[:-1].max() - after[leader])
    return gain
