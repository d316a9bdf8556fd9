"""Log-probabilities of the simulated model: right steps are written with more confidence than wrong ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from ttc.backends.simulated.tokens import piece

Top = tuple[tuple[tuple[str, float], ...], ...]
_MEDIAN_NLL = 0.25
_SPREAD = 0.35
"""Standard deviation, over solutions, of the logarithm of a step's mean negative logprob."""
_QUANTILES = [-math.log(1.0 - (k + 0.5) / 16) for k in range(16)]
_UNIT = [q * 16 / sum(_QUANTILES) for q in _QUANTILES]
"""Sixteen exponential quantiles with mean 1: shuffled and repeated, they give every stretch of tokens the same mean."""
_OTHERS = (" so", " we", " the", " and", " if", " then", " as", " one", " two", " sum", " is", " of", " x", " by")


def sampled(spans: Sequence[tuple[int, bool]], separation: float, rng: Random) -> tuple[float, ...]:
    """Logprobs [tokens] of the sampled tokens: -m * e with mean-one e, and log m normal.

    The mean of log m lies `separation`/2 standard deviations below (right) or above (wrong) the same middle. One m is
    drawn for the whole text.
    """
    level, unit = rng.gauss(0.0, 1.0), list(_UNIT)
    rng.shuffle(unit)
    values: list[float] = []
    for tokens, right in spans:
        shift = -separation / 2 if right else separation / 2
        mean = _MEDIAN_NLL * math.exp(_SPREAD * (level + shift))
        values += [-mean * unit[k % 16] for k in range(len(values), len(values) + tokens)]
    return tuple(values)


def top(ids: Sequence[int], logprobs: Sequence[float], k: int) -> Top:
    """The top k of each place as (token, logprob), the sampled one first; the others share the rest geometrically."""
    shares = [math.log(0.5) * (j + 1) for j in range(k - 1)]
    rows = []
    for place, (identity, logprob) in enumerate(zip(ids, logprobs, strict=True)):
        rest = math.log(max(1.0 - math.exp(logprob), 1e-9))
        others = tuple((_OTHERS[(place + j) % len(_OTHERS)], rest + share) for j, share in enumerate(shares))
        rows.append(((piece(identity), logprob), *others))
    return tuple(rows)
