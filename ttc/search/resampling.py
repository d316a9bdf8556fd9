"""Resampling: trade weighted particles for equally weighted copies.

A resampler draws `size` ancestor indices such that particle i is drawn size * theta[i] times on average. That is all
an unbiased particle filter needs; the schemes differ only in how far the counts scatter about their mean. All but
`residual` place `size` points in [0, 1) and read off in whose share of the unit interval each falls.
Douc, Cappe and Moulines (2005), "Comparison of resampling schemes for particle filtering", arXiv cs/0507025.
"""

import difflib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Resampler = Callable[[FloatArray, int, np.random.Generator], IntArray]

BELOW_ONE = float(np.nextafter(1.0, 0.0))


def multinomial(theta: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Draw ancestors independently: the scheme of the published particle filters for language models.

    Args:
        theta: [n] shares that sum to 1, else ValueError.
        size: Ancestors to draw; the result [size] holds indices into `theta`.
        rng: Draws the points.
    """
    return _owners(theta, rng.random(size))


def stratified(theta: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Draw one point in each of `size` equal strata; the ancestors come out sorted.

    Args:
        theta: As for `multinomial`.
        size: As for `multinomial`.
        rng: As for `multinomial`.
    """
    return _owners(theta, (np.arange(size) + rng.random(size)) / size)


def systematic(theta: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Draw equally spaced points with one random offset: every count is floor or ceil of size * theta[i].

    Args:
        theta: As for `multinomial`.
        size: As for `multinomial`.
        rng: As for `multinomial`.
    """
    return _owners(theta, (np.arange(size) + rng.random()) / size)


def residual(theta: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Give particle i floor(size * theta[i]) copies and draw the rest by the fractions (Liu and Chen, 1998).

    Args:
        theta: As for `multinomial`.
        size: As for `multinomial`.
        rng: As for `multinomial`.
    """
    expected = size * _checked(theta)
    certain = np.floor(expected).astype(np.intp)
    copies = np.repeat(np.arange(len(theta)), certain)
    left = size - len(copies)
    if left <= 0:
        return copies[:size]
    fractions = expected - certain
    return np.concatenate([copies, multinomial(fractions / fractions.sum(), left, rng)])


def effective_sample_size(theta: FloatArray) -> float:
    """1 / sum(theta^2), from 1 to n: how many equal weights are worth as much (Kong, Liu and Wong, 1994)."""
    return float(1.0 / np.sum(np.square(_checked(theta))))


RESAMPLERS: dict[str, Resampler] = {
    "multinomial": multinomial,
    "stratified": stratified,
    "systematic": systematic,
    "residual": residual,
}


def resampler(name: str) -> Resampler:
    """Look a resampler up by its name; an unknown name is a ValueError that tells the nearest one."""
    if name not in RESAMPLERS:
        nearest = difflib.get_close_matches(name, RESAMPLERS, n=1, cutoff=0.0)[0]
        raise ValueError(f"resampler {name!r} is none of {', '.join(RESAMPLERS)}; nearest: {nearest!r}")
    return RESAMPLERS[name]


def _owners(theta: FloatArray, points: FloatArray) -> IntArray:
    cumulative = _checked(theta).cumsum()
    cumulative /= cumulative[-1]
    # Rounding may lift the last point to 1.0, which lies in no share.
    return np.searchsorted(cumulative, np.minimum(points, BELOW_ONE), side="right")


def _checked(theta: FloatArray) -> FloatArray:
    total, least = theta.sum(), theta.min()
    if not abs(total - 1.0) < 1e-6 or least < 0.0:
        raise ValueError(
            f"theta sums to {total:g} with minimum {least:g}; shares must be >= 0 and sum to 1 (use softmax)"
        )
    return theta
