"""Read a model's shape from what ships with its weights: a Hugging Face config.json or the header of a GGUF file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ttc.prices.gguf import read_gguf_header
from ttc.prices.shapes import ModelShape

_BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "float8_e4m3fn": 1.0, "float8_e5m2": 1.0}
_QUANTISED = {"fp8": 1.0, "fbgemm_fp8": 1.0, "mxfp4": 4.25 / 8}  # methods whose width is not in the configuration
_QK_NORM = {"qwen3", "qwen3_moe", "gemma3", "gemma3_text"}  # model types that normalise queries and keys
_TIED_BY_DEFAULT = {"gemma", "gemma2", "gemma3", "gemma3_text"}
_WINDOW_PATTERN = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6, "gpt-oss": 2}  # every n-th layer attends to everything


def from_config(
    config: Mapping[str, Any] | str | Path, *, name: str | None = None, bytes_per_parameter: float | None = None
) -> ModelShape:
    """Shape from a config.json: a dict, the path of the file, or the folder that holds it.

    Multimodal models nest the language model in "text_config". `head_dim` is taken as stated: hidden // heads, the
    default, is wrong for Qwen3-0.6B, 4B and 32B. `bytes_per_parameter` overrides the stored dtype or quantisation.
    """
    raw = dict(config) if isinstance(config, Mapping) else _load(Path(config))
    c = {**raw, **(raw.get("text_config") or {})}
    kind = c.get("model_type", "")
    for key in ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size"):
        _whole_number(c, key)
    layers, hidden, heads = c["num_hidden_layers"], c["hidden_size"], c["num_attention_heads"]
    window, windowed = _window_of(c, layers, kind)
    return ModelShape(
        name=name or c.get("_name_or_path") or kind or "model",
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=_whole_number(c, "num_key_value_heads", heads),
        head_dim=c.get("head_dim") or hidden // heads,
        intermediate=_dense_width(c),
        vocab=c["vocab_size"],
        tied=c.get("tie_word_embeddings", kind in _TIED_BY_DEFAULT),
        bytes_per_parameter=bytes_per_parameter or _stored_bytes(c),
        qk_norm=kind in _QK_NORM,
        qkv_bias=c.get("attention_bias", kind.startswith("qwen2")),
        window=window,
        windowed_layers=windowed,
        kv_lora_rank=c.get("kv_lora_rank") or 0,
        q_lora_rank=c.get("q_lora_rank") or 0,
        qk_rope_head_dim=c.get("qk_rope_head_dim") or 0,
        qk_nope_head_dim=c.get("qk_nope_head_dim") or 0,
        v_head_dim=c.get("v_head_dim") or 0,
        **_experts_of(c, layers),
    )


def _load(path: Path) -> dict[str, Any]:
    text = (path / "config.json" if path.is_dir() else path).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _whole_number(c: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """A field that must be one whole number; `default` where it is missing or null."""
    value = default if c.get(key) is None else c[key]
    if value is None:
        raise ValueError(f"the configuration lacks {key!r}: is it a decoder-only language model's config.json?")
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{key!r} of the configuration is {value!r}: it must be one whole number for all layers")
    return value


def _experts(c: Mapping[str, Any]) -> int:
    """Routed experts of a layer, 0 for a dense model."""
    return int(c.get("num_experts") or c.get("n_routed_experts") or c.get("num_local_experts") or 0)


def _dense_width(c: Mapping[str, Any]) -> int:
    """Width of the dense MLP; a mixture of experts alone may have none."""
    experts_alone = _experts(c) and c.get("moe_intermediate_size")
    return _whole_number(c, "intermediate_size", 0 if experts_alone else None)


def _experts_of(c: Mapping[str, Any], layers: int) -> dict[str, int]:
    """The fields of a mixture of experts; none for a dense model."""
    experts = _experts(c)
    if not experts:
        return {}
    width = _whole_number(c, "moe_intermediate_size", c.get("intermediate_size"))
    step, plain = c.get("decoder_sparse_step") or 1, c.get("mlp_only_layers") or []
    first = c.get("first_k_dense_replace") or 0
    dense = sum(layer < first or layer in plain or (layer + 1) % step != 0 for layer in range(layers))
    return {
        "experts": experts,
        "experts_per_token": _whole_number(c, "num_experts_per_tok", c.get("experts_per_token")),
        "expert_intermediate": width,
        "shared_intermediate": c.get("shared_expert_intermediate_size") or (c.get("n_shared_experts") or 0) * width,
        "dense_layers": dense,
    }


def _window_of(c: Mapping[str, Any], layers: int, kind: str) -> tuple[int, int]:
    """(window, number of layers that have it)."""
    window = c.get("sliding_window") or 0
    if not window or c.get("use_sliding_window") is False:
        return 0, 0
    if c.get("layer_types"):
        return window, sum(layer == "sliding_attention" for layer in c["layer_types"])
    if c.get("use_sliding_window"):  # Qwen2: the layers from max_window_layers on
        return window, max(0, layers - c.get("max_window_layers", 0))
    return window, _windowed(layers, c.get("sliding_window_pattern") or _WINDOW_PATTERN.get(kind, 0))


def _windowed(layers: int, pattern: int) -> int:
    """Layers with a window when every `pattern`-th one attends to everything; all of them without a pattern."""
    return layers - layers // pattern if pattern else layers


def _stored_bytes(c: Mapping[str, Any]) -> float:
    quantisation = c.get("quantization_config")
    if not quantisation:
        dtype = str(c.get("dtype") or c.get("torch_dtype") or "bfloat16").removeprefix("torch.")
        if dtype not in _BYTES:
            raise ValueError(f"dtype={dtype!r} is unknown, not in {sorted(_BYTES)}: pass bytes_per_parameter")
        return _BYTES[dtype]
    groups = list(quantisation.get("config_groups", {}).values())
    bits = quantisation.get("bits") or (
        groups[0]["weights"]["num_bits"] if groups and groups[0].get("weights") else None
    )
    if bits is None and quantisation.get("load_in_4bit"):
        bits = 4
    if bits is None and quantisation.get("load_in_8bit"):
        bits = 8
    method = quantisation.get("quant_method")
    if bits is None and method not in _QUANTISED:
        raise ValueError(f"quantisation {method!r} does not state its bits: pass bytes_per_parameter")
    return bits / 8 if bits is not None else _QUANTISED[method]


def from_gguf(path: str | Path) -> ModelShape:
    """Shape from the header of a GGUF file (llama.cpp); bytes_per_parameter is its size over its parameter count."""
    header = read_gguf_header(path)
    meta, tensors = header.metadata, header.tensors
    if meta.get("split.count", 1) > 1:
        raise ValueError(f"{str(path)!r} is one of {meta['split.count']} parts of a model: merge them first")
    arch = str(meta.get("general.architecture", ""))
    keys = {key.removeprefix(arch + "."): _whole(value) for key, value in meta.items() if key.startswith(arch + ".")}
    for key in ("block_count", "embedding_length", "attention.head_count"):
        if not keys.get(key):
            raise ValueError(f"{str(path)!r} lacks {arch + '.' + key!r}: is it a decoder-only language model?")
    hidden, heads = keys["embedding_length"], keys["attention.head_count"]
    weights = sum(math.prod(sizes) for sizes in tensors.values())
    pattern = meta.get(f"{arch}.attention.sliding_window_pattern", _WINDOW_PATTERN.get(arch, 0))
    return ModelShape(
        name=str(meta.get("general.name") or arch),
        layers=keys["block_count"],
        hidden=hidden,
        heads=heads,
        kv_heads=heads if "attention.kv_lora_rank" in keys else keys.get("attention.head_count_kv", heads),
        head_dim=keys.get("attention.key_length", hidden // heads),
        intermediate=keys.get("feed_forward_length", 0),
        vocab=keys.get("vocab_size") or len(meta.get("tokenizer.ggml.tokens", [])),
        tied="output.weight" not in tensors,
        bytes_per_parameter=Path(path).stat().st_size / weights if weights else 2.0,
        qk_norm="blk.0.attn_q_norm.weight" in tensors,
        qkv_bias="blk.0.attn_q.bias" in tensors,
        **_gguf_window(keys, pattern),
        **_gguf_experts(keys),
        **_gguf_latent(keys),
    )


def _whole(value: Any) -> Any:
    """A value stated for each layer becomes its largest one."""
    return max(value) if isinstance(value, list) and value and isinstance(value[0], int) else value


def _stated(keys: Mapping[str, Any], *names: str) -> int:
    """The first of these keys that the header states."""
    for name in names:
        if keys.get(name):
            return int(keys[name])
    raise ValueError(f"the header of the GGUF lacks {' and '.join(map(repr, names))}: the model's shape is not known")


def _gguf_window(keys: Mapping[str, Any], pattern: list[bool] | int) -> dict[str, int]:
    window = keys.get("attention.sliding_window", 0)
    if not window:
        return {}
    windowed = sum(pattern) if isinstance(pattern, list) else _windowed(keys["block_count"], pattern)
    return {"window": window, "windowed_layers": windowed}


def _gguf_experts(keys: Mapping[str, Any]) -> dict[str, int]:
    if not keys.get("expert_count"):
        return {}
    width = _stated(keys, "expert_feed_forward_length", "feed_forward_length")
    return {
        "experts": keys["expert_count"],
        "experts_per_token": _stated(keys, "expert_used_count"),
        "expert_intermediate": width,
        "shared_intermediate": keys.get(
            "expert_shared_feed_forward_length", keys.get("expert_shared_count", 0) * width
        ),
        "dense_layers": keys.get("leading_dense_block_count", 0),
    }


def _gguf_latent(keys: Mapping[str, Any]) -> dict[str, int]:
    if "attention.kv_lora_rank" not in keys:
        return {}
    rope = _stated(keys, "rope.dimension_count")
    return {
        "kv_lora_rank": keys["attention.kv_lora_rank"],
        "q_lora_rank": keys.get("attention.q_lora_rank", 0),
        "qk_rope_head_dim": rope,
        "qk_nope_head_dim": _stated(keys, "attention.key_length_mla", "attention.key_length") - rope,
        "v_head_dim": _stated(keys, "attention.value_length_mla", "attention.value_length"),
    }
