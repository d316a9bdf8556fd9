"""Trained weights (quantised by measure.py) to a GGUF file in q8_0, with tokenizer and chat template inside.

python -m evals.lab_model.to_gguf RUN/weights.npz ttc/lab/weights/ttc-lab.gguf
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
from gguf.quants import quantize
from numpy.typing import NDArray

from evals.lab_model import quantise, tokenizer
from evals.lab_model.chat import END, PAD, SCORE, SPECIALS, TEMPLATE, USER
from evals.lab_model.model import Shape

NAMES = {
    "embed_tokens.weight": "token_embd.weight",
    "norm.weight": "output_norm.weight",
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}


def gguf_name(name: str) -> str:
    if not name.startswith("layers."):
        return NAMES[name]
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{NAMES[rest]}"


def interleave(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """llama.cpp pairs neighbouring rows in the rotary embedding of `llama` models, Hugging Face pairs the halves."""
    out = weight.shape[0]
    return weight.reshape(heads, 2, out // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write(tensors: dict[str, NDArray[np.float32]], path: Path, shape: Shape, *, packed: bool = True) -> None:
    """Matrices in q8_0, or in float32 where not `packed` (to compare engines on the very same numbers)."""
    writer = gguf.GGUFWriter(path, "llama")
    _head(writer, shape, packed)
    _vocabulary(writer)
    for name, weight in tensors.items():
        data = weight.astype(np.float32)
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            data = interleave(data, shape.heads if "q_proj" in name else shape.kv_heads)
        if data.ndim == 2 and packed:
            blocks = quantize(data, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(gguf_name(name), blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(gguf_name(name), data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _head(writer: gguf.GGUFWriter, shape: Shape, packed: bool) -> None:
    writer.add_name("ttc laboratory model")
    writer.add_license("apache-2.0")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_layer_norm_rms_eps(shape.eps)
    writer.add_rope_dimension_count(shape.head_dim)
    writer.add_rope_freq_base(shape.theta)
    writer.add_vocab_size(shape.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if packed else gguf.LlamaFileType.ALL_F32)


def _vocabulary(writer: gguf.GGUFWriter) -> None:
    words = json.loads(tokenizer.PATH.read_text())
    vocabulary = words["model"]["vocab"]
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    # the score tag is put into texts by verifiers, which tokenise them as data: it must be a token there, too
    types = [
        gguf.TokenType.USER_DEFINED if token == SCORE else control if token in SPECIALS else normal for token in tokens
    ]
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(merge) for merge in words["model"]["merges"]])
    writer.add_bos_token_id(vocabulary[USER])
    writer.add_eos_token_id(vocabulary[END])
    writer.add_eot_token_id(vocabulary[END])
    writer.add_pad_token_id(vocabulary[PAD])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    tensors = quantise.load(args.weights)
    layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("layers."))
    write(tensors, args.out, Shape(layers=layers))
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
