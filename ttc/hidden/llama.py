"""Replay by numpy: a Llama decoder in plain arrays, for small models such as the laboratory model. No torch needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.hidden.reread import Replay
from ttc.types import Message

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]


class ReplayLlama(Replay):
    """Reads with the weights of a Hugging Face folder of a Llama: config.json, model.safetensors and the tokenizer.

    `evals/lab_model/to_hf.py` writes such a folder from the laboratory model's GGUF. Single precision, tied or own
    output weights alike (the output layer is not needed), no rope scaling.
    """

    def __init__(self, folder: str | Path) -> None:
        from safetensors.numpy import load_file

        folder = Path(folder)
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text())
        if self.config["model_type"] != "llama" or self.config.get("rope_scaling"):
            raise ValueError(
                f"{folder} holds a {self.config['model_type']} with rope_scaling {self.config.get('rope_scaling')}; "
                "it must be a plain llama, use ReplayTransformers for others"
            )
        weights = load_file(folder / "model.safetensors")
        self.weights: dict[str, Array] = {name: weights[name].astype(np.float32) for name in weights}
        self.folder = folder

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """By the folder's chat template."""
        from jinja2.sandbox import ImmutableSandboxedEnvironment
        from tokenizers import Tokenizer

        template = json.loads((self.folder / "tokenizer_config.json").read_text())["chat_template"]
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        text = environment.from_string(template).render(messages=messages, add_generation_prompt=True)
        words = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        return list(words.encode(text, add_special_tokens=False).ids)

    def read(self, ids: Sequence[int], first: int) -> Array:
        """One forward pass: embeddings, every layer's output, the last of them normed."""
        eps = float(self.config["rms_norm_eps"])
        x = self.weights["model.embed_tokens.weight"][list(ids)]
        layers, states = int(self.config["num_hidden_layers"]), [x]
        for number in range(layers):
            weight = {k: self.weights[f"model.layers.{number}.{k}.weight"] for k in _NAMES}
            x = x + self._attention(_normed(x, weight["input_layernorm"], eps), weight)
            y = _normed(x, weight["post_attention_layernorm"], eps)
            gate = y @ weight["mlp.gate_proj"].T
            x = x + (gate / (1 + np.exp(-gate)) * (y @ weight["mlp.up_proj"].T)) @ weight["mlp.down_proj"].T
            states.append(x)
        states[-1] = _normed(x, self.weights["model.norm.weight"], eps)
        chain: Array = np.stack([state[first:] for state in states], axis=1)
        return chain

    def _attention(self, x: Array, weight: dict[str, Array]) -> Array:
        """Causal attention [positions, width] with rotated queries and keys, whose heads are shared in groups."""
        heads, shared = int(self.config["num_attention_heads"]), int(self.config["num_key_value_heads"])
        q, k, v = (x @ weight[f"self_attn.{name}_proj"].T for name in "qkv")
        q = _rotated(_by_head(q, heads), self._theta())
        k = np.repeat(_rotated(_by_head(k, shared), self._theta()), heads // shared, axis=0)
        v = np.repeat(_by_head(v, shared), heads // shared, axis=0)
        logits = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(q.shape[-1]))
        logits = np.where(np.tri(len(x), dtype=bool), logits, -np.inf)
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        mixed = (shares / shares.sum(axis=-1, keepdims=True)) @ v
        joined: Array = mixed.swapaxes(0, 1).reshape(len(x), -1)
        out: Array = joined @ weight["self_attn.o_proj"].T
        return out

    def _theta(self) -> float:
        parameters = self.config.get("rope_parameters") or self.config
        return float(parameters.get("rope_theta", 10000.0))


_NAMES = (
    "input_layernorm",
    "post_attention_layernorm",
    *(f"self_attn.{name}_proj" for name in "qkvo"),
    *(f"mlp.{name}_proj" for name in ("gate", "up", "down")),
)


def _by_head(x: Array, heads: int) -> Array:
    """[positions, heads * size] as [heads, positions, size]."""
    return x.reshape(len(x), heads, -1).swapaxes(0, 1)


def _normed(x: Array, weight: Array, eps: float) -> Array:
    """Root-mean-square norm."""
    size: Array = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(eps))
    return x / size * weight


def _rotated(x: Array, theta: float) -> Array:
    """Rotary embedding of [heads, positions, size]: the first half of a head turns with the second."""
    half = x.shape[-1] // 2
    angles = np.outer(np.arange(x.shape[1]), theta ** -(np.arange(half) / half))
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
