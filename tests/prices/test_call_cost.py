"""The general cost of a call: golden numbers of an 8B model (8.19e9 parameters) in units of 1e12 eFLOPs."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import kinetics_dense, kinetics_shape
from ttc.prices.call_cost import CallCost, CostModel
from ttc.prices.models import SHAPES

TERA = 1e12
QWEN = kinetics_shape("Qwen3-8B")
WINDOWED = dataclasses.replace(SHAPES["Qwen3-4B"], window=1024, windowed_layers=30)


def cost_of(shape, prompt, cached, output, sequences=1, **settings):
    return CostModel(shape, **settings).call(prompt, cached, output, sequences)


def tera(*args, **settings):
    return cost_of(QWEN, *args, **settings).eflops / TERA


def test_one_solve():
    cost = cost_of(QWEN, 512, 0, 2048)
    assert cost.flops_prefill / TERA == pytest.approx(8.5, abs=0.05)
    assert cost.flops_decode / TERA == pytest.approx(35.4, abs=0.05)
    assert 562.5 * cost.kv_bytes / TERA == pytest.approx(260.9, abs=0.05)
    assert cost.eflops / TERA == pytest.approx(304.8, abs=0.05)


@pytest.mark.parametrize(
    ("what", "cost", "golden"),
    [
        ("verification, nothing cached", (2760, 0, 1024), 344.1),
        ("verification, problem and solution cached", (2760, 2560, 1024), 300.5),
        ("scoring a whole solution", (2560, 0, 0), 43.9),
    ],
)
def test_verifier_calls(what, cost, golden):
    assert tera(*cost) == pytest.approx(golden, abs=0.05), what


def test_scoring_step_by_step_needs_the_cache():
    assert tera(2560, 2304, 0) == pytest.approx(4.75, abs=0.005)
    cached = sum(tera(256 * step, 256 * (step - 1), 0) for step in range(1, 11))
    anew = sum(tera(256 * step, 0, 0) for step in range(1, 11))
    assert tera(2560, 0, 0) < cached < anew / 4


def test_half_as_long_a_verification_costs_about_a_solve():
    assert tera(2760, 0, 1024) / tera(512, 0, 2048) == pytest.approx(1.1, abs=0.05)


def test_tree_search_pays_each_edge_once_with_a_cache():
    """8 steps of 16 candidates of 128 tokens, 4 kept, prompt 512."""
    paths = [512 + 128 * step for step in range(8)]
    cached = tera(512, 0, 0) + sum(16 * tera(path, path, 128) for path in paths)
    anew = sum(16 * tera(path, 0, 128) for path in paths)
    shared = tera(512, 0, 128, 16, shared_reads=True)
    shared += sum(4 * tera(path, path, 128, 4, shared_reads=True) for path in paths[1:])
    best_of_16 = 16 * tera(512, 512, 1024)
    assert cached == pytest.approx(1678.3, abs=0.05)
    assert anew == pytest.approx(3720.7, abs=0.05)
    assert shared == pytest.approx(683.5, abs=0.05)
    assert best_of_16 == pytest.approx(1669.8, abs=0.05)


@pytest.mark.parametrize(("batch", "golden"), [(1, 301_916), (16, 18_870), (64, 4_717), (256, 1_179)])
def test_weight_reads(batch, golden):
    cost = cost_of(QWEN, 512, 512, 32768, batch=batch)
    assert 562.5 * cost.weight_bytes / TERA == pytest.approx(golden, abs=0.6)
    without = cost_of(QWEN, 512, 512, 32768)
    assert without.weight_bytes == 0
    assert cost.eflops - without.eflops == pytest.approx(562.5 * cost.weight_bytes)


def test_alone_on_a_server_weights_are_most_of_the_cost():
    alone = cost_of(QWEN, 512, 512, 32768, batch=1)
    assert 562.5 * alone.weight_bytes / cost_of(QWEN, 512, 512, 32768).eflops == pytest.approx(6.5, abs=0.05)


def test_a_single_user_reads_the_weights_once_a_step():
    """m sequences alone in a batch of m: one read of all weights in each of the 100 steps."""
    cost = cost_of(QWEN, 512, 0, 100, 16, batch=16)
    assert cost.weight_bytes == pytest.approx(100 * QWEN.weight_bytes(16))


def test_experts_in_a_batch():
    model = SHAPES["Qwen3-30B-A3B"]
    alone, many = (cost_of(model, 512, 512, 100, batch=b) for b in (1, 256))
    assert alone.flops_decode == many.flops_decode  # active parameters, whatever the batch
    assert alone.weight_bytes == pytest.approx(100 * 2 * model.params_gemm)
    assert many.weight_bytes > alone.weight_bytes / 256 * 8  # all 128 experts instead of 8 are read


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("n", [1, 16])
def test_decode_is_kinetics(n, shared):
    ours = cost_of(QWEN, 512, 512, 2048, n, shared_reads=shared)
    assert ours.eflops == pytest.approx(kinetics_dense(QWEN, 512, 2048, n, shared=shared).eflops, rel=1e-12)


def test_sequences_share_one_prefill():
    one, many = cost_of(QWEN, 4096, 0, 100), cost_of(QWEN, 4096, 0, 100, 32)
    assert many.flops_prefill == one.flops_prefill
    assert many.flops_decode == pytest.approx(32 * one.flops_decode)
    assert many.kv_bytes == pytest.approx(32 * one.kv_bytes)


def test_shared_reads_last_as_long_as_the_longest():
    """The prompt is read once in each of max(l) steps, not mean(l)·n/n."""
    model = CostModel(QWEN, shared_reads=True)
    lengths = [100, 200, 4000]
    own = sum(length**2 / 2 for length in lengths)
    assert model.lengths(512, 512, lengths).kv_bytes == pytest.approx(147_456 * (512 * 4000 + own))


# -- random lengths -----------------------------------------------------------------------------------------------
def test_the_cost_of_the_mean_length_is_too_low():
    lengths = np.random.default_rng(0).lognormal(7.5, 0.8, 500)
    model = CostModel(QWEN)
    exact = np.mean([model.call(512, 0, length).eflops for length in lengths])
    plugged_in = model.call(512, 0, lengths.mean()).eflops
    expected = model.expected(512, 0, lengths.mean(), np.mean(lengths**2)).eflops
    assert expected == pytest.approx(exact, rel=1e-9)
    assert plugged_in < 0.75 * exact


def test_expected_of_a_fixed_length_is_the_call():
    model = CostModel(QWEN)
    assert model.expected(512, 100, 300, 300**2, 4).eflops == pytest.approx(model.call(512, 100, 300, 4).eflops)
    assert model.expected(512, 100, 0, 0) == model.call(512, 100)
    with pytest.raises(ValueError, match="mean_square_length"):
        model.expected(512, 0, 100, 100)
    with pytest.raises(ValueError, match="longest"):
        CostModel(QWEN, shared_reads=True).expected(512, 0, 100, 1e5)


# -- properties ---------------------------------------------------------------------------------------------------
TOKENS = st.integers(0, 20_000)
SHAPE = st.sampled_from([QWEN, WINDOWED, SHAPES["Qwen3-30B-A3B"]])
BATCH = st.sampled_from([None, 1.0, 7.5, 64.0])


@given(SHAPE, TOKENS, TOKENS, TOKENS, BATCH)
def test_additive_along_a_path(shape, prompt, first, second, batch):
    model = CostModel(shape, batch=batch)
    whole = model.call(prompt, 0, first + second)
    parts = model.call(prompt, 0, first) + model.call(prompt + first, prompt + first, second)
    assert dataclasses.astuple(parts) == pytest.approx(dataclasses.astuple(whole), rel=1e-9)


@given(SHAPE, TOKENS, TOKENS, TOKENS)
def test_prefill_in_two_chunks_costs_one_more_read_of_the_cache(shape, first, second, output):
    model = CostModel(shape)
    whole = model.call(first + second, 0, output)
    parts = model.call(first, 0) + model.call(first + second, first, output)
    assert parts.flops_prefill == pytest.approx(whole.flops_prefill, rel=1e-9)
    reread = shape.kv_bytes_per_token() * shape.context_seen(first) * (second > 0)
    assert parts.kv_bytes == pytest.approx(whole.kv_bytes + reread, rel=1e-9)


@given(SHAPE, TOKENS, TOKENS, st.integers(1, 40), BATCH)
def test_shared_is_never_dearer_and_equal_for_one(shape, prompt, output, n, batch):
    shared, unshared = CostModel(shape, shared_reads=True, batch=batch), CostModel(shape, batch=batch)
    assert shared.call(prompt, 0, output, n).eflops <= unshared.call(prompt, 0, output, n).eflops * (1 + 1e-12)
    assert shared.call(prompt, 0, output).eflops == pytest.approx(unshared.call(prompt, 0, output).eflops, rel=1e-12)


@given(SHAPE, TOKENS, TOKENS, st.integers(1, 40), BATCH, st.booleans())
def test_monotone(shape, prompt, output, n, batch, shared):
    model = CostModel(shape, batch=batch, shared_reads=shared)
    here = model.call(prompt, 0, output, n).eflops
    more = [(prompt + 9, 0, output, n), (prompt, 0, output + 9, n), (prompt, 0, output, n + 1)]
    assert all(model.call(*arguments).eflops >= here * (1 - 1e-12) for arguments in more)
    higher = dataclasses.replace(model, intensity=model.intensity + 1)
    assert higher.call(prompt, 0, output, n).eflops >= here


@given(TOKENS, TOKENS, st.integers(1, 100))
def test_linear_in_n_when_unshared(prompt, output, n):
    cached = cost_of(QWEN, prompt, prompt, output, n)
    assert cached.eflops == pytest.approx(n * cost_of(QWEN, prompt, prompt, output).eflops)


def test_caching_a_prompt_never_costs_more_where_it_is_longer_than_the_intensity_allows():
    """A cached token costs a read (intensity·kv_bytes), a new one its multiplications: 83e6 against 16e9."""
    costs = [tera(4096, cached, 100) for cached in (0, 1000, 4000, 4095)]
    assert costs == sorted(costs, reverse=True)


def test_nothing_costs_nothing():
    assert cost_of(QWEN, 512, 512, 0) == CallCost()
    assert CallCost() + CallCost() == CallCost()


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((10, 11, 5), {}, "cached_tokens=11"),
        ((10, -1, 5), {}, "cached_tokens=-1"),
        ((10, 0, -5), {}, "output_tokens=-5"),
        ((10, 0, 5), {"batch": 0}, "batch=0"),
        ((10, 0, 5), {"intensity": -1}, "intensity=-1"),
    ],
)
def test_bad_arguments(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        cost_of(QWEN, *arguments, **settings)
