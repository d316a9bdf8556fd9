"""What can be bought next for one problem: each action and size with its gain, its amounts and its share.

Pure functions of values: what is known (`State`), what is on offer (`Offer`), what the limits are and what is left
(`Limits`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ttc.auto.costs import Amounts, times, total
from ttc.auto.gains import HORIZONS, compare_gain, draw_gains, score_gain
from ttc.auto.simulated import Scoring
from ttc.belief.belief import Belief, Votes
from ttc.belief.right import Evidence
from ttc.belief.worth import JudgeWorth, Worth

Action = Literal["draw", "draw and score", "score", "compare"]

CHUNKS = {"seconds": 1, "tokens": 2, "calls": 2, "usd": 4, "eflops": 4}
"""Into how many chunks a plan is cut, by the currency that binds: in seconds what runs side by side is nearly free, in
the others a candidate that was not needed is money lost. Tokens and calls are a compromise with the user's patience."""
SCORED = 2
"""Candidates that are scored of each of the two first answers, at most."""
COMPARISONS = (2, 4)
"""Judgements of the two first answers; even numbers, so that a preference for the first place cancels."""
MOST_OF_PAIR, MOST_OF_CANDIDATE = 4, 2
"""Judgements of one pair of answers, and in all for each of the n candidates; unreadable ones count."""
NOTHING = 1e-12
"""A gain below this is rounding noise."""


@dataclass(frozen=True, slots=True)
class State:
    """One problem so far; the counters only rise.

    votes: what the belief reads, with the extra odds of scores and comparisons. drawn: candidates asked for, failed
    calls included. scored [answers]: candidates with a known score. unscored [answers]: candidates that no verifier was
    asked about, so an unreadable verdict is in neither. records: wins and losses of the first answer of a pair against
    the second. asked: judgements of a pair by the same keys (the smaller answer first), unreadable ones included.
    compared: judgements asked in all. refused: actions that a budget refused, which are not offered again.
    """

    votes: Votes
    drawn: int
    scored: tuple[int, ...] = ()
    unscored: tuple[int, ...] = ()
    records: Mapping[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    asked: Mapping[tuple[int, int], int] = field(default_factory=dict)
    compared: int = 0
    refused: frozenset[tuple[Action, int]] = frozenset()

    @classmethod
    def of(cls, evidence: Evidence, drawn: int, refused: frozenset[tuple[Action, int]] = frozenset()) -> State:
        """From what a run has seen (`ttc.belief.right.evidence_of`) and its counter of candidates."""
        return cls(
            evidence.votes, drawn, evidence.scored, evidence.unscored,
            evidence.records or {}, evidence.asked or {}, evidence.compared, refused,
        )  # fmt: skip

    def record(self, first: int, second: int) -> tuple[float, float]:
        """Wins and losses of one answer against another."""
        wins, losses = self.records.get((min(first, second), max(first, second)), (0.0, 0.0))
        return (wins, losses) if first < second else (losses, wins)

    def asked_of(self, first: int, second: int) -> int:
        """Judgements asked of a pair of answers."""
        return self.asked.get((min(first, second), max(first, second)), 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """limits: what the user set, by currency, of which costs are shares; safety caps are no limits. left: what may
    still be spent, safety caps included; a currency that is not named is not limited.
    """

    limits: Amounts
    left: Amounts = field(default_factory=dict)

    @classmethod
    def of(cls, limits: Amounts, n: int, left: Amounts | None = None) -> Limits:
        """The finite limits, n calls where there is none."""
        finite = {currency: limit for currency, limit in limits.items() if math.isfinite(limit)}
        return cls(finite or {"calls": float(n)}, left or {})

    def share(self, amounts: Amounts) -> float:
        """The largest share of a limit."""
        shares = [_part(amounts.get(currency, 0.0), limit) for currency, limit in self.limits.items()]
        return max(shares, default=0.0)

    def binding(self, amounts: Amounts) -> str:
        """The currency of that share."""
        return max(self.limits, key=lambda currency: _part(amounts.get(currency, 0.0), self.limits[currency]))

    def lacking(self, amounts: Amounts) -> str | None:
        """A currency of which less is left than the amounts need, None if there is enough."""
        return next((c for c, amount in amounts.items() if amount > self.left.get(c, math.inf)), None)


def _part(amount: float, limit: float) -> float:
    """Amount over limit; of a limit of nothing, everything that costs takes all of it."""
    return amount / limit if limit > 0 else math.inf if amount > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be bought.

    draw(stream, h): amounts of h candidates. verifier and judge: their worth; None = there is none, or it was not
    measured. verdict and judgement: amounts of one; None = not known yet, and taken to be those of one candidate.
    """

    draw: Callable[[int, int], Amounts]
    n: int
    verifier: Worth | None = None
    verdict: Amounts | None = None
    judge: JudgeWorth | None = None
    judgement: Amounts | None = None
    horizons: tuple[int, ...] = HORIZONS


@dataclass(frozen=True, slots=True)
class Option:
    """One action up to a horizon of `size` candidates, scores or judgements; gain: rise of P(right); cost: its share.

    chunk: how many of them to buy now. `lacking`: a currency of which too little is left for all of it.
    """

    action: Action
    size: int
    gain: float
    cost: float
    chunk: int
    stream: int = 0
    amounts: Amounts = field(default_factory=dict)
    lacking: str | None = None

    @property
    def index(self) -> float:
        """Gain per share; infinite for a gain that is free, 0 without a gain."""
        if self.gain <= NOTHING:
            return 0.0
        return self.gain / self.cost if self.cost > 0 else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}


def options_of(belief: Belief, state: State, offer: Offer, limits: Limits) -> list[Option]:
    """All that could be bought, also without gain or with too little left."""
    found = [*_draws(belief, state, offer, limits), *_scores(belief, state, offer, limits)]
    found += _comparisons(belief, state, offer, limits)
    return [option for option in found if (option.action, option.stream) not in state.refused]


def _option(
    limits: Limits, action: Action, size: int, gain: float, amounts: Amounts, stream: int = 0, least: int = 1
) -> Option:
    """With its share, and the chunk by the currency that binds; `least` of them make sense."""
    chunk = max(min(least, size), math.ceil(size / CHUNKS.get(limits.binding(amounts), 2)))
    return Option(action, size, gain, limits.share(amounts), chunk, stream, amounts, limits.lacking(amounts))


def _draws(belief: Belief, state: State, offer: Offer, limits: Limits) -> list[Option]:
    """More candidates of each stream, plain and with a verdict each. Free verdicts are always taken."""
    found, room = [], offer.n - state.drawn
    horizons = [h for h in offer.horizons if h <= room]
    for stream in range(len(belief.streams)) if horizons else ():
        verdict = offer.draw(stream, 1) if offer.verdict is None else offer.verdict
        scored = offer.verifier is not None and offer.verifier.helps
        if not scored or limits.share(verdict) > 0:
            for h, gain in draw_gains(belief, state.votes, stream, horizons):
                found.append(_option(limits, "draw", h, gain, offer.draw(stream, h), stream))
        if scored and offer.verifier is not None:
            scoring = Scoring(offer.verifier, state.scored)
            for h, gain in draw_gains(belief, state.votes, stream, horizons, scoring=scoring):
                amounts = total(offer.draw(stream, h), times(verdict, h))
                found.append(_option(limits, "draw and score", h, gain, amounts, stream))
    return found


def _scores(belief: Belief, state: State, offer: Offer, limits: Limits) -> list[Option]:
    """Verdicts on what the two first answers have unscored."""
    if offer.verifier is None or not offer.verifier.helps or not any(state.unscored):
        return []
    first = belief.leaders(state.votes)
    counts = [min(SCORED, count) if j in first else 0 for j, count in enumerate(state.unscored)]
    size = sum(counts)
    if not size:
        return []
    gain = score_gain(belief, state.votes, counts, Scoring(offer.verifier, state.scored))
    verdict = offer.draw(0, 1) if offer.verdict is None else offer.verdict
    return [_option(limits, "score", size, gain, times(verdict, size), least=size)]


def _comparisons(belief: Belief, state: State, offer: Offer, limits: Limits) -> list[Option]:
    """Comparisons of the two first answers, within their caps."""
    pair = belief.leaders(state.votes)
    if offer.judge is None or not offer.judge.helps or len(pair) < 2:
        return []
    first, second = pair
    room = min(MOST_OF_PAIR - state.asked_of(first, second), MOST_OF_CANDIDATE * offer.n - state.compared)
    judgement = offer.draw(0, 1) if offer.judgement is None else offer.judgement
    right, record = belief.right(state.votes).tolist(), state.record(first, second)
    found = []
    for size in (size for size in COMPARISONS if size <= room):
        gain = compare_gain(right, (first, second), offer.judge, size, record)
        found.append(_option(limits, "compare", size, gain, times(judgement, size), least=COMPARISONS[0]))
    return found
