import json
import struct

import pytest

from tests.prices.test_shapes import DEEPSEEK_V3
from ttc.prices.configs import from_config, from_gguf
from ttc.prices.gguf import read_gguf_header
from ttc.prices.models import SHAPES

QWEN3_06B = {
    "model_type": "qwen3",
    "num_hidden_layers": 28,
    "hidden_size": 1024,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 3072,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "sliding_window": None,
}


def without(*keys, **changes):
    return {key: value for key, value in (QWEN3_06B | changes).items() if key not in keys}


def test_config_reproduces_the_table():
    model = from_config(QWEN3_06B, name="Qwen3-0.6B")
    assert model == SHAPES["Qwen3-0.6B"]


def test_head_dim_is_not_hidden_over_heads():
    """1024 // 16 = 64, but the configuration says 128; the default would halve the KV cache."""
    assert from_config(QWEN3_06B).kv_bytes_per_token() == 114_688
    assert from_config(without("head_dim")).head_dim == 64
    assert from_config(without(head_dim=None)).head_dim == 64


def test_defaults():
    model = from_config(without("num_key_value_heads", "tie_word_embeddings", "torch_dtype"))
    assert (model.kv_heads, model.tied, model.bytes_per_parameter) == (16, False, 2.0)


def test_path_folder_and_nesting(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vision", "text_config": QWEN3_06B}))
    assert from_config(tmp_path) == from_config(str(tmp_path / "config.json")) == from_config(QWEN3_06B)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"torch_dtype": "float32"}, 4.0),
        ({"dtype": "float16"}, 2.0),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, 0.5),
        ({"quantization_config": {"quant_method": "fp8"}}, 1.0),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, 0.5),
        ({"quantization_config": {"config_groups": {"group_0": {"weights": {"num_bits": 8}}}}}, 1.0),
    ],
)
def test_stored_bytes(changes, expected):
    assert from_config(without(**changes)).bytes_per_parameter == expected


def test_unknown_storage_asks_for_the_number():
    odd = without(quantization_config={"quant_method": "odd"})
    with pytest.raises(ValueError, match=r"'odd'.*bytes_per_parameter"):
        from_config(odd)
    assert from_config(odd, bytes_per_parameter=0.3).bytes_per_parameter == 0.3
    with pytest.raises(ValueError, match="'int3'"):
        from_config(without(torch_dtype="int3"))


@pytest.mark.parametrize(
    ("changes", "windowed"),
    [
        ({"sliding_window": 512}, 28),  # Mistral: every layer
        ({"sliding_window": 512, "use_sliding_window": False}, 0),  # Qwen2.5: stated but off
        ({"sliding_window": 512, "use_sliding_window": True, "max_window_layers": 20}, 8),
        ({"sliding_window": 512, "layer_types": ["sliding_attention", "full_attention"] * 14}, 14),
        ({"sliding_window": 512, "model_type": "gemma3_text"}, 24),
    ],
)
def test_sliding_windows(changes, windowed):
    assert from_config(without(**changes)).windowed_layers == windowed


def test_mixture_of_experts_spellings():
    sizes = {"num_experts_per_tok": 8, "moe_intermediate_size": 768}
    for key in ("num_experts", "n_routed_experts", "num_local_experts"):
        assert from_config(without(**sizes, **{key: 128})).experts == 128
    deepseek = from_config(without(n_routed_experts=64, n_shared_experts=2, first_k_dense_replace=3, **sizes))
    assert (deepseek.shared_intermediate, deepseek.dense_layers) == (1536, 3)
    qwen = from_config(without(num_experts=64, decoder_sparse_step=2, mlp_only_layers=[1], **sizes))
    assert qwen.dense_layers == 15  # 14 even layers, and layer 1
    mixtral = from_config(without(num_local_experts=8, num_experts_per_tok=2))
    assert mixtral.expert_intermediate == 3072


def test_latent_attention():
    latent = {
        "kv_lora_rank": 512,
        "q_lora_rank": 1536,
        "qk_rope_head_dim": 64,
        "qk_nope_head_dim": 128,
        "v_head_dim": 128,
    }
    sizes = {"num_hidden_layers": 61, "hidden_size": 7168, "num_attention_heads": 128, "num_key_value_heads": 128}
    experts = {"n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8, "moe_intermediate_size": 2048}
    rest = {"intermediate_size": 18432, "vocab_size": 129280, "first_k_dense_replace": 3}
    assert from_config(latent | sizes | experts | rest, name="DeepSeek-V3") == DEEPSEEK_V3


def test_missing_field_is_named():
    with pytest.raises(ValueError, match="num_hidden_layers"):
        from_config(without("num_hidden_layers"))


# -- GGUF ---------------------------------------------------------------------------------------------------------
def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def pair(key, value):
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, list) and isinstance(value[0], str):
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    if isinstance(value, list):
        return text(key) + struct.pack("<IIQ", 9, 4, len(value)) + struct.pack(f"<{len(value)}I", *value)
    return text(key) + struct.pack("<II", 4, value)


def write_gguf(path, pairs, tensors, version=3):
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    infos = b"".join(
        text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, 0, 0) for name, sizes in tensors.items()
    )
    path.write_bytes(head + b"".join(pair(*item) for item in pairs.items()) + infos + bytes(64))
    return path


PAIRS = {
    "general.architecture": "qwen3",
    "general.name": "tiny",
    "qwen3.block_count": 2,
    "qwen3.embedding_length": 64,
    "qwen3.attention.head_count": 4,
    "qwen3.attention.head_count_kv": [2, 2],
    "qwen3.attention.key_length": 32,
    "qwen3.feed_forward_length": 96,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
}
TENSORS = {"token_embd.weight": (64, 3), "blk.0.attn_q_norm.weight": (32,)}


def test_gguf(tmp_path):
    path = write_gguf(tmp_path / "tiny.gguf", PAIRS, TENSORS)
    model = from_gguf(path)
    assert (model.name, model.layers, model.hidden, model.heads, model.kv_heads) == ("tiny", 2, 64, 4, 2)
    assert (model.head_dim, model.intermediate, model.vocab, model.tied, model.qk_norm) == (32, 96, 3, True, True)
    assert model.bytes_per_parameter == path.stat().st_size / (64 * 3 + 32)
    assert not from_gguf(write_gguf(path, PAIRS, TENSORS | {"output.weight": (64, 3)})).tied


def test_gguf_experts_windows_and_latent_attention(tmp_path):
    more = {
        "qwen3.expert_count": 8,
        "qwen3.expert_used_count": 2,
        "qwen3.expert_shared_count": 1,
        "qwen3.leading_dense_block_count": 1,
        "qwen3.attention.sliding_window": 16,
        "qwen3.attention.sliding_window_pattern": [1, 0],
        "qwen3.attention.kv_lora_rank": 24,
        "qwen3.attention.value_length": 32,
        "qwen3.rope.dimension_count": 8,
    }
    model = from_gguf(write_gguf(tmp_path / "more.gguf", PAIRS | more, TENSORS))
    assert (model.experts, model.experts_per_token, model.shared_intermediate, model.dense_layers) == (8, 2, 96, 1)
    assert (model.window, model.windowed_layers) == (16, 1)
    assert (model.kv_lora_rank, model.qk_rope_head_dim, model.qk_nope_head_dim, model.v_head_dim) == (24, 8, 24, 32)


def test_gguf_of_the_reference_writer(tmp_path):
    gguf, numpy = pytest.importorskip("gguf"), pytest.importorskip("numpy")
    path = tmp_path / "reference.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(3)
    writer.add_embedding_length(32)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_feed_forward_length(64)
    writer.add_rope_freq_base(1e4)
    writer.add_token_list(["x", "y"])
    writer.add_tensor("token_embd.weight", numpy.zeros((2, 32), dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = from_gguf(path)
    assert (model.layers, model.hidden, model.kv_heads, model.head_dim, model.vocab) == (3, 32, 2, 8, 2)
    assert read_gguf_header(path).tensors == {"token_embd.weight": (32, 2)}


def test_not_a_gguf(tmp_path):
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(ValueError, match="not a GGUF"):
        from_gguf(path)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 1, 0, 0))
    with pytest.raises(ValueError, match="version 1"):
        from_gguf(path)
    whole = write_gguf(tmp_path / "whole.gguf", PAIRS, TENSORS).read_bytes()
    for length in (10, 40, 200, len(whole) - 64 - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cut short"):
            from_gguf(path)


def test_gguf_without_a_language_model(tmp_path):
    with pytest.raises(ValueError, match="block_count"):
        from_gguf(write_gguf(tmp_path / "clip.gguf", {"general.architecture": "clip"}, {}))
    with pytest.raises(ValueError, match="3 parts"):
        from_gguf(write_gguf(tmp_path / "part.gguf", PAIRS | {"split.count": 3}, TENSORS))


DENSE = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 100}


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({}, "intermediate_size"),
        ({"intermediate_size": 128, "num_experts": 8}, "num_experts_per_tok"),
        ({"intermediate_size": None, "num_local_experts": 8, "num_experts_per_tok": 2}, "intermediate_size"),
        ({"intermediate_size": 128, "num_attention_heads": None}, "num_attention_heads"),
        ({"intermediate_size": 128, "num_key_value_heads": [1, 2]}, "num_key_value_heads"),
        ({"intermediate_size": [128, 256]}, "intermediate_size"),
    ],
)
def test_what_a_configuration_lacks_is_named(more: dict[str, object], key: str) -> None:
    """A KeyError or TypeError before; a dense model without the width of its MLP was priced as if it had none."""
    with pytest.raises(ValueError, match=key):
        from_config({**DENSE, **more})


def test_other_spellings_of_the_same_fields() -> None:
    """A null text_config is none; gpt-oss states `experts_per_token`; a quantisation may leave the weights alone."""
    experts = {"num_local_experts": 8, "experts_per_token": 2, "moe_intermediate_size": 32}
    shape = from_config({**DENSE, "text_config": None, **experts})
    assert (shape.experts, shape.experts_per_token, shape.expert_intermediate) == (8, 2, 32)
    with pytest.raises(ValueError, match="does not state its bits"):
        from_config({**DENSE, **experts, "quantization_config": {"config_groups": {"g": {"weights": None}}}})


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"qwen3.expert_count": 8}, "expert_used_count"),
        ({"qwen3.attention.kv_lora_rank": 24}, "rope.dimension_count"),
        ({"qwen3.attention.kv_lora_rank": 24, "qwen3.rope.dimension_count": 8}, "attention.value_length"),
    ],
)
def test_what_a_gguf_lacks_is_named(tmp_path, more, key):
    """A KeyError kept the embedded backend from loading a model that only its price needed the key of."""
    with pytest.raises(ValueError, match=key):
        from_gguf(write_gguf(tmp_path / "odd.gguf", PAIRS | more, TENSORS))


def test_gguf_latent_attention_may_state_its_own_lengths_alone(tmp_path):
    more = {"kv_lora_rank": 24, "key_length_mla": 24, "value_length_mla": 16}
    pairs = {key: value for key, value in PAIRS.items() if not key.endswith("key_length")}
    pairs |= {f"qwen3.attention.{key}": value for key, value in more.items()} | {"qwen3.rope.dimension_count": 8}
    model = from_gguf(write_gguf(tmp_path / "mla.gguf", pairs, TENSORS))
    assert (model.qk_nope_head_dim, model.v_head_dim) == (16, 16)


@pytest.mark.parametrize("length", [2**50, 2**63, 2**64 - 1])
def test_a_damaged_gguf_with_an_impossible_length(tmp_path, length):
    """An OverflowError or a MemoryError, by the length."""
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, length))
    with pytest.raises(ValueError, match="damaged"):
        read_gguf_header(path)
