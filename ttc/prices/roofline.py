"""How long calls take: each step is bound by arithmetic or by memory, whichever is slower (the roofline).

Williams, Waterman, Patterson, 2009, "Roofline: an insightful visual performance model". An estimate before anything
is measured; `ttc.prices.latency` fits the same laws to a real server.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttc.prices.hardware import Hardware
from ttc.prices.shapes import ModelShape, not_negative


@dataclass(frozen=True, slots=True)
class Roofline:
    """Seconds on one device. The defaults are the ideal; a real server reaches perhaps half the FLOP/s.

    compute = (2·params·batch + attention_flops·batch·context) / (mfu·flops)
    memory  = (weight_bytes(batch) + kv_bytes_per_token·batch·context) / (mbu·bandwidth)
    step    = max(compute, memory)
    """

    shape: ModelShape
    hardware: Hardware
    dtype: str = "bf16"  # of the arithmetic
    mfu: float = 1.0  # share of the peak FLOP/s that decoding reaches, in (0, 1]
    mbu: float = 1.0  # share of the bandwidth, in (0, 1]
    prefill_mfu: float = 1.0
    bytes_per_element: float = 2.0  # of the KV cache

    def __post_init__(self) -> None:
        for name in ("mfu", "mbu", "prefill_mfu"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)} must be in (0, 1]")

    def decode_step(self, batch: float, context: float) -> float:
        """Seconds of one decode step of `batch` sequences, each `context` tokens long on average."""
        not_negative(batch=batch, context=context)
        shape, seen = self.shape, batch * self.shape.context_seen(context)
        compute = (2 * shape.params_gemm * batch + shape.attention_flops_per_token * seen) / (self._flops * self.mfu)
        read = shape.weight_bytes(batch) + shape.kv_bytes_per_token(self.bytes_per_element) * seen
        memory = read / self._bandwidth
        return max(compute, memory)

    def prefill(self, prompt_tokens: float, cached_tokens: float = 0) -> float:
        """Seconds to process a prompt: max(flops_prefill / (prefill_mfu·flops), weight read)."""
        new = prompt_tokens - cached_tokens
        not_negative(new_tokens=new, cached_tokens=cached_tokens)
        if new == 0:
            return 0.0
        context = self.shape.prefill_context(cached_tokens, new)
        flops = 2 * self.shape.params_gemm * new + self.shape.attention_flops_per_token * context
        compute = flops / (self._flops * self.prefill_mfu)
        return max(compute, self.shape.weight_bytes(new) / self._bandwidth)

    def kv_capacity(self, memory_share: float = 0.9, reserved: float = 2.5e9) -> float:
        """Tokens that the KV cache can hold: (memory_share·memory − weights − reserved) / kv_bytes_per_token.

        `reserved` [byte] is for activations and the graph of the engine. 0 if the weights alone do not fit.
        """
        free = memory_share * self.hardware.memory - self.shape.memory_bytes - reserved
        return max(0.0, free / self.shape.kv_bytes_per_token(self.bytes_per_element))

    @property
    def _flops(self) -> float:
        return self.hardware.flops(self.dtype)

    @property
    def _bandwidth(self) -> float:
        return self.hardware.bandwidth * self.mbu
