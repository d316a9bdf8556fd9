"""Clusters of step texts, the ideas that ETS tries to cover: vectors close in angle, and equal numbers.

Sentence embeddings put 'The answer is 42.' and 'The final answer is 17.' close together. So texts are first told
apart by the numbers that they contain, and only then by meaning.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Embed = Callable[[Sequence[str]], FloatArray]

# 1,000 or 12.5, with a minus that follows neither a number nor a word nor a bracket ('12-5' holds 12 and 5)
NUMBER = re.compile(r"(?:(?<![\w)\]}])-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
STEP_HEADER = re.compile(r"^\W*step\s+\d+\W", re.IGNORECASE)


def cluster(vectors: FloatArray, threshold: float = 0.05) -> IntArray:
    """Group vectors [n, dimensions] by average linkage, cut at a cosine distance of `threshold`: labels [n].

    Labels count from 0 in order of first appearance. Vectors of length zero are alike among themselves and at distance
    1 from all others. The default threshold is that of ETS (arXiv 2502.13575).
    """
    n = len(vectors)
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite; embed every text to finite numbers (zeros mark an empty text)")
    if n < 2:
        return np.zeros(n, dtype=np.intp)
    from scipy.cluster.hierarchy import fcluster, linkage

    lengths = np.linalg.norm(vectors, axis=1)
    empty = lengths == 0.0
    units = vectors / np.where(empty, 1.0, lengths)[:, None]
    distances = np.clip(1.0 - units @ units.T, 0.0, 2.0)
    distances[np.ix_(empty, empty)] = 0.0
    tree = linkage(distances[np.triu_indices(n, 1)], method="average")
    return _by_appearance(fcluster(tree, threshold, criterion="distance").tolist())


def cluster_texts(
    texts: Sequence[str],
    embed: Embed | None = None,
    *,
    threshold: float = 0.05,
    feature: Callable[[str], Hashable] | None = None,
) -> IntArray:
    """Group texts that share a feature and lie close together: labels [n], numbered by first appearance.

    Args:
        texts: [n].
        embed: Texts -> vectors [n, dimensions]. The default, `hashed_tfidf`, sees wording and not meaning.
        threshold: Cosine distance at which clusters are cut. Raise it with the default `embed`: 0.3 joins light
            rewordings.
        feature: What texts of one group must share, `numbers_in` by default. `lambda text: None` groups by the vectors
            alone, as published.
    """
    told_apart = [(feature or numbers_in)(text) for text in texts]
    vectors = (embed or hashed_tfidf)(texts)
    names: list[Hashable] = [None] * len(texts)
    for key in dict.fromkeys(told_apart):
        members = [i for i, other in enumerate(told_apart) if other == key]
        for i, label in zip(members, cluster(vectors[members], threshold).tolist(), strict=True):
            names[i] = (key, label)
    return _by_appearance(names)


def numbers_in(text: str) -> frozenset[Fraction]:
    """The set of numbers in a text, by value (17 and 17.0 are one), without the number of a 'Step 3:' header."""
    body = STEP_HEADER.sub(" ", text)
    return frozenset(Fraction(found.replace(",", "")) for found in NUMBER.findall(body))


def hashed_tfidf(texts: Sequence[str], dimensions: int = 2048) -> FloatArray:
    """Unit vectors [n, dimensions] of weighted character 3- to 5-grams: an embedding without a model.

    Each gram is hashed to a dimension and a sign (Weinberger et al., 2009, arXiv 0902.2206). It weighs
    (1 + ln count) * (1 + ln((1 + n) / (1 + texts with it))). The vector of an empty text is zero.
    """
    counts = [Counter(_grams(text)) for text in texts]
    spread = Counter(gram for count in counts for gram in count)
    vectors = np.zeros((len(texts), dimensions))
    for row, count in zip(vectors, counts, strict=True):
        for gram, times in count.items():
            code = zlib.crc32(gram.encode())
            rarity = 1.0 + np.log((1 + len(texts)) / (1 + spread[gram]))
            row[(code >> 1) % dimensions] += (1 - 2 * (code & 1)) * (1.0 + np.log(times)) * rarity
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = vectors / np.where(lengths == 0.0, 1.0, lengths)
    return unit


def _grams(text: str) -> list[str]:
    words = " ".join(text.lower().split())
    padded = f" {words} " if words else ""
    return [padded[i : i + size] for size in (3, 4, 5) for i in range(len(padded) - size + 1)]


def _by_appearance(names: Sequence[Hashable]) -> IntArray:
    order = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.intp)
