from dataclasses import replace

import pytest

import ttc
from ttc.backends.base import TokenPrices, eflops_of
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.simulated.backend import ALL
from ttc.backends.tape.replay import ReplayedPricing
from ttc.errors import TapeMismatch
from ttc.prices.call_cost import CostModel
from ttc.prices.hardware import hardware
from ttc.prices.models import find_shape, shape
from ttc.prices.pricing import ModelPricing, usd_of_rent


def test_a_known_shape_prices_compute_and_a_list_prices_dollars():
    model, intensity = shape("Qwen3-8B"), hardware("H100").intensity()
    pricing = ModelPricing(model, TokenPrices(prompt=1.0, output=2.0))
    assert pricing.eflops(512, 100, 4000, 4) * 1e12 == pytest.approx(
        CostModel(model, intensity).call(512, 100, 1000, 4).eflops
    )
    assert pricing.eflops(512, 0, 4000, 4) < pricing.eflops(512, 0, 4000, 1)
    assert pricing.usd(1_000_000, 0, 500_000) == pytest.approx(2.0)
    assert ModelPricing(model).usd(1, 0, 1) is None
    assert TokenPrices().eflops(1, 0, 1) is None


def test_every_length_is_priced_not_the_mean():
    """Attention costs the square of the length: 100 and 3900 tokens cost more than twice 2000."""
    model, pricing = shape("Qwen3-8B"), ModelPricing(shape("Qwen3-8B"))
    cost = CostModel(model, hardware("H100").intensity())
    assert pricing.eflops_of(512, 100, [100, 3900]) * 1e12 == pytest.approx(cost.lengths(512, 100, [100, 3900]).eflops)
    assert pricing.eflops_of(512, 0, [100, 3900]) > 1.2 * pricing.eflops(512, 0, 4000, 2)
    assert pricing.eflops_of(512, 0, [2000, 2000]) == pytest.approx(pricing.eflops(512, 0, 4000, 2))


def test_a_prompt_that_is_sent_again_is_prefilled_again_and_no_longer():
    """A server that takes no n gets the prompt of 500 tokens four times; it is no prompt of 2000."""
    pricing = ModelPricing(shape("Qwen3-8B"))
    singles = sum(pricing.eflops(500, 0, length) for length in (10, 20, 30, 40))
    assert pricing.eflops_of(2000, 0, [10, 20, 30, 40], prompts=4) == pytest.approx(singles)
    assert pricing.eflops_of(1000, 0, [], prompts=2) == pytest.approx(2 * pricing.eflops(500, 0, 0))


class Flat:
    """A pricing of a user, as `Pricing` asks for it: it knows nothing of lengths."""

    def usd(self, prompt, cached, output):
        return None

    def eflops(self, prompt, cached, output, n=1):
        return output / 10 + n


def test_a_pricing_without_lengths_still_serves():
    assert eflops_of(Flat(), 5, 0, [10, 30], 1, 2) == 6.0
    assert eflops_of(TokenPrices(), 5, 0, [10, 30], 1, 2) is None
    assert eflops_of(ModelPricing(shape("Qwen3-8B")), 5, 0, [10, 30], 1, 2) == pytest.approx(
        ModelPricing(shape("Qwen3-8B")).eflops_of(5, 0, [10, 30])
    )


@pytest.mark.parametrize("pricing", [ModelPricing(shape("Qwen3-8B")), Flat()], ids=["shape", "user's own"])
@pytest.mark.parametrize("fan_out", [True, False])
async def test_a_run_of_many_candidates_costs_what_its_lengths_cost(pricing, fan_out, tmp_path):
    """And its tape plays to the same cost."""
    capabilities = replace(ALL, fan_out=fan_out)
    backend = SimulatedBackend(distractors=lambda text: ["1", "2"], capabilities=capabilities, pricing=pricing)
    given = {"strategy": "best_of_n", "knobs": {"n": 8}, "backend": backend, "verifier": "exact:answer=1"}
    result = await ttc.asolve("What is 17 * 23?", **given, record=tmp_path / "tape.jsonl")
    lengths = [candidate.output_tokens for candidate in result.candidates]
    prompts = 1 if fan_out else 8
    assert len(set(lengths)) > 1
    expected = eflops_of(pricing, result.cost.prompt_tokens, 0, lengths, prompts, 8)
    assert result.cost.eflops == pytest.approx(expected)
    again = await ttc.asolve("What is 17 * 23?", **(given | {"backend": None}), replay=tmp_path / "tape.jsonl")
    assert again.cost == result.cost


def test_a_tape_that_knows_the_mean_only_is_replayed_at_what_it_cost():
    prices = ReplayedPricing({("eflops", 5, 0, 40, 2): 3.5}, None)
    assert prices.eflops_of(5, 0, [10, 30]) == 3.5
    with pytest.raises(TapeMismatch, match="did not ask for the price"):
        prices.eflops_of(5, 0, [10, 31])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "Qwen2.5-1.5B"),
        ("Qwen3-30B-A3B-Instruct-2507", "Qwen3-30B-A3B"),
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B"),
        ("qwen3-8b", "Qwen3-8B"),
        ("Qwen3-80B", None),
        ("m", None),
        ("", None),
    ],
)
def test_shapes_are_found_by_the_names_that_servers_use(name, found):
    assert (find_shape(name) and find_shape(name).name) == found


def test_token_prices():
    prices = TokenPrices(prompt=2.0, output=8.0, cached=0.5)
    assert prices.usd(1_000_000, 0, 0) == 2.0
    assert prices.usd(1000, 600, 50) == pytest.approx((400 * 2 + 600 * 0.5 + 50 * 8) / 1e6)
    assert TokenPrices(2.0, 8.0).usd(1000, 600, 50) == pytest.approx((1000 * 2 + 50 * 8) / 1e6)
    assert TokenPrices(2.0, 8.0, cached=0.0).usd(1000, 1000, 0) == 0


def test_rent_of_a_million_tokens():
    """16 sequences at 20.99 ms a step on a device of 2.5 USD an hour."""
    assert usd_of_rent(1e6 / 16 * 0.02099, 2.5) == pytest.approx(0.91, abs=0.005)
    assert usd_of_rent(900, 4.0) == 1.0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: TokenPrices(-1, 0), "prompt price is -1"),
        (lambda: usd_of_rent(-1, 1), "seconds=-1"),
    ],
)
def test_bad_arguments(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
