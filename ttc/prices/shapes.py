"""The shape of a decoder-only transformer: what one token costs in FLOPs, in KV-cache bytes and in weight bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of a model, as its configuration states them. All counts are whole numbers unless a unit says otherwise.

    Layers may differ in two ways: `dense_layers` of a mixture of experts have a plain MLP, and `windowed_layers`
    attend to the last `window` tokens only. With `kv_lora_rank` > 0 the attention is multi-head latent attention.
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int  # stated by the configuration: hidden // heads is wrong for several models
    intermediate: int  # width of the dense MLP
    vocab: int
    tied: bool = False  # the output head reuses the input embedding
    bytes_per_parameter: float = 2.0  # as stored and read; quantised formats may be fractional
    qk_norm: bool = False
    qkv_bias: bool = False
    experts: int = 0  # routed experts in a layer; 0: dense model
    experts_per_token: int = 0
    expert_intermediate: int = 0
    shared_intermediate: int = 0  # total width of the experts that every token passes
    dense_layers: int = 0  # layers of a mixture of experts that have the dense MLP instead
    window: int = 0  # tokens; 0: no sliding window
    windowed_layers: int = 0
    kv_lora_rank: int = 0
    q_lora_rank: int = 0
    qk_rope_head_dim: int = 0
    qk_nope_head_dim: int = 0
    v_head_dim: int = 0
    gemm_params_given: float | None = None  # replaces the count of `params_gemm`, where it is known from elsewhere

    def __post_init__(self) -> None:
        for field in ("layers", "hidden", "heads", "kv_heads", "head_dim", "vocab", "bytes_per_parameter"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field}={getattr(self, field)!r} of {self.name!r} must be positive")
        if self.heads % self.kv_heads:
            raise ValueError(f"kv_heads={self.kv_heads} of {self.name!r} must divide heads={self.heads}")
        if self.experts_per_token > self.experts:
            raise ValueError(f"experts_per_token={self.experts_per_token} exceeds experts={self.experts}")
        if self.windowed_layers and not self.window:
            raise ValueError(f"windowed_layers={self.windowed_layers} of {self.name!r} needs window > 0")

    # -- parameters ---------------------------------------------------------------------------------------------
    @property
    def _attention_params(self) -> int:
        """Of one layer: hidden·heads·head_dim (Q) + 2·hidden·kv_heads·head_dim (K, V) + heads·head_dim·hidden (O)."""
        if self.kv_lora_rank:
            return self._latent_attention_params
        query, key = self.heads * self.head_dim, self.kv_heads * self.head_dim
        bias = (query + 2 * key) * self.qkv_bias
        return 2 * self.hidden * query + 2 * self.hidden * key + bias + 2 * self.head_dim * self.qk_norm

    @property
    def _latent_attention_params(self) -> int:
        """Multi-head latent attention (DeepSeek-V2, 2024, arXiv:2405.04434): low-rank Q, joint low-rank K and V."""
        query = self.heads * (self.qk_nope_head_dim + self.qk_rope_head_dim)
        rank = self.q_lora_rank
        queries = self.hidden * rank + rank + rank * query if rank else self.hidden * query
        down = self.hidden * (self.kv_lora_rank + self.qk_rope_head_dim) + self.kv_lora_rank
        up = self.kv_lora_rank * self.heads * (self.qk_nope_head_dim + self.v_head_dim)
        return queries + down + up + self.heads * self.v_head_dim * self.hidden

    @property
    def _expert_layers(self) -> int:
        return self.layers - self.dense_layers if self.experts else 0

    @property
    def _params_of_one_expert(self) -> int:
        """In all layers: 3·hidden·expert_intermediate each (gate, up, down)."""
        return self._expert_layers * 3 * self.hidden * self.expert_intermediate

    def _body_params(self, experts: int) -> int:
        """Everything but embedding and head, with `experts` routed experts counted in each layer."""
        router_and_shared = self.experts * self.hidden + 3 * self.hidden * self.shared_intermediate
        dense_mlp = (self.layers - self._expert_layers) * 3 * self.hidden * self.intermediate
        norms = 2 * self.hidden * self.layers + self.hidden
        attention = self.layers * self._attention_params
        return (
            attention
            + dense_mlp
            + norms
            + self._expert_layers * router_and_shared
            + experts * self._params_of_one_expert
        )

    @property
    def params_total(self) -> int:
        """All parameters, a tied embedding counted once."""
        return self._body_params(self.experts) + self.vocab * self.hidden * (1 if self.tied else 2)

    @property
    def params_gemm(self) -> float:
        """Parameters that one token is multiplied with: active body + output head.

        The input embedding is a look-up, so it costs no FLOPs; `params_total` would overcount an untied 8B by 8 %.
        """
        if self.gemm_params_given is not None:
            return self.gemm_params_given
        return self._body_params(self.experts_per_token) + self.vocab * self.hidden

    # -- memory -------------------------------------------------------------------------------------------------
    def distinct_experts(self, batch: float) -> float:
        """Expected experts of a layer that `batch` tokens touch: E·(1 − (1 − k/E)^batch), for uniform routing."""
        if not self.experts:
            return 0.0
        missed: float = (1.0 - self.experts_per_token / self.experts) ** batch
        return self.experts * (1.0 - missed)

    def weight_bytes(self, batch: float = 1.0) -> float:
        """Bytes of weights that one decode step reads for `batch` sequences: active at 1, all experts when large."""
        more = (self.distinct_experts(batch) - self.experts_per_token) * self._params_of_one_expert
        return self.bytes_per_parameter * (self.params_gemm + more)

    @property
    def memory_bytes(self) -> float:
        """Bytes that the weights occupy."""
        return self.bytes_per_parameter * self.params_total

    def kv_bytes_per_token(self, bytes_per_element: float = 2.0) -> float:
        """KV cache of one token over all layers [byte]: 2·kv_heads·head_dim·layers elements (latent: rank + rope)."""
        return self.layers * self._kv_elements * bytes_per_element

    @property
    def _kv_elements(self) -> int:
        if self.kv_lora_rank:
            return self.kv_lora_rank + self.qk_rope_head_dim
        return 2 * self.kv_heads * self.head_dim

    # -- attention over a context -------------------------------------------------------------------------------
    @property
    def attention_flops_per_token(self) -> float:
        """FLOPs of one query for each context token, all layers: 4·heads·head_dim·layers (QKᵀ and AV).

        Latent attention decodes on the compressed cache ("absorbed"): 2·heads·(2·kv_lora_rank + rope)·layers.
        """
        if self.kv_lora_rank:
            return 2.0 * self.heads * (2 * self.kv_lora_rank + self.qk_rope_head_dim) * self.layers
        return 4.0 * self.heads * self.head_dim * self.layers

    def context_seen(self, context: float) -> float:
        """Context tokens that a query attends to, mean over layers: min(context, window) in windowed layers."""
        return self._over_layers(context, min(context, self.window))

    def decode_context(self, start: float, tokens: float) -> float:
        """Context summed over a decode from `start` to `start + tokens`, mean over layers: ∫ context_seen [token²].

        Without windows start·tokens + tokens²/2. It is additive along a path by construction.
        """
        end = start + tokens
        full = start * tokens + tokens**2 / 2
        return self._over_layers(full, cumulative_context(end, self.window) - cumulative_context(start, self.window))

    def prefill_context(self, cached: float, new: float) -> float:
        """Context summed over `new` prompt tokens after `cached` ones: cached·new + new·(new + 1)/2 [token²]."""
        seen = self.decode_context(cached, new)
        own = min(new, max(0.0, self.window - cached))  # inside the window each query also sees itself
        return seen + self._over_layers(new, own) / 2

    def _over_layers(self, full: float, windowed: float) -> float:
        share = self.windowed_layers / self.layers
        return full if share == 0 else (1 - share) * full + share * windowed


def cumulative_context(length: float, limit: float) -> float:
    """∫₀^length min(x, limit) dx: tokens attended to, in all, while a text grows to `length` under a limit [token²]."""
    inside = min(length, limit)
    return inside**2 / 2 + limit * (length - inside)


def not_negative(**values: float) -> None:
    """Raise ValueError for the first of the named values that is below zero."""
    for name, value in values.items():
        if value < 0:
            raise ValueError(f"{name}={value} must not be negative")
