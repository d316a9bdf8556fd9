"""ST-BoN: pick the candidate most consistent with the others early, from hidden states, and finish only that one.

Wang et al. (2025), "Sampling-Efficient Test-Time Scaling: Self-Estimating the Best-of-N Sampling in Early Decoding",
arXiv 2503.01422. n candidates are sampled until step c, where all prefixes differ, and tau steps further. Each of
those tau steps casts one vote. The winner is continued from its tokens.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.intp]
HiddenStates = NDArray[np.floating]

FLOOR = 1e-8  # of norms, and of the two whole-chain denominators
COSINE_LIMIT = 1.0 - 1e-7  # a single-precision cosine can exceed 1


@dataclass(frozen=True, slots=True)
class Divergence:
    """When sampling may stop: `step` c counts tokens from 1 (None: read on); `diverged`: all prefixes differ."""

    step: int | None
    diverged: bool


def divergence(tokens: Sequence[Sequence[int]], terminators: Collection[int] = ()) -> Divergence:
    """First step at which all prefixes differ pairwise, or at which a candidate ends.

    `tokens` holds the generated ids of each candidate. Whole prefixes are compared, so what has differed once differs
    for ever. A candidate ends at its first token in `terminators`, and one that is shorter than the longest has ended
    at its last token.
    """
    _check_number(len(tokens))
    longest = max(len(ids) for ids in tokens)
    names = [0] * len(tokens)  # candidates with equal prefixes share a name
    for step in range(1, longest + 1):
        newest = [(name, ids[step - 1] if step <= len(ids) else None) for name, ids in zip(names, tokens, strict=True)]
        order = {prefix: k for k, prefix in enumerate(dict.fromkeys(newest))}
        names = [order[prefix] for prefix in newest]
        diverged = len(order) == len(tokens)
        ended = any(ids[step - 1] in terminators or len(ids) == step < longest for ids in tokens if len(ids) >= step)
        if diverged or ended:
            return Divergence(step, diverged)
    return Divergence(None, False)


def vote_steps(step: int, coefficient: float = 1.0) -> int:
    """Number tau of voting steps that follow c: max(1, floor(coefficient * c))."""
    if step < 1 or not coefficient > 0.0:
        raise ValueError(f"step {step} must be >= 1 and coefficient {coefficient} > 0 (1 is the published setting)")
    return max(1, int(coefficient * step))


def chain_feature(states: HiddenStates) -> NDArray[np.float32]:
    """Chain-of-embedding score F [n] of hidden states [layers + 1, n, width], embeddings first.

    F tells how far the state moves from layer to layer, less how far it turns. Both are relative to the way from the
    first layer to the last:

        F = mean over l of M(l, l+1) / M(0, L) - A(l, l+1) / A(0, L)

    M is the Euclidean distance and A the angle (CoE-R, Wang et al., 2024, arXiv 2410.13640). A common scale or rotation
    of all layers changes nothing.
    """
    chain = states.astype(np.float32)
    lengths = np.maximum(np.linalg.norm(chain, axis=-1), FLOOR)
    moves = np.linalg.norm(chain[1:] - chain[:-1], axis=-1)
    whole_move = np.maximum(np.linalg.norm(chain[-1] - chain[0], axis=-1), FLOOR)
    turns = _angle((chain[1:] * chain[:-1]).sum(axis=-1) / (lengths[1:] * lengths[:-1]))
    whole_turn = np.maximum(_angle((chain[-1] * chain[0]).sum(axis=-1) / (lengths[-1] * lengths[0])), FLOOR)
    feature: NDArray[np.float32] = (moves / whole_move - turns / whole_turn).mean(axis=0)
    return feature


def chain_features(hidden: HiddenStates, last: int | None = None) -> NDArray[np.float32]:
    """Features [last, n] at the last steps of `hidden` [steps, layers + 1, n, width] (None: at every step).

    Step s holds the states that produced token s, so step 1 is the last position of the prompt. The feature of a step
    is that of the mean state over all steps up to it, not of its own state alone.
    """
    first = 0 if last is None else max(0, len(hidden) - last)
    return np.stack([chain_feature(mean) for mean in _running_means(hidden, first)])


def votes(features: HiddenStates) -> IntArray:
    """Index of the winner of each step [steps], from features [steps, n].

    The published vote goes to the least mean squared difference to the others. That is n / (n - 1) times the squared
    distance to the mean, plus a constant. So the candidate nearest to the mean wins; the first index on ties.
    """
    _check_number(features.shape[-1])
    if not np.isfinite(features).all():
        raise ValueError("a feature is not finite; the hidden states hold nan or infinity")
    exact = features.astype(np.float64)
    winners: IntArray = np.argmin(np.abs(exact - exact.mean(axis=-1, keepdims=True)), axis=-1)
    return winners


def elect(features: HiddenStates) -> int:
    """Index of the candidate that wins most steps of `features` [steps, n], the smallest index on ties."""
    return int(np.argmax(np.bincount(votes(features), minlength=features.shape[-1])))


def choose(hidden: HiddenStates, found: Divergence, coefficient: float = 1.0) -> int:
    """Index of the candidate to finish.

    The last tau steps vote (fewer if fewer exist); all of them if the prefixes never differed and none ended. Copies
    of one candidate have equal features, so identical candidates give index 0.

    Args:
        hidden: [steps, layers + 1, n, width] up to step c + tau.
        found: When the prefixes differed.
        coefficient: tau / c, > 0.
    """
    last = None if found.step is None else vote_steps(found.step, coefficient)
    return elect(chain_features(hidden, last))


def _running_means(hidden: HiddenStates, first: int) -> Iterator[NDArray[np.float32]]:
    total = np.zeros(hidden.shape[1:], dtype=np.float32)
    for step, states in enumerate(hidden):
        total += states
        if step >= first:
            yield total / np.float32(step + 1)


def _angle(cosine: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.arccos(np.clip(cosine, -np.float32(COSINE_LIMIT), np.float32(COSINE_LIMIT)))


def _check_number(n: int) -> None:
    if n < 3:
        raise ValueError(f"n {n} must be >= 3: of two candidates both are equally near to their mean")
