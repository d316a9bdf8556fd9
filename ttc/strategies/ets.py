"""ETS: REBASE on a pruned frontier, whose survivors share their prefixes and yet cover every idea."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ttc.errors import check_range
from ttc.search.cluster import Embed, cluster_texts
from ttc.search.ets import ets
from ttc.search.rebase import Paths
from ttc.strategies.tree_search import TreeSearch


@dataclass(frozen=True)
class Ets(TreeSearch):
    """Prune candidates where the key-value memory of their prefixes is worth more than they are; same width after it.

    Ideas are clusters of the newest steps' texts. The published runs draw steps of at most 256 tokens at sampling
    temperature 1.

    Args:
        temperature: The temperature of the softmax over scores, as in `rebase`.
        lambda_b: Higher prunes more; 1.0 as published.
        lambda_d: Higher keeps more distinct ideas; published are 1.5, 1.4 and 1.45 at widths 16, 64 and 256.
    """

    temperature: float = 0.2
    lambda_b: float = 1.0
    lambda_d: float = 1.4
    apart: Literal["numbers", "meaning"] = "numbers"
    """numbers: steps with different numbers are different ideas, whatever their vectors; meaning: vectors alone."""
    embed: str | Callable[[Sequence[str]], Any] | None = None
    """Texts to vectors [n, dimensions]: the name of a sentence-transformers model, a function, or None for hashed
    n-grams, which see wording and not meaning."""
    threshold: float | None = None
    """Cosine distance within which steps are one idea; None = 0.05 (published), 0.3 for hashed n-grams."""

    paper: ClassVar[str] = "Hooper et al. 2025, arXiv 2502.13575"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("(0, inf]", "0.2 is the published setting", temperature=self.temperature)
        check_range("[0, inf]", "and 0 switches it off", lambda_b=self.lambda_b, lambda_d=self.lambda_d)
        check_range("[0, 2]", "the range of a cosine distance, 0.05 is published", threshold=self.threshold)
        if isinstance(self.embed, str):
            sentence_model(self.embed)

    @property
    def needs(self) -> frozenset[str]:
        """Where `embed` is the name of a model, the package that loads it too."""
        return super().needs | ({"embed"} if isinstance(self.embed, str) else set())

    def share(self, scores: NDArray[np.float64], width: int, paths: Paths, steps: Sequence[str]) -> NDArray[np.intp]:
        """Children of each."""
        labels = self.ideas(steps) if self.lambda_d and len(steps) > 1 else None
        prices = {"lambda_b": self.lambda_b, "lambda_d": self.lambda_d}
        return ets(scores, width, paths, labels, temperature=self.temperature, **prices)

    def ideas(self, steps: Sequence[str]) -> NDArray[np.intp]:
        """The cluster of each text [n]."""
        threshold = self.threshold if self.threshold is not None else 0.05 if self.embed else 0.3
        embed = sentence_model(self.embed) if isinstance(self.embed, str) else self.embed
        return cluster_texts(steps, embed, threshold=threshold, feature=None if self.apart == "numbers" else _alike)


def _alike(text: str) -> None:
    """Tells no texts apart."""


@lru_cache(maxsize=4)
def sentence_model(name: str) -> Embed:
    """The encoder of a sentence-transformers model, loaded once; raises ValueError where the package is missing."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ValueError(f"embed is {name!r}; install sentence-transformers, or pass a function or None") from error
    model = SentenceTransformer(name)

    def embed(texts: Sequence[str]) -> NDArray[np.float64]:
        vectors: NDArray[np.float64] = model.encode(list(texts), batch_size=64, show_progress_bar=False).astype(float)
        return vectors

    return embed
