"""Kinetics as its authors compute it: golden numbers in units of 1e12, and the traps of their scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import GOLDEN, KINETICS_PARAMS, kinetics_dense, kinetics_shape
from ttc.prices.kinetics import KineticsCost, kinetics_block_top_k, kinetics_top_k
from ttc.prices.models import SHAPES

TERA = 1e12
QWEN = kinetics_shape("Qwen3-8B")


@pytest.mark.parametrize("row", GOLDEN["kinetics"], ids=lambda row: "-".join(map(str, row[:6])))
def test_golden_rows(row):
    name, prompt, output, n, intensity, shared, linear, attention, kv_bytes, eflops = row
    cost = kinetics_dense(kinetics_shape(name), prompt, output, n, intensity=intensity, shared=shared)
    assert cost.linear_flops == pytest.approx(linear, rel=1e-12)
    assert cost.attention_flops == pytest.approx(attention, rel=1e-12)
    assert cost.kv_bytes == pytest.approx(kv_bytes, rel=1e-12)
    assert cost.eflops == pytest.approx(eflops, rel=1e-12)


@pytest.mark.parametrize(
    ("prompt", "output", "n", "shared", "linear", "attention", "kv_bytes", "read", "total"),
    [
        (512, 32768, 1, False, 536.7398, 326.5550, 81.6387, 45921.7903, 46785.0851),
        (512, 32768, 16, True, 8587.8374, 5224.8793, 1269.1113, 713875.1042, 727687.8209),
        (512, 32768, 16, False, 8587.8374, 5224.8793, 1306.2198, 734748.6453, 748561.3620),
        (8192, 4096, 16, True, 1073.4797, 395.8242, 24.739, 13915.694, 15384.998),
        (8192, 4096, 16, False, 1073.4797, 395.8242, 98.956, 55662.776, 57132.082),
        (512, 1024, 1, False, 16.7731, 0.6185, 0.1546, 86.9731, 104.3647),
    ],
)
def test_table_of_the_8b_model(prompt, output, n, shared, linear, attention, kv_bytes, read, total):
    cost = kinetics_dense(QWEN, prompt, output, n, shared=shared)
    parts = (cost.linear_flops, cost.attention_flops, cost.kv_bytes, 562.5 * cost.kv_bytes, cost.eflops)
    assert [part / TERA for part in parts] == pytest.approx(
        [linear, attention, kv_bytes, read, total], rel=2e-5, abs=5e-5
    )


@pytest.mark.parametrize(
    ("name", "total", "ratio"),
    [
        ("Qwen3-0.6B", 35893.22, 727),
        ("Qwen3-1.7B", 35976.98, 269),
        ("Qwen3-4B", 46511.80, 176),
        ("Qwen3-8B", 46785.09, 86),
        ("Qwen3-14B", 52445.73, 53),
        ("Qwen3-32B", 84946.78, 39),
    ],
)
def test_long_generations_cost_memory_not_parameters(name, total, ratio):
    cost = kinetics_dense(kinetics_shape(name), 512, 32768)
    assert cost.eflops / TERA == pytest.approx(total, abs=0.006)
    assert (cost.eflops - cost.linear_flops) / cost.linear_flops == pytest.approx(ratio, abs=0.5)


def test_a_44_times_larger_model_costs_2_4_times_as_much():
    costs = [kinetics_dense(kinetics_shape(name), 512, 32768).eflops for name in ("Qwen3-0.6B", "Qwen3-32B")]
    assert KINETICS_PARAMS["Qwen3-32B"] / KINETICS_PARAMS["Qwen3-0.6B"] == pytest.approx(44, abs=0.5)
    assert costs[1] / costs[0] == pytest.approx(2.4, abs=0.05)


def test_intensity_of_an_h100():
    cost = kinetics_dense(QWEN, 512, 32768, intensity=295.2)
    assert 295.2 * cost.kv_bytes / TERA == pytest.approx(24099.756, abs=5e-4)
    assert cost.eflops / TERA == pytest.approx(24963.050, abs=1e-3)


@pytest.mark.parametrize(
    ("output", "n", "shared", "unshared"), [(32768, 1, 46785, 46785), (2048, 16, 3437, 4741), (512, 64, 1269, 2639)]
)
def test_tokens_are_a_bad_currency(output, n, shared, unshared):
    """The same 32768 tokens cost 18 times more as one long candidate than as 64 short ones."""
    assert kinetics_dense(QWEN, 512, output, n, shared=True).eflops / TERA == pytest.approx(shared, abs=0.5)
    assert kinetics_dense(QWEN, 512, output, n).eflops / TERA == pytest.approx(unshared, abs=0.5)


def test_the_closed_form_is_slightly_below_the_discrete_sum():
    exact = sum(
        2 * QWEN.params_gemm + (512 + t) * (QWEN.attention_flops_per_token + 562.5 * QWEN.kv_bytes_per_token())
        for t in range(1, 32769)
    )
    assert exact / TERA == pytest.approx(46786.4537, abs=1e-3)
    assert 1 - kinetics_dense(QWEN, 512, 32768).eflops / exact == pytest.approx(2.9e-5, abs=1e-6)


@pytest.mark.parametrize(("intensity", "context"), [(562.5, 196), (295.3, 371)])
def test_break_even_context(intensity, context):
    """Where attention and cache reads of a token cost as much as its multiplications."""
    per_token = QWEN.attention_flops_per_token + intensity * QWEN.kv_bytes_per_token()
    assert 2 * QWEN.params_gemm / per_token == pytest.approx(context, abs=0.5)


@pytest.mark.parametrize(("context", "marginal"), [(512, 0.0591), (4096, 0.3585), (32768, 2.7536)])
def test_marginal_cost_of_a_token(context, marginal):
    """A tiny step stands for the derivative that the marginal cost is."""
    step = kinetics_dense(QWEN, context, 1e-3).eflops / 1e-3
    assert step / TERA == pytest.approx(marginal, abs=6e-5)


# -- sparse attention ---------------------------------------------------------------------------------------------
def attended(cost: KineticsCost) -> float:
    return cost.kv_bytes / QWEN.kv_bytes_per_token()


def test_top_k_has_the_minus_sign():
    exact = sum(min(1024, 512 + t) for t in range(1, 32769))
    assert exact == 33_423_616
    mine = attended(kinetics_top_k(QWEN, 512, 32768, kv_budget=1024))
    assert mine == pytest.approx(33_423_360, rel=1e-12)
    with_the_plus_of_the_script = 1024 * 32768 + (1024 - 512) ** 2 / 2
    assert with_the_plus_of_the_script == 33_685_504
    assert abs(mine / exact - 1) < 1e-5 < abs(with_the_plus_of_the_script / exact - 1)


@pytest.mark.parametrize(("prompt", "output"), [(100, 300), (0, 50), (500, 900), (3000, 10)])
def test_top_k_of_texts_shorter_than_the_budget(prompt, output):
    """The authors' formula assumes prompt + output >= budget; below it all tokens are attended to."""
    exact = sum(min(1024, prompt + t) for t in range(1, output + 1))
    assert attended(kinetics_top_k(QWEN, prompt, output, kv_budget=1024)) == pytest.approx(exact, abs=output)
    if prompt + output <= 1024:
        dense = kinetics_dense(QWEN, prompt, output)
        assert kinetics_top_k(QWEN, prompt, output, kv_budget=1024).eflops == pytest.approx(dense.eflops)


def test_golden_top_k():
    cost = kinetics_top_k(QWEN, 512, 32768, kv_budget=1024)
    assert (cost.linear_flops + cost.attention_flops) / TERA == pytest.approx(556.4537, abs=6e-4)
    assert 562.5 * cost.kv_bytes / TERA == pytest.approx(2772.267, abs=6e-4)
    assert cost.eflops / TERA == pytest.approx(3328.721, abs=6e-4)


@pytest.mark.parametrize(
    ("n", "compute", "memory", "total"), [(1, 566.659, 4207.323, 4773.982), (16, 9066.537, 66664.872, 75731.409)]
)
def test_golden_block_top_k(n, compute, memory, total):
    cost = kinetics_block_top_k(QWEN, 512, 32768, n, block_size=16, blocks=64)
    assert (cost.linear_flops + cost.attention_flops + cost.search_flops) / TERA == pytest.approx(compute, abs=6e-4)
    assert 562.5 * cost.kv_bytes / TERA == pytest.approx(memory, abs=6e-4)
    assert cost.eflops / TERA == pytest.approx(total, abs=6e-4)


# -- properties ---------------------------------------------------------------------------------------------------
LENGTHS = st.integers(0, 40_000)


@given(LENGTHS, LENGTHS, st.integers(1, 64))
def test_shared_is_never_dearer_and_equal_for_one(prompt, output, n):
    shared = kinetics_dense(QWEN, prompt, output, n, shared=True).eflops
    unshared = kinetics_dense(QWEN, prompt, output, n).eflops
    assert shared <= unshared * (1 + 1e-12)
    one = kinetics_dense(QWEN, prompt, output, 1)
    assert one == kinetics_dense(QWEN, prompt, output, 1, shared=True)
    assert unshared == pytest.approx(n * one.eflops)


@given(LENGTHS, LENGTHS, st.integers(1, 64), st.booleans())
def test_monotone_in_every_argument(prompt, output, n, shared):
    def eflops(prompt, output, n, intensity=300.0):
        return kinetics_dense(QWEN, prompt, output, n, intensity=intensity, shared=shared).eflops

    here = eflops(prompt, output, n)
    assert here <= min(eflops(prompt + 9, output, n), eflops(prompt, output + 9, n), eflops(prompt, output, n + 1))
    assert here <= eflops(prompt, output, n, 301.0)


def test_additive_along_a_path():
    both = kinetics_dense(QWEN, 512, 3000).eflops
    parts = kinetics_dense(QWEN, 512, 1000).eflops + kinetics_dense(QWEN, 1512, 2000).eflops
    assert both / TERA == pytest.approx(553.3502, abs=6e-5)
    assert parts == pytest.approx(both, rel=1e-12)


def test_cache_of_one_byte_elements_halves_the_reads():
    """The paper's 2 in front of the cache read is half of 2, times 2 bytes: bf16 is wired in there."""
    half = kinetics_dense(QWEN, 512, 2048, bytes_per_element=1.0)
    assert half.kv_bytes == kinetics_dense(QWEN, 512, 2048).kv_bytes / 2
    assert half.attention_flops == kinetics_dense(QWEN, 512, 2048).attention_flops


def test_our_own_parameter_count_is_the_default():
    ours = kinetics_dense(SHAPES["Qwen3-8B"], 512, 2048)
    assert ours.linear_flops == 2 * SHAPES["Qwen3-8B"].params_gemm * 2048


def test_bad_arguments():
    with pytest.raises(ValueError, match="output_tokens=-1"):
        kinetics_dense(QWEN, 512, -1)
