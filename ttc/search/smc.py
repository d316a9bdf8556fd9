"""Sequential Monte Carlo over partial solutions: weights, resampling, normaliser, Gibbs and tempering moves.

Particle filtering treats step t as a hidden state, with the language model as transition. The process reward r in
[0, 1] of the prefix is the likelihood g that the step is accepted. Puri et al. (2025), arXiv 2502.01618; particle
Gibbs is the conditional filter of Andrieu, Doucet and Holenstein (2010). Everything here works on arrays with one
entry a particle. The caller owns the texts and copies them by the ancestor indices returned.

One round: propagate, score, `increments`, `reweight`, and (before the next propagation only) `resample`. The
population after the last propagation is not resampled again: that could lose the best particle before it is picked.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ttc.search.resampling import Resampler, effective_sample_size, multinomial

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

CLIP = 1e-7  # scores are kept this far from 0 and 1, so that their logarithms and logits are finite


def log_mean_exp(log_weights: FloatArray) -> float:
    """log of the mean of exp(log_weights), without overflow; -inf where all weights are 0."""
    peak = log_weights.max()
    if np.isinf(peak):
        return float(peak)
    return float(peak + np.log(np.exp(log_weights - peak).mean()))


def softmax(log_weights: FloatArray) -> FloatArray:
    """Shares [n] that sum to 1, proportional to exp(log_weights); ValueError where all weights are 0, or one is nan."""
    peak = log_weights.max()
    if not np.isfinite(peak):
        raise ValueError(f"the greatest log-weight is {peak}; shares need one that is finite, and none that is nan")
    weights = np.exp(log_weights - peak)
    shares: FloatArray = weights / weights.sum()
    return shares


# --- weights --------------------------------------------------------------------------------------------------------


def prob_weight(scores: FloatArray, previous: FloatArray) -> FloatArray:
    """log r: shares proportional to the score, the state-space model of the paper."""
    return np.log(_clipped(scores))


def logit_weight(scores: FloatArray, previous: FloatArray) -> FloatArray:
    """log(r / (1 - r)): shares proportional to the odds, which is what both published programs compute; far sharper."""
    clipped = _clipped(scores)
    return np.log(clipped) - np.log1p(-clipped)


def incremental_weight(scores: FloatArray, previous: FloatArray) -> FloatArray:
    """log r_t - log r_(t-1): the product telescopes to the last score, so early steps are not counted again.

    For rewards that judge the whole prefix. `previous` is 1 before the first step; a finished particle repeats its
    score and so gets 0.
    """
    return np.log(_clipped(scores)) - np.log(_clipped(previous))


WEIGHTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "prob": prob_weight,
    "logit": logit_weight,
    "incremental": incremental_weight,
}


def increments(
    scores: FloatArray, previous: FloatArray | None = None, *, weight: str = "logit", temperature: float = 1.0
) -> FloatArray:
    """Log-weight that each particle gains in this round: the named weight divided by the temperature T_s.

    Args:
        scores: [n] this round's scores in [0, 1].
        previous: [n] the last round's; None = all 1.
        weight: "prob", "logit" or "incremental".
        temperature: > 0. A large one makes all shares equal, a small one copies only the best.
    """
    if weight not in WEIGHTS:
        raise ValueError(f"weight {weight!r} is none of {', '.join(WEIGHTS)}")
    if not temperature > 0.0:
        raise ValueError(f"temperature {temperature} must be > 0 (1 is the published setting)")
    before = np.ones_like(scores) if previous is None else previous
    return WEIGHTS[weight](scores, before) / temperature


def annealed_temperature(step: int, start: float, end: float, steps: int) -> float:
    """Temperature T_s of a round: linear from `start` to `end`, then `end`.

    Args:
        step: The round, from 0.
        start: T_s of round 0.
        end: T_s from round `steps` on.
        steps: Rounds until then, >= 1.
    """
    if steps < 1:
        raise ValueError(f"steps {steps} must be >= 1 (1 reaches the end temperature in the second round)")
    return start + (end - start) * min(1.0, step / steps)


# --- one round ------------------------------------------------------------------------------------------------------


def resampling_due(log_weights: FloatArray, ess_fraction: float | None = None) -> bool:
    """Whether to resample now: every round (None), or when the effective sample size falls below that fraction of n."""
    if ess_fraction is None:
        return True
    return effective_sample_size(softmax(log_weights)) < ess_fraction * len(log_weights)


def resample(
    log_weights: FloatArray,
    rng: np.random.Generator,
    *,
    scheme: Resampler = multinomial,
    frozen: BoolArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """Draw ancestors [n] and hand every survivor the mean weight; returns (ancestors, new log_weights).

    Handing on the mean resets the weights: all are equal again. It also keeps their product in the estimate. At any
    time `log_normaliser(log_weights)` is the log of an unbiased estimate of Z, however often one resampled.

    Args:
        log_weights: [n] natural logs.
        rng: Draws the ancestors.
        scheme: One of `ttc.search.resampling`.
        frozen: [n] finished particles that stay where they are with their weight; the others resample among
            themselves. None: finished particles compete again in every round with their last score. Under this
            published rule an early finisher with a high score multiplies. The estimate then counts the last score of
            a solution once for each round after its end. It is that of the product of likelihoods only where all
            solutions take equally many steps.
    """
    slots = np.arange(len(log_weights))
    moving = slots if frozen is None else slots[~frozen]
    ancestors = slots.copy()
    if len(moving) > 0:
        ancestors[moving] = moving[scheme(softmax(log_weights[moving]), len(moving), rng)]
    return ancestors, handed_on(log_weights, moving)


def handed_on(log_weights: FloatArray, moving: IntArray) -> FloatArray:
    """The log-weights [n] after a resampling among the slots in `moving`: their mean weight for each of them."""
    survivors = log_weights.copy()
    if len(moving) > 0:
        survivors[moving] = log_mean_exp(log_weights[moving])
    return survivors


def log_normaliser(log_weights: FloatArray) -> float:
    """log of the estimate of Z, the expected product of the likelihoods; a low value per step marks a hard problem.

    Expects weights carried from zero by adding `increments` and calling `resample`. E[Z estimate] = Z for any n, if
    finished particles are frozen or all take equally many steps (see `resample`). The log lies below log Z on average.
    """
    return log_mean_exp(log_weights)


# --- final pick -----------------------------------------------------------------------------------------------------


def pick_best(scores: FloatArray, log_weights: FloatArray, groups: IntArray, rng: np.random.Generator) -> int:
    """Index of the best last score, the first one on ties: the published evaluation.

    Args:
        scores: [n] last scores.
        log_weights: Not read.
        groups: Not read.
        rng: Not read.
    """
    return int(np.argmax(scores))


def pick_sample(scores: FloatArray, log_weights: FloatArray, groups: IntArray, rng: np.random.Generator) -> int:
    """Index drawn by weight: an approximate draw from the target distribution.

    Args:
        scores: Not read.
        log_weights: [n] natural logs.
        groups: Not read.
        rng: Draws the index.
    """
    return int(multinomial(softmax(log_weights), 1, rng)[0])


def pick_vote(scores: FloatArray, log_weights: FloatArray, groups: IntArray, rng: np.random.Generator) -> int:
    """Index of the best-scored particle of the answer group that holds most weight (smallest group number on ties).

    If no particle has an answer, the best score decides.

    Args:
        scores: [n] last scores.
        log_weights: [n] natural logs.
        groups: [n] numbers the answers from 0; -1 marks a particle without an answer, which has no vote.
        rng: Not read.
    """
    voters = np.flatnonzero(groups >= 0)
    if len(voters) == 0:
        return int(np.argmax(scores))
    totals = np.bincount(groups[voters], weights=softmax(log_weights)[voters])
    members = np.flatnonzero(groups == np.argmax(totals))
    return int(members[np.argmax(scores[members])])


PICKS: dict[str, Callable[[FloatArray, FloatArray, IntArray, np.random.Generator], int]] = {
    "best": pick_best,
    "sample": pick_sample,
    "vote": pick_vote,
}


# --- particle Gibbs and parallel tempering --------------------------------------------------------------------------


def conditional_resample(
    log_weights: FloatArray, reference: int, rng: np.random.Generator, frozen: BoolArray | None = None
) -> IntArray:
    """Draw ancestors [n] of a conditional filter: slot `reference` keeps itself, all others draw from all.

    The reference takes part with its weight at the current step, or with its last one once it has ended. A child of
    it starts from the reference cut to that step. If the reference could die, the sweep would no longer leave the
    target distribution invariant.

    Args:
        log_weights: [n] natural logs.
        reference: The slot of the reference.
        rng: Draws the ancestors.
        frozen: [n] particles that keep themselves too, and that no other draws; the weights of the others are then
            those of `handed_on`.
    """
    slots = np.arange(len(log_weights))
    moving = slots if frozen is None else slots[~frozen]
    ancestors = slots.copy()
    if len(moving) > 0:
        ancestors[moving] = moving[multinomial(softmax(log_weights[moving]), len(moving), rng)]
    ancestors[reference] = reference
    return ancestors


def draw_reference(log_weights: FloatArray, rng: np.random.Generator) -> int:
    """Index of the particle that becomes the next sweep's reference, drawn by the weights of the last population."""
    return int(multinomial(softmax(log_weights), 1, rng)[0])


def log_swap_acceptance(log_first: float, log_second: float, first: float, second: float) -> float:
    """log of the chance to swap the references of two chains that run at different temperatures.

    The chains aim at p_M(x) * g(x)^(1/T). So the swap is accepted with chance
    min(1, exp((1/T_1 - 1/T_2) (log g_2 - log g_1))).

    Args:
        log_first: Total log-weight of the first chain's reference at temperature 1.
        log_second: That of the second chain's.
        first: Temperature of the first chain.
        second: Temperature of the second chain.
    """
    return min(0.0, (1.0 / first - 1.0 / second) * (log_second - log_first))


def _clipped(scores: FloatArray) -> FloatArray:
    if np.isnan(scores).any():
        raise ValueError("a score is nan; give an unjudged particle a score in [0, 1] or drop it before weighting")
    return np.clip(scores, CLIP, 1.0 - CLIP)
