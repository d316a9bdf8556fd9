"""The shipped GGUF to a Hugging Face folder (config.json, model.safetensors, tokenizer.json, tokenizer_config.json).

    python -m evals.lab_model.to_hf OUT [--gguf ttc/lab/weights/ttc-lab.gguf]

The folder loads in transformers and vLLM. The weights are the dequantised ones, so all servers run the same numbers.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from numpy.typing import NDArray
from safetensors.numpy import save_file

from evals.lab_model import tokenizer
from evals.lab_model.chat import END, PAD, TEMPLATE, USER
from evals.lab_model.model import Shape
from evals.lab_model.to_gguf import NAMES
from ttc.lab import lab_model_path

BACK = {short: name for name, short in NAMES.items()}


def deinterleave(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """The inverse of to_gguf.interleave."""
    out = weight.shape[0]
    return weight.reshape(heads, out // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def read(path: Path) -> tuple[dict[str, NDArray[np.float32]], Shape]:
    """Dequantised tensors under Hugging Face's names (without "model."), and the sizes."""
    reader = GGUFReader(path)

    def number(key: str) -> int:
        value = reader.fields[f"llama.{key}"].contents()
        assert isinstance(value, int)
        return value

    shape = Shape(
        vocab=number("vocab_size"),
        hidden=number("embedding_length"),
        layers=number("block_count"),
        heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv"),
        ffn=number("feed_forward_length"),
        context=number("context_length"),
    )
    tensors = {}
    for tensor in reader.tensors:
        size = tuple(int(n) for n in reversed(tensor.shape))
        data = np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32).reshape(size)
        name = BACK.get(tensor.name)
        if name is None:
            _, layer, rest = tensor.name.split(".", 2)
            name = f"layers.{layer}.{BACK[rest]}"
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            data = deinterleave(data, shape.heads if "q_proj" in name else shape.kv_heads)
        tensors[name] = np.ascontiguousarray(data)
    return tensors, shape


def write(path: Path, folder: Path) -> None:
    tensors, shape = read(path)
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"model.{name}": data for name, data in tensors.items()}
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    words = tokenizer.load()
    user, end, pad = (words.token_to_id(token) for token in (USER, END, PAD))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.ffn,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.eps,
        "rope_theta": shape.theta,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "bos_token_id": user,
        "eos_token_id": end,
        "pad_token_id": pad,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    generation = {"bos_token_id": user, "eos_token_id": end, "pad_token_id": pad}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=1))
    shutil.copy(tokenizer.PATH, folder / "tokenizer.json")
    text = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.context,
        "eos_token": END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(text, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--gguf", type=Path, default=None)
    args = parser.parse_args()
    write(args.gguf or lab_model_path(), args.out)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
