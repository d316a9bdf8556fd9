"""What the samples of a problem could be worth: avg@n, pass@k, maj@k, G-Pass@k and best-of-k, without another call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from ttc.errors import check_range
from ttc.search.estimators import best_of_k, pass_at_k

ORDERS = 200
"""Random orders over which maj@k is averaged for 1 < k < n."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The samples of one problem: which answer each gave (-1 abstains), which are right, what they cost.

    `labels`, `right`, `tokens`, `scores`, `answers` [n]; a score is nan where nothing judged the sample. `answers` are
    the texts of the answers, None where one abstains; () where they are not known, or of no use.
    """

    labels: tuple[int, ...]
    right: tuple[bool, ...]
    tokens: tuple[int, ...]
    scores: tuple[float, ...] = ()
    answers: tuple[str | None, ...] = ()

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.labels)


def together(parts: Sequence[Sampled]) -> Sampled:
    """The samples of several runs of one problem as those of one; only the first where the answers are not known.

    Labels are of one run each. Two runs gave the same answer where its text is the same, or where both are right.
    """
    if len(parts) == 1 or not all(part.answers for part in parts):
        return parts[0]
    names: dict[object, int] = {}  # text of an answer, or True for a right one -> common label
    labels: list[int] = []
    for part in parts:
        keys: dict[int, list[object]] = {}
        for label, good, answer in zip(part.labels, part.right, part.answers, strict=True):
            keys.setdefault(label, []).append(True if good else answer)
        common = {-1: -1}
        for label, own in keys.items():
            if label >= 0:
                known = (names[key] for key in own if key in names)
                common[label] = next(known, len(set(names.values())))
                names |= dict.fromkeys(own, common[label])
        labels += [common[label] for label in part.labels]
    right, tokens = (tuple(v for part in parts for v in getattr(part, name)) for name in ("right", "tokens"))
    scores, answers = (tuple(v for part in parts for v in getattr(part, name)) for name in ("scores", "answers"))
    return Sampled(tuple(labels), right, tokens, scores, answers)


def ladder(n: int) -> list[int]:
    """1, 2, 4, ... and n itself: the k at which curves are drawn."""
    return sorted({2**power for power in range(n.bit_length()) if 2**power <= n} | {n})


def average(samples: Sampled) -> float:
    """avg@n: the share of right samples."""
    return sum(samples.right) / samples.n


def passing(samples: Sampled, k: int) -> float:
    """pass@k, unbiased: the chance that k of the n samples hold a right one (Chen et al. 2021, arXiv 2107.03374)."""
    return pass_at_k(samples.n, sum(samples.right), k)


def steadily_passing(samples: Sampled, k: int, share: float) -> float:
    """G-Pass@k: the chance that at least ceil(share * k) of k samples are right (Liu et al. 2024, arXiv 2412.13147)."""
    check_range("(0, 1]", "1.0 asks for all k", share=share)
    n, c = samples.n, sum(samples.right)
    least = max(1, math.ceil(share * k - 1e-9))
    return sum(comb(c, hit) * comb(n - c, k - hit) for hit in range(least, min(c, k) + 1)) / comb(n, k)


def majority(samples: Sampled, ks: Sequence[int], seed: int = 0) -> list[float]:
    """maj@k for each k: the expected accuracy of a vote over k samples, ties shared equally among the tied answers.

    Exact for k = 1 and k = n, else the mean over `ORDERS` random orders, whose prefixes are the subsets. A vote in
    which all abstain is wrong.
    """
    labels = np.asarray(samples.labels)
    rng = np.random.default_rng(seed)
    curve = _prefix_votes(labels, samples.right, [rng.permutation(samples.n) for _ in range(ORDERS)], ks)
    exact = {1: sum(r and a >= 0 for a, r in zip(samples.labels, samples.right, strict=True)) / samples.n}
    exact[samples.n] = float(_prefix_votes(labels, samples.right, [np.arange(samples.n)], [samples.n])[0])
    return [exact.get(k, value) for k, value in zip(ks, curve.tolist(), strict=True)]


def _prefix_votes(
    labels: NDArray[np.int_], right: Sequence[bool], orders: Sequence[NDArray[np.int_]], ks: Sequence[int]
) -> NDArray[np.float64]:
    """Mean over the orders of the chance that the vote over the first k is right, for each k."""
    groups = int(labels.max(initial=-1)) + 1
    if not groups:
        return np.zeros(len(ks))
    worth = np.array([right[int(np.argmax(labels == group))] for group in range(groups)], dtype=float)
    cast = labels[:, None] == np.arange(groups)  # [n, groups]; those who abstain vote for nothing
    votes = cast[np.stack(orders)].cumsum(axis=1)[:, np.asarray(ks) - 1]  # [orders, ks, groups]
    most = votes.max(axis=2, keepdims=True)
    tied = (votes == most) & (most > 0)
    shares: NDArray[np.float64] = (tied * worth).sum(axis=2) / np.maximum(1, tied.sum(axis=2))
    mean: NDArray[np.float64] = shares.mean(axis=0)
    return mean


def best_scored(samples: Sampled, k: int) -> float:
    """Best-of-k by the recorded scores: expected accuracy of the highest-scored of k; unjudged samples rank last."""
    scores = [-math.inf if math.isnan(score) else score for score in samples.scores]
    return best_of_k(scores, [float(right) for right in samples.right], k)
