import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import GOLDEN, KINETICS_PARAMS
from ttc.prices.models import SHAPES, shape
from ttc.prices.shapes import ModelShape, cumulative_context

GEMMA = ModelShape("windowed", 30, 64, 4, 1, 16, 128, 1000, window=1024, windowed_layers=25)
DEEPSEEK_V3 = ModelShape(
    "DeepSeek-V3",
    layers=61,
    hidden=7168,
    heads=128,
    kv_heads=128,
    head_dim=56,
    intermediate=18432,
    vocab=129280,
    experts=256,
    experts_per_token=8,
    expert_intermediate=2048,
    shared_intermediate=2048,
    dense_layers=3,
    kv_lora_rank=512,
    q_lora_rank=1536,
    qk_rope_head_dim=64,
    qk_nope_head_dim=128,
    v_head_dim=128,
)


@pytest.mark.parametrize("name", GOLDEN["models"])
def test_golden_parameters(name):
    golden, model = GOLDEN["models"][name], SHAPES[name]
    assert model.params_total == golden["params_total"]
    assert model.params_gemm == golden["params_gemm_per_token"]
    assert model.kv_bytes_per_token() == golden["kv_bytes_per_token_bf16"]


# counted from the layers that transformers builds for these configurations
@pytest.mark.parametrize(
    ("model", "total"),
    [
        (SHAPES["Qwen2.5-0.5B"], 494_032_768),
        (SHAPES["Qwen2.5-1.5B"], 1_543_714_304),
        (SHAPES["Llama-3.1-8B"], 8_030_261_248),
        (SHAPES["Llama-3.2-1B"], 1_235_814_400),
        (SHAPES["SmolLM2-135M"], 134_515_008),
        (DEEPSEEK_V3, 671_026_404_352),
    ],
)
def test_parameters_of_other_families(model, total):
    assert model.params_total == total


def test_kinetics_parameters_are_inconsistent():
    """Two count the tied embedding twice, 4B once; none is the number of multiplied parameters of an untied model."""
    for name, twice in (("Qwen3-0.6B", 0.7516e9), ("Qwen3-1.7B", 2.0317e9), ("Qwen3-4B", 4.4114e9)):
        model = SHAPES[name]
        assert model.params_total + model.vocab * model.hidden == pytest.approx(twice, rel=1e-4)
    assert KINETICS_PARAMS["Qwen3-0.6B"] == pytest.approx(0.7516e9, rel=1e-3)
    assert KINETICS_PARAMS["Qwen3-4B"] == pytest.approx(SHAPES["Qwen3-4B"].params_total, rel=1e-3)
    assert KINETICS_PARAMS["Qwen3-8B"] > 1.08 * SHAPES["Qwen3-8B"].params_gemm


def test_given_parameters_replace_the_count():
    model = dataclasses.replace(SHAPES["Qwen3-8B"], gemm_params_given=8.19e9)
    assert model.params_gemm == 8.19e9
    assert model.weight_bytes() == 16.38e9
    assert model.params_total == SHAPES["Qwen3-8B"].params_total


def test_distinct_experts():
    model = SHAPES["Qwen3-30B-A3B"]
    assert [round(model.distinct_experts(b), 1) for b in (1, 4, 16, 64, 256)] == [8.0, 29.1, 82.4, 125.9, 128.0]
    assert SHAPES["Qwen3-8B"].distinct_experts(64) == 0


def test_weight_traffic_of_experts_goes_from_active_to_total():
    model = SHAPES["Qwen3-30B-A3B"]
    assert model.weight_bytes(1) == pytest.approx(2 * model.params_gemm)
    read_by_many = 2 * (model.params_total - model.vocab * model.hidden)  # the input embedding is never read whole
    assert model.weight_bytes(1e6) == pytest.approx(read_by_many)
    assert SHAPES["Qwen3-8B"].weight_bytes(1) == SHAPES["Qwen3-8B"].weight_bytes(256)


def test_latent_attention_caches_one_vector():
    assert DEEPSEEK_V3.kv_bytes_per_token() == (512 + 64) * 61 * 2
    assert DEEPSEEK_V3.attention_flops_per_token == 2 * 128 * (576 + 512) * 61


def test_kv_bytes_scale_with_the_element():
    assert SHAPES["Qwen3-8B"].kv_bytes_per_token(1.0) == 147_456 / 2


@pytest.mark.parametrize(("cached", "new"), [(0, 10), (0, 3000), (700, 900), (5000, 100)])
def test_windowed_prefill_is_the_exact_sum(cached, new):
    """25 of 30 layers see min(context, 1024) tokens; summing over the new tokens gives the closed form."""
    exact = sum((5 * x + 25 * min(x, 1024)) / 30 for x in range(cached + 1, cached + new + 1))
    assert GEMMA.prefill_context(cached, new) == pytest.approx(exact, rel=1e-12)
    full = SHAPES["Qwen3-8B"].prefill_context(cached, new)
    assert full == sum(range(cached + 1, cached + new + 1))


@given(st.floats(0, 1e5), st.floats(0, 1e4), st.floats(0, 1e4), st.sampled_from([GEMMA, SHAPES["Qwen3-8B"]]))
def test_decode_context_is_additive_along_a_path(start, first, second, model):
    parts = model.decode_context(start, first) + model.decode_context(start + first, second)
    assert parts == pytest.approx(model.decode_context(start, first + second), rel=1e-9, abs=1e-3)


def test_cumulative_context_is_an_integral():
    assert cumulative_context(10, 100) == 50
    assert cumulative_context(200, 100) == 5000 + 100 * 100
    assert GEMMA.context_seen(4096) == pytest.approx((5 * 4096 + 25 * 1024) / 30)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 0}, "layers=0"),
        ({"kv_heads": 3}, "kv_heads=3"),
        ({"experts_per_token": 2}, "experts_per_token=2"),
        ({"window": 0}, "windowed_layers=25"),
    ],
)
def test_bad_sizes(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(GEMMA, **change)


def test_shape_by_name():
    assert shape("Qwen/Qwen3-8B") is SHAPES["Qwen3-8B"]
    assert shape("Qwen/Qwen2.5-Coder-1.5B-Instruct") is SHAPES["Qwen2.5-1.5B"]
    with pytest.raises(ValueError, match="Qwen3-8B"):
        shape("Qwen3-9B")
