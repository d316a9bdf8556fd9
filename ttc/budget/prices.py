"""What calls cost in US dollars: a provider's price of tokens, or the rent of one's own devices."""

from __future__ import annotations

from dataclasses import dataclass

from ttc.budget.shapes import not_negative


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """A price list in USD for one million tokens. `cached` None: cached prompt tokens cost as much as others."""

    prompt: float
    output: float
    cached: float | None = None

    def __post_init__(self) -> None:
        not_negative(prompt=self.prompt, output=self.output, cached=self.cached or 0.0)

    def usd(self, prompt_tokens: float, cached_tokens: float, output_tokens: float) -> float:
        """(prompt − cached)·prompt price + cached·cached price + output·output price; cached is part of prompt."""
        if not 0 <= cached_tokens <= prompt_tokens:
            raise ValueError(f"cached_tokens={cached_tokens} must be between 0 and prompt_tokens={prompt_tokens}")
        cached = self.prompt if self.cached is None else self.cached
        millions = (prompt_tokens - cached_tokens) * self.prompt + cached_tokens * cached + output_tokens * self.output
        return millions / 1e6


def usd_of_rent(seconds: float, usd_per_hour: float, share: float = 1.0) -> float:
    """Dollars for `seconds` on devices that rent for `usd_per_hour`, of which this work keeps a `share` in [0, 1]."""
    not_negative(seconds=seconds, usd_per_hour=usd_per_hour)
    if not 0 <= share <= 1:
        raise ValueError(f"share={share} must be in [0, 1]")
    return seconds / 3600 * usd_per_hour * share
