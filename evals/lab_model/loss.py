"""The two losses: next token of replies, and the label after each step's score token."""

import torch
import torch.nn.functional as F
from torch import Tensor

from evals.lab_model.model import LabModel


def text_loss(model: LabModel, ids: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean cross entropy of the reply tokens: ids [B, T+1], weights [B, T]."""
    chosen = weights > 0
    hidden = model(ids[:, :-1])[chosen]
    losses = F.cross_entropy(model.logits(hidden), ids[:, 1:][chosen], reduction="none")
    weight = weights[chosen].float()
    return (losses * weight).sum() / weight.sum()


def score_view(ids: Tensor, ends: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
    """Positions [B, T] and mask [B, 1, T, T] under which each score token stands right behind its step.

    A score token sees the text up to its step's end and itself; text never sees a score token. So one pass gives the
    same numbers as one request for each prefix.
    """
    where = torch.arange(ids.shape[1], device=ids.device)
    positions = torch.where(score, ends + 1, where)
    seen = (where <= ends[:, :, None]) & ~score[:, None, :]
    return positions, (seen | (where == where[:, None]))[:, None]


def score_logits(model: LabModel, ids: Tensor, ends: Tensor, score: Tensor) -> Tensor:
    """Logits [number of score tokens, vocab], row by row."""
    positions, mask = score_view(ids, ends, score)
    return model.logits(model(ids, positions, mask)[score])


def score_loss(model: LabModel, ids: Tensor, ends: Tensor, labels: Tensor, plus: int, minus: int) -> Tensor:
    """Cross entropy of "+" (right so far) and "-" after each score token: labels [B, T] are 1, 0 or -1 (no score)."""
    score = labels >= 0
    logits = score_logits(model, ids, ends, score)
    target = torch.where(labels[score] == 1, plus, minus)
    return F.cross_entropy(logits, target)
