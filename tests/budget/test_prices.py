import pytest

from ttc.budget.prices import TokenPrices, usd_of_rent


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
        (lambda: TokenPrices(-1, 0), "prompt=-1"),
        (lambda: TokenPrices(1, 1).usd(5, 6, 0), "cached_tokens=6"),
        (lambda: usd_of_rent(1, 1, 2), "share=2"),
        (lambda: usd_of_rent(-1, 1), "seconds=-1"),
    ],
)
def test_bad_arguments(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
