"""Replay by transformers: any model of the Hub's format, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.hidden.reread import Replay
from ttc.types import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ReplayTransformers(Replay):
    """Reads with a transformers model: a folder or name on the Hub, or a loaded model with its tokenizer.

    The weights must be those that the server runs. `dtype` "float32" is exact; a coarser one may change votes.
    """

    def __init__(
        self, model: str | Path | Any, tokenizer: Any = None, *, device: str = "cpu", dtype: str = "float32"
    ) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if isinstance(model, str | Path):
            tokenizer = tokenizer or AutoTokenizer.from_pretrained(model)
            model = AutoModelForCausalLM.from_pretrained(model)
        if tokenizer is None:
            raise ValueError("tokenizer is None; a loaded model needs its tokenizer")
        self.model, self.tokenizer = _placed(model, device, getattr(torch, dtype)), tokenizer

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """By the tokenizer's chat template."""
        text = self.tokenizer.apply_chat_template([*map(dict, messages)], tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def read(self, ids: Sequence[int], first: int) -> NDArray[np.float32]:
        """One forward pass with the states of all layers."""
        import torch

        with torch.inference_mode():
            inputs = torch.tensor([list(ids)], device=self.model.device)
            layers = self.model(inputs, output_hidden_states=True, use_cache=False).hidden_states
            states: NDArray[np.float32] = torch.stack([layer[0, first:] for layer in layers], 1).float().cpu().numpy()
        return states


def _placed(model: Any, device: str, dtype: Any) -> Any:
    """The model where it reads, ready to read."""
    return model.to(device=device, dtype=dtype).eval()
