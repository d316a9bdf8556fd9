"""Fit what a judge of pairs is worth, and keep it only where it tells right from wrong on other pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttc.belief.law import Floats
from ttc.belief.worth import JudgeWorth, log_beta_binomial

LEAST_PAIRS = 30


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Judgements of one pair of candidates. one_right: `won` is of the right one, `lost` of the wrong one; otherwise
    both are wrong, and the order means nothing. A tie is half a win of each; what could not be read counts for neither.
    """

    won: float
    lost: float
    one_right: bool = True


def fit_judge(pairs: Sequence[JudgedPair], seed: int = 0) -> JudgeWorth:
    """What the comparisons of a judge are worth; nothing (alpha = beta = gamma) where that is not sure.

    It is kept where −ln P(which of the two is right) is below ln 2 by more than one standard error. This is
    cross-fitted by halves over pairs. How often a judge agrees with itself says nothing of its worth.

    Raises ValueError for fewer than 30 pairs of a right and a wrong candidate.
    """
    decided = [pair for pair in pairs if pair.one_right and pair.won + pair.lost > 0]
    if len(decided) < LEAST_PAIRS:
        raise ValueError(f"{len(decided)} pairs of a right and a wrong answer are too few, give at least {LEAST_PAIRS}")
    wrong = [pair for pair in pairs if not pair.one_right and pair.won + pair.lost > 0]
    order = np.random.default_rng(seed).permutation(len(decided))
    gains: list[float] = []
    for start in (0, 1):
        worth = _fit_beta_binomial([decided[i] for i in order[start::2]], wrong)
        gains += [math.log(2) + _told(worth, decided[i]) for i in order[1 - start :: 2]]
    if not np.mean(gains) > np.std(gains, ddof=1) / math.sqrt(len(gains)):
        return JudgeWorth(pairs=len(decided))
    return _fit_beta_binomial(decided, wrong).model_copy(update={"pairs": len(decided)})


def _told(worth: JudgeWorth, pair: JudgedPair) -> float:
    """ln P(the right one is right | replies) at even odds before."""
    log = log_beta_binomial(worth.alpha, worth.beta, pair.won, pair.lost)
    other = log_beta_binomial(worth.alpha, worth.beta, pair.lost, pair.won)
    return float(log - np.logaddexp(log, other))


def _fit_beta_binomial(decided: Sequence[JudgedPair], wrong: Sequence[JudgedPair]) -> JudgeWorth:
    """Of greatest posterior density: logit of the mean ~ N(0, ½²), ln strength ~ N(ln 4, 1), ln gamma ~ N(0, 1)."""
    from scipy.optimize import minimize

    good, bad = _columns(decided), _columns(wrong)

    def loss(law: Floats) -> float:
        mean, strength, gamma = 1 / (1 + math.exp(-law[0])), math.exp(law[1]), math.exp(law[2])
        told = _log_likelihood(mean * strength, (1 - mean) * strength, good) + _log_likelihood(gamma, gamma, bad)
        return float(2 * law[0] ** 2 + ((law[1] - math.log(4)) ** 2 + law[2] ** 2) / 2) - told

    bounds = [(-5.0, 5.0), (-4.0, 6.0), (-4.0, 6.0)]
    logit, strength, gamma = minimize(loss, [0.0, math.log(4), 0.0], method="L-BFGS-B", bounds=bounds).x
    mean = 1 / (1 + math.exp(-logit))
    return JudgeWorth(alpha=mean * math.exp(strength), beta=(1 - mean) * math.exp(strength), gamma=math.exp(gamma))


def _columns(pairs: Sequence[JudgedPair]) -> Floats:
    """Won and lost [2, pairs]."""
    return np.array([(pair.won, pair.lost) for pair in pairs], dtype=float).reshape(-1, 2).T


def _log_likelihood(alpha: float, beta: float, record: Floats) -> float:
    """Σ ln P(a given order of the judgements of each pair)."""
    from scipy.special import betaln

    won, lost = record
    return float((betaln(alpha + won, beta + lost) - betaln(alpha, beta)).sum())
