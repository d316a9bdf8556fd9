"""The general cost of one model call: prefill, decode, KV-cache reads and weight reads, in eFLOPs.

Decode alone, with weights read for free, is the dense Kinetics model (2025, arXiv:2506.05333). Its models of sparse
attention are in `ttc.prices.kinetics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttc.prices.hardware import KINETICS_B200
from ttc.prices.shapes import ModelShape, not_negative


@dataclass(frozen=True, slots=True)
class CallCost:
    """Cost of one model call; adds up over calls."""

    flops_prefill: float = 0.0
    flops_decode: float = 0.0
    kv_bytes: float = 0.0
    weight_bytes: float = 0.0
    eflops: float = 0.0

    def __add__(self, other: CallCost) -> CallCost:
        return CallCost(
            self.flops_prefill + other.flops_prefill,
            self.flops_decode + other.flops_decode,
            self.kv_bytes + other.kv_bytes,
            self.weight_bytes + other.weight_bytes,
            self.eflops + other.eflops,
        )

    def __mul__(self, times: float) -> CallCost:
        return CallCost(
            self.flops_prefill * times,
            self.flops_decode * times,
            self.kv_bytes * times,
            self.weight_bytes * times,
            self.eflops * times,
        )


@dataclass(frozen=True, slots=True)
class CostModel:
    """Prices calls to one model: prefill, decode, KV-cache reads and, if a batch is stated, weight reads.

        flops_prefill = 2·params·new + attention_flops·(cached·new + new·(new + 1)/2), new = prompt − cached
        flops_decode  = Σ_i 2·params·l_i + attention_flops·(prompt·l_i + l_i²/2)
        kv_bytes      = kv_bytes_per_token·(cached + Σ_i prompt·l_i + l_i²/2)
        weight_bytes  = Σ_i l_i·weight_bytes(batch)/batch
        eflops        = flops_prefill + flops_decode + intensity·(kv_bytes + weight_bytes)

    The sums go over the output lengths l_i of a call's sequences, which share one prefill. A call without new prompt
    tokens reads no cache to prefill. So costs add up along a path: (P, a) + (P + a, b) = (P, a + b).
    """

    shape: ModelShape
    intensity: float = KINETICS_B200  # FLOP per byte
    shared_reads: bool = False  # sequences read the prompt's KV cache together: max(l_i) times, not Σ l_i
    batch: float | None = None  # mean sequences that the server decodes at once; None: so many that weights are free
    bytes_per_element: float = 2.0  # of the KV cache

    def __post_init__(self) -> None:
        if self.intensity < 0:
            raise ValueError(f"intensity={self.intensity} must not be negative")
        if self.batch is not None and not self.batch > 0:
            raise ValueError(f"batch={self.batch} must be positive, or None for weights read for free")

    def call(
        self, prompt_tokens: float, cached_tokens: float = 0, output_tokens: float = 0, sequences: int = 1
    ) -> CallCost:
        """Cost of `sequences` outputs, each of `output_tokens`, after one prompt (cached tokens included in it)."""
        return self.lengths(prompt_tokens, cached_tokens, [output_tokens] * sequences)

    def lengths(self, prompt_tokens: float, cached_tokens: float, output_tokens: Sequence[float]) -> CallCost:
        """Cost of sequences with these output lengths after one prompt."""
        shortest = min(output_tokens, default=0)
        not_negative(prompt_tokens=prompt_tokens, cached_tokens=cached_tokens, output_tokens=shortest)
        if cached_tokens > prompt_tokens:
            raise ValueError(f"cached_tokens={cached_tokens} exceeds prompt_tokens={prompt_tokens}: it is a part of it")
        shape, new = self.shape, prompt_tokens - cached_tokens
        tokens = sum(output_tokens)
        context = sum(shape.decode_context(prompt_tokens, length) for length in output_tokens)
        read = self._shared_read(prompt_tokens, output_tokens) if self.shared_reads else context
        if new:
            read += shape.context_seen(cached_tokens)
        prefill = 2 * shape.params_gemm * new
        prefill += shape.attention_flops_per_token * shape.prefill_context(cached_tokens, new)
        decode = 2 * shape.params_gemm * tokens + shape.attention_flops_per_token * context
        kv_bytes = shape.kv_bytes_per_token(self.bytes_per_element) * read
        weights = 0.0 if self.batch is None else tokens * shape.weight_bytes(self.batch) / self.batch
        return CallCost(prefill, decode, kv_bytes, weights, prefill + decode + self.intensity * (kv_bytes + weights))

    def expected(
        self,
        prompt_tokens: float,
        cached_tokens: float,
        mean_length: float,
        mean_square_length: float,
        sequences: int = 1,
    ) -> CallCost:
        """Expected cost when output lengths are random with these two moments.

        The cost is quadratic in the length, so the cost of the mean length is too low by the variance's share. Any
        two-point distribution with the same moments gives the exact expectation; here: length 0, or the longer
        mean_square/mean with probability mean²/mean_square. With sliding windows it is an approximation.
        """
        if self.shared_reads:
            raise ValueError("shared_reads=True needs the longest length of each call: use lengths on recorded calls")
        least = mean_length**2
        if mean_square_length < least * (1 - 1e-9):
            raise ValueError(f"mean_square_length={mean_square_length} must be at least mean_length² = {least}")
        if mean_length == 0:
            return self.call(prompt_tokens, cached_tokens, 0, sequences)
        chance = min(1.0, least / mean_square_length)
        long = self.call(prompt_tokens, cached_tokens, mean_square_length / mean_length, sequences)
        return long * chance + self.call(prompt_tokens, cached_tokens, 0, sequences) * (1 - chance)

    def _shared_read(self, prompt_tokens: float, output_tokens: Sequence[float]) -> float:
        """Tokens read when the prompt's part is read once a step for all: the longest sequence's steps count."""
        decode_context = self.shape.decode_context
        own = sum(decode_context(0, length) for length in output_tokens)
        longest = max(output_tokens, default=0)
        return own + decode_context(prompt_tokens, longest) - decode_context(0, longest)
