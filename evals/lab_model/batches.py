"""Padded batches of token arrays: documents of similar length together, a few fixed widths."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from evals.lab_model.chat import SCORE, encode, encode_pair, prompt_text
from evals.lab_model.tasks import Exchange, Scored

WIDTHS = (128, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1664)
SCORE_WIDTHS = (128, 192, 256, 320, 384, 512)


@dataclass(frozen=True)
class TextBatch:
    """ids [B, T+1] (inputs are all but the last, targets all but the first); weights [B, T] of the targets."""

    ids: NDArray[np.uint16]
    weights: NDArray[np.float16]


@dataclass(frozen=True)
class ScoreBatch:
    """Solutions followed by one score token for each step.

    `ends` [B, T]: the last position that a token may see besides itself; `score` [B, T]: which are score tokens;
    `labels` [B, T]: 1 right, 0 wrong, -1 not a score token.
    """

    ids: NDArray[np.uint16]
    ends: NDArray[np.int16]
    labels: NDArray[np.int8]


@dataclass
class Packer:
    """Collects documents by width and hands out full batches of about `tokens` tokens."""

    tokenizer: Tokenizer
    tokens: int
    text: dict[int, list[tuple[list[int], int, float]]] = field(default_factory=dict)
    scored: dict[int, list[tuple[list[int], list[int], list[bool]]]] = field(default_factory=dict)
    dropped: int = 0

    def add(self, exchange: Exchange) -> TextBatch | None:
        ids, start = encode_pair(self.tokenizer, exchange.user, exchange.reply)
        width = next((w for w in WIDTHS if len(ids) <= w + 1), None)
        if width is None:
            self.dropped += 1
            return None
        waiting = self.text.setdefault(width, [])
        waiting.append((ids, start, exchange.weight))
        if len(waiting) < max(1, self.tokens // width):
            return None
        self.text[width] = []
        return text_batch(waiting, width)

    def add_scored(self, scored: Scored) -> ScoreBatch | None:
        document = score_document(self.tokenizer, scored)
        width = next((w for w in SCORE_WIDTHS if document and len(document[0]) + len(document[1]) <= w), None)
        if document is None or width is None:
            self.dropped += 1
            return None
        waiting = self.scored.setdefault(width, [])
        waiting.append(document)
        if len(waiting) < max(1, self.tokens // width):
            return None
        self.scored[width] = []
        return score_batch(waiting, width, self.tokenizer.token_to_id(SCORE))


def text_batch(documents: list[tuple[list[int], int, float]], width: int) -> TextBatch:
    """Only reply tokens (and the end token) have weight."""
    ids = np.zeros((len(documents), width + 1), np.uint16)
    weights = np.zeros((len(documents), width), np.float16)
    for row, (document, start, weight) in enumerate(documents):
        ids[row, : len(document)] = document
        weights[row, start - 1 : len(document) - 1] = weight
    return TextBatch(ids, weights)


def score_document(tokenizer: Tokenizer, scored: Scored) -> tuple[list[int], list[int], list[bool]] | None:
    """Token ids, the position of each step's last token (its blank line), the labels; None if a step has no end."""
    before = encode(tokenizer, prompt_text(scored.user))
    ids = before + encode(tokenizer, "".join(f"{step}\n\n" for step in scored.steps))
    line = encode(tokenizer, "\n")[0]
    ends = [i for i in range(len(before) + 1, len(ids)) if ids[i] == line == ids[i - 1]]
    if not ends or len(ends) != len(scored.right) or any(b - a < 2 for a, b in pairwise(ends)):
        return None
    return ids, ends, list(scored.right)


def score_batch(documents: list[tuple[list[int], list[int], list[bool]]], width: int, score: int) -> ScoreBatch:
    ids = np.zeros((len(documents), width), np.uint16)
    ends = np.tile(np.arange(width, dtype=np.int16), (len(documents), 1))
    labels = np.full((len(documents), width), -1, np.int8)
    for row, (document, stops, right) in enumerate(documents):
        n, m = len(document), len(stops)
        ids[row, :n] = document
        ids[row, n : n + m] = score
        ends[row, n : n + m] = stops
        labels[row, n : n + m] = right
    return ScoreBatch(ids, ends, labels)
