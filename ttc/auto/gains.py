"""What more candidates, scores or comparisons are worth: the expected rise of P(the chosen answer is right).

The gain of an action is a mean over its futures. In each it is P(right) of the answer that leads then, less P(right)
then of the answer that leads now. As a difference inside each future it is never negative and has little noise.
Random numbers depend on the state alone: the same state has the same gains, and the noise of different states is
independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ttc.auto.simulated import Futures, Ordered, Scoring
from ttc.belief.belief import Belief, Votes
from ttc.belief.worth import JudgeWorth, Worth, log_beta_binomial

HORIZONS = (1, 2, 4, 8)
"""Candidates to plan for; 16 too where seconds bind, and up to 32 in forecasts."""
FUTURES, LEAST_FUTURES = 128, 32
"""Of all streams together, and of one at least."""
FORECAST_FUTURES, FORECAST_HORIZONS = 2048, (1, 2, 4, 8, 16, 32)
"""Of a forecast, which is made once."""


def draw_gains(
    belief: Belief,
    votes: Votes,
    stream: int = 0,
    horizons: Sequence[int] = HORIZONS,
    *,
    scoring: Scoring | None = None,
    futures: int | None = None,
    rng: np.random.Generator | None = None,
) -> list[tuple[int, float]]:
    """(h, gain of h more candidates) for each horizon h, ascending; gains never fall.

    Args:
        belief: the laws.
        votes: what is known.
        stream: the stream that draws.
        horizons: numbers of candidates, positive.
        scoring: every new candidate is scored too, by this verifier.
        futures: simulated continuations; None: 128 shared by the streams, at least 32.
        rng: random numbers; None: those of the state.
    """
    if not horizons:
        return []
    if min(horizons) < 1:
        raise ValueError(f"horizons are {tuple(horizons)}; each must be at least 1")
    number = futures or max(LEAST_FUTURES, FUTURES // len(belief.streams))
    state = Ordered.of(belief, votes, () if scoring is None else scoring.scored)
    place, worth = state.streams.index(stream), None if scoring is None else scoring.worth
    if rng is not None:
        return _simulated(state, place, tuple(sorted(set(horizons))), worth, number, rng)
    return list(_remembered(state, place, tuple(sorted(set(horizons))), worth, number))  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def _remembered(
    state: Ordered, stream: int, horizons: tuple[int, ...], worth: Worth | None, futures: int
) -> tuple[tuple[int, float], ...]:
    rng = state.generator(state.belief.streams[stream].key)
    return tuple(_simulated(state, stream, horizons, worth, futures, rng))


def _simulated(
    state: Ordered, stream: int, horizons: tuple[int, ...], worth: Worth | None, futures: int, rng: np.random.Generator
) -> list[tuple[int, float]]:
    simulated = Futures(state, stream, horizons[-1], futures, rng)
    gains, best, before = [], 0.0, simulated.drawn.copy()
    for step in range(1, horizons[-1] + 1):
        simulated.draw()
        if step in horizons:
            if worth is not None:
                simulated.hear(worth, simulated.drawn - before)
                before = simulated.drawn.copy()
            best = max(best, simulated.gain())  # information never hurts: a fall is noise
            gains.append((step, best))
    return gains


def forecast(
    belief: Belief, n: float, votes: Votes | None = None, stream: int = 0, scoring: Scoring | None = None
) -> float:
    """P(the leading answer is right) after n candidates of a stream in all, of which `votes` are known.

    Between the horizons of the simulation it is linear in ln(1 + n), beyond the last one it stays. n may be a mean.
    """
    votes = votes or Votes(((),) * len(belief.streams), (0,) * len(belief.streams))
    now, more = belief.posterior(votes).lead, n - votes.drawn
    if more <= 0:
        return now
    gains = draw_gains(belief, votes, stream, FORECAST_HORIZONS, scoring=scoring, futures=FORECAST_FUTURES)
    horizons, values = zip((0, 0.0), *gains, strict=True)
    return now + float(np.interp(math.log1p(more), np.log1p(horizons), values))


def score_gain(
    belief: Belief, votes: Votes, counts: Sequence[int], scoring: Scoring, *, futures: int = FUTURES
) -> float:
    """Gain of scoring `counts[j]` further candidates of each answer, before any more are drawn."""
    state = Ordered.of(belief, votes, scoring.scored)
    if not any(counts) or not scoring.worth.helps:
        return 0.0
    simulated = Futures(state, 0, 0, futures, state.generator("score"))
    more = np.zeros((1, simulated.counts.shape[1]), dtype=np.int64)
    more[0, : simulated.answers] = np.array([counts[j] for j in state.columns])[simulated.kept]
    simulated.hear(scoring.worth, more)
    return max(0.0, simulated.gain())


def compare_gain(
    right: Sequence[float],
    pair: tuple[int, int],
    judge: JudgeWorth,
    size: int,
    record: tuple[float, float] = (0.0, 0.0),
) -> float:
    """Gain of `size` comparisons of two answers, exactly.

    Args:
        right: P(answer j is right) [answers + 1], the last that none of them is.
        pair: the places of the two answers.
        judge: the worth of the judge.
        size: how many comparisons.
        record: wins and losses of the first answer against the second so far.
    """
    if not judge.helps:
        return 0.0
    (first, second), (wins, losses) = pair, record
    leader = max(range(len(right) - 1), key=lambda j: right[j])
    base, before = log_beta_binomial(judge.gamma, judge.gamma, wins, losses), judge.extra(wins, losses)
    mirrored, gain = judge.extra(losses, wins), 0.0
    for won in range(size + 1):
        lost = size - won
        ways = math.lgamma(size + 1) - math.lgamma(won + 1) - math.lgamma(lost + 1)
        chance = math.exp(ways + log_beta_binomial(judge.gamma, judge.gamma, wins + won, losses + lost) - base)
        after = list(right[:-1])
        after[first] *= math.exp(judge.extra(wins + won, losses + lost) - before)
        after[second] *= math.exp(judge.extra(losses + lost, wins + won) - mirrored)
        gain += chance * (max(after) - after[leader])
    return gain
