"""A small table of model shapes, so that a cost can be estimated before any weights are at hand."""

from __future__ import annotations

import difflib
from dataclasses import replace

from ttc.prices.shapes import ModelShape

# name, layers, hidden, heads, kv_heads, head_dim, intermediate, vocab, tied
_QWEN3 = (
    ModelShape("Qwen3-0.6B", 28, 1024, 16, 8, 128, 3072, 151936, True),
    ModelShape("Qwen3-1.7B", 28, 2048, 16, 8, 128, 6144, 151936, True),
    ModelShape("Qwen3-4B", 36, 2560, 32, 8, 128, 9728, 151936, True),
    ModelShape("Qwen3-8B", 36, 4096, 32, 8, 128, 12288, 151936, False),
    ModelShape("Qwen3-14B", 40, 5120, 40, 8, 128, 17408, 151936, False),
    ModelShape("Qwen3-32B", 64, 5120, 64, 8, 128, 25600, 151936, False),
)
_QWEN3_EXPERTS = (
    ModelShape("Qwen3-30B-A3B", 48, 2048, 32, 4, 128, 6144, 151936, False, expert_intermediate=768),
    ModelShape("Qwen3-235B-A22B", 94, 4096, 64, 4, 128, 12288, 151936, False, expert_intermediate=1536),
)
_QWEN25 = (  # the Coder models of these sizes have the same shapes
    ModelShape("Qwen2.5-0.5B", 24, 896, 14, 2, 64, 4864, 151936, True),
    ModelShape("Qwen2.5-1.5B", 28, 1536, 12, 2, 128, 8960, 151936, True),
)
_LLAMA = (
    ModelShape("Llama-3.1-8B", 32, 4096, 32, 8, 128, 14336, 128256, False),
    ModelShape("Llama-3.2-1B", 16, 2048, 32, 8, 64, 8192, 128256, True),
    ModelShape("SmolLM2-135M", 30, 576, 9, 3, 64, 1536, 49152, True),
)

SHAPES: dict[str, ModelShape] = {
    shape.name: shape
    for shape in (
        *(replace(shape, qk_norm=True) for shape in _QWEN3),
        *(replace(shape, qk_norm=True, experts=128, experts_per_token=8) for shape in _QWEN3_EXPERTS),
        *(replace(shape, qkv_bias=True) for shape in _QWEN25),
        *_LLAMA,
    )
}


def shape(name: str) -> ModelShape:
    """The shape called `name` in the table; an organisation ("Qwen/") and "-Instruct" or "-Base" are ignored."""
    short = name.rsplit("/", 1)[-1].removesuffix("-Instruct").removesuffix("-Base").replace("-Coder", "")
    if short in SHAPES:
        return SHAPES[short]
    near = difflib.get_close_matches(short, SHAPES, n=1, cutoff=0.0)[0]
    raise ValueError(f"model {name!r} is not in the table (nearest: {near!r}): use from_config or from_gguf")


_STYLES = {"instruct", "coder", "math", "chat", "base", "it", "hf"}


def find_shape(name: str) -> ModelShape | None:
    """The shape of a served model by its usual names ("Qwen/Qwen2.5-Coder-1.5B-Instruct"), None if not in the table."""
    words = _words(name)
    fitting = [key for key in SHAPES if words[: len(_words(key))] == _words(key)]
    return SHAPES[max(fitting, key=len)] if fitting else None


def _words(name: str) -> list[str]:
    """The parts of a model's name without its organisation and its style."""
    return [word for word in name.rpartition("/")[2].lower().replace("_", "-").split("-") if word not in _STYLES]
