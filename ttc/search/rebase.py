"""Width policies of a step tree: who of the frontier gets how many of the next children.

All policies share one signature, `policy(scores, width, paths, labels, **knobs) -> counts`, so that one tree loop runs
any of them (`ttc.search.ets.ets` is the fourth):

- `scores` [n]: newest step's reward of each unfinished candidate of the current depth, in [0, 1];
- `width`: children to hand out now, the planned number of finished paths less those that have finished;
- `paths` [n]: ids of the ancestors of each candidate, from the root down to its parent (empty for the root itself);
- `labels` [n]: cluster of each newest step's text (only ETS reads it);
- `counts` [n]: children of each candidate, with sum exactly `width`.

REBASE: Wu et al. (2024), "Inference scaling laws", arXiv 2408.00724.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Paths = Sequence[Sequence[int]]

# Ceilings ignore an excess of this relative size, so that 2.0000000000000004 of a share is 2 children and not 3.
ROUNDING = 1e-12


def rebase(
    scores: FloatArray,
    width: int,
    paths: Paths = (),
    labels: IntArray | None = None,
    *,
    temperature: float = 0.2,
) -> IntArray:
    """Share `width` by softmax(score / temperature), rounding up from the best candidate downwards.

    Candidate j in order of score gets ceil(width left * e_j / sum of e over those not yet served). Equal scores differ
    by at most one child (the earlier index gets it), and a better score never gets fewer.

    Args:
        scores: [n] the newest step's reward of each candidate, in [0, 1].
        width: Children to hand out now.
        paths: Not read.
        labels: Not read.
        temperature: > 0; 0.2 is the published setting.
    """
    _check(scores, width)
    if not temperature > 0.0:
        raise ValueError(f"temperature {temperature} must be > 0 (0.2 is the published setting)")
    order = np.argsort(-scores, kind="stable")
    weights = np.exp((scores[order] - scores[order[0]]) / temperature)
    # Fresh tail sums: subtracting each weight from a running sum drifts, and then the counts miss the width.
    tails = np.cumsum(weights[::-1])[::-1]
    counts = np.zeros(len(scores), dtype=np.intp)
    left = width
    for candidate, weight, tail in zip(order, weights, tails, strict=True):
        if left == 0:
            break
        counts[candidate] = min(left, math.ceil(left * (weight / tail) * (1.0 - ROUNDING)))
        left -= int(counts[candidate])
    return counts


def beam(
    scores: FloatArray,
    width: int,
    paths: Paths = (),
    labels: IntArray | None = None,
    *,
    keep: int | None = None,
) -> IntArray:
    """Keep the best candidates and share `width` among them evenly.

    The published beam gives ceil(width / keep) to each, which can exceed the width (9 for 8). Here the best ones get
    the odd children, and the sum is the width.

    Args:
        scores: [n] the newest step's reward of each candidate, in [0, 1].
        width: Children to hand out now.
        paths: Not read.
        labels: Not read.
        keep: How many candidates; None = ceil(sqrt(width)).
    """
    _check(scores, width)
    kept = min(keep or math.isqrt(width - 1) + 1, len(scores), width) if width > 0 else 0
    counts = np.zeros(len(scores), dtype=np.intp)
    best = np.argsort(-scores, kind="stable")[:kept]
    counts[best] = _split(width, np.ones(kept, dtype=np.intp))
    return counts


def dvts(
    scores: FloatArray,
    width: int,
    paths: Paths,
    labels: IntArray | None = None,
    *,
    subtrees: int | None = None,
) -> IntArray:
    """Run several greedy searches that never exchange children.

    Depth-1 candidates are cut into contiguous groups; deeper ones belong to the group of their depth-1 ancestor. In
    each group the best candidate gets as many children as the group has members. So a group shrinks as its own paths
    finish. Beeching et al. (2024), diverse verifier tree search, huggingface/search-and-learn.

    Args:
        scores: [n] the newest step's reward of each candidate, in [0, 1].
        width: Children to hand out now.
        paths: [n] the ids of each candidate's ancestors, from the root.
        labels: Not read.
        subtrees: How many searches; None = ceil(sqrt(width)).
    """
    _check(scores, width)
    if len(paths) != len(scores):
        raise ValueError(f"paths has {len(paths)} entries for {len(scores)} candidates; give one path for each")
    groups = _subtrees(paths, subtrees or math.isqrt(max(width, 1) - 1) + 1)
    names, sizes = np.unique(groups, return_counts=True)
    shares = _split(width, sizes)
    counts = np.zeros(len(scores), dtype=np.intp)
    for name, share in zip(names, shares, strict=True):
        members = np.flatnonzero(groups == name)
        counts[members[np.argmax(scores[members])]] = share
    return counts


def _subtrees(paths: Paths, subtrees: int) -> IntArray:
    """Subtree of each candidate [n]: position at depth 0 and 1, depth-1 ancestor below."""
    n, depth = len(paths), len(paths[0])
    if depth == 0:
        return np.arange(n)
    if depth == 1:
        return np.arange(n) * min(subtrees, n) // n
    return np.array([path[1] for path in paths], dtype=np.intp)


def _split(width: int, sizes: IntArray) -> IntArray:
    """Whole shares of `width` in proportion to `sizes`, the odd ones to the first; they sum to `width`."""
    if len(sizes) == 0:
        return np.zeros(0, dtype=np.intp)
    edges = -(-np.cumsum(sizes) * width // sizes.sum())  # rounded up
    shares: IntArray = np.diff(edges, prepend=0)
    return shares


def _check(scores: FloatArray, width: int) -> None:
    if len(scores) == 0:
        raise ValueError("scores is empty; a policy needs at least one unfinished candidate")
    if width < 0:
        raise ValueError(f"width {width} must be >= 0 (0 ends the search)")
    if not np.isfinite(scores).all():
        raise ValueError("a score is not finite; drop candidates without a score before sharing the width")
