import pytest

from ttc.backends.base import TokenPrices
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
    assert usd_of_rent(3600, 4.0, 0.25) == 1.0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: TokenPrices(-1, 0), "prompt price is -1"),
        (lambda: usd_of_rent(1, 1, 2), "share=2"),
        (lambda: usd_of_rent(-1, 1), "seconds=-1"),
    ],
)
def test_bad_arguments(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
