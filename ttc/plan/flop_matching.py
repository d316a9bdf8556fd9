"""How much test-time compute a small model may spend before a larger model is the better buy."""

from __future__ import annotations


def flop_matching_multiple(size_ratio: float, token_ratio: float) -> float:
    """Inference tokens of the small model that match the FLOPs of a `size_ratio` times larger one, as a multiple.

    m = M + 3·(D_pretrain / D_inference)·(M − 1), M = size_ratio, token_ratio = D_inference / D_pretrain: the larger
    model's pretraining (6·N·D FLOPs against 2·N·D for inference) is paid back too.
    Snell et al., 2024, arXiv:2408.03314.
    """
    if not size_ratio >= 1:
        raise ValueError(f"size_ratio={size_ratio} must be at least 1: the larger model over the smaller one")
    if not token_ratio > 0:
        raise ValueError(f"token_ratio={token_ratio} must be positive")
    return size_ratio + 3 / token_ratio * (size_ratio - 1)
