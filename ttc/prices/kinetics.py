"""Kinetics: what n candidates cost in eFLOPs with sparse attention, which reads only a part of the KV cache.

Sadhukhan et al., 2025, arXiv:2506.05333, as its authors compute it: decode only, no weight reads, no overlap of
compute and memory. The general cost of a call, with prefill and weights, is in `ttc.prices.call_cost`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttc.prices.hardware import KINETICS_B200
from ttc.prices.shapes import ModelShape, cumulative_context, not_negative


@dataclass(frozen=True, slots=True)
class KineticsCost:
    """Cost of n candidates: eflops = linear_flops + attention_flops + search_flops + intensity·kv_bytes."""

    linear_flops: float
    attention_flops: float
    kv_bytes: float  # with the block search's reads
    intensity: float  # FLOP per byte
    search_flops: float = 0.0  # finding the top blocks

    @property
    def eflops(self) -> float:
        """Equivalent FLOPs; the authors print them in units of 1e12."""
        return self.linear_flops + self.attention_flops + self.search_flops + self.intensity * self.kv_bytes


def kinetics_top_k(
    shape: ModelShape,
    prompt_tokens: float,
    output_tokens: float,
    n: int = 1,
    *,
    kv_budget: int,
    intensity: float = KINETICS_B200,
) -> KineticsCost:
    """Cost with ideal sparse attention, which finds the best `kv_budget` cached tokens for free; nothing is shared.

    attended = Σ_t min(kv_budget, prompt + t) ≈ kv_budget·output − ½·max(0, kv_budget − prompt)², if the text outgrows
    the budget. The authors' code has + instead of − here (its block variant has −); the sum says −.
    """
    not_negative(prompt_tokens=prompt_tokens, output_tokens=output_tokens, n=n)
    end = prompt_tokens + output_tokens
    attended = cumulative_context(end, kv_budget) - cumulative_context(prompt_tokens, kv_budget)
    return KineticsCost(
        linear_flops=2 * shape.params_gemm * output_tokens * n,
        attention_flops=shape.attention_flops_per_token * attended * n,
        kv_bytes=shape.kv_bytes_per_token() * attended * n,
        intensity=intensity,
    )


def kinetics_block_top_k(
    shape: ModelShape,
    prompt_tokens: int,
    output_tokens: int,
    n: int = 1,
    *,
    block_size: int,
    blocks: int,
    local: int = 0,
    intensity: float = KINETICS_B200,
) -> KineticsCost:
    """Cost with block-sparse attention: the best `blocks` blocks and the last `local` tokens are attended to.

    On top of `kinetics_top_k` with kv_budget = local + block_size·blocks comes the search over one key per block. The
    keys of the prompt are shared:

        flops = ((2·prompt + output) // block_size)·output·heads·head_dim·layers·n
        bytes = ((2·prompt + n·output) // block_size)·output·kv_heads·head_dim·layers
    """
    kv_budget = local + block_size * blocks
    ideal = kinetics_top_k(shape, prompt_tokens, output_tokens, n, kv_budget=kv_budget, intensity=intensity)
    keys = (2 * prompt_tokens + output_tokens) // block_size * output_tokens
    read = (2 * prompt_tokens + n * output_tokens) // block_size * output_tokens
    return KineticsCost(
        linear_flops=ideal.linear_flops,
        attention_flops=ideal.attention_flops,
        kv_bytes=ideal.kv_bytes + shape.kv_bytes_per_token(1.0) / 2 * read,
        intensity=intensity,
        search_flops=shape.attention_flops_per_token / 4 * keys * n,
    )
