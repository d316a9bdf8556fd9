"""The index policy: take the action and horizon of most gain per cost, do its first chunk, and think again.

The index of an action is the largest ratio of gain to cost over its horizons: two votes alone are worth nothing, eight
may be worth a lot (so do Gittins, 1979, and Weitzman, 1979, rank boxes). It is bought while its index is above the
price, the Lagrange multiplier of the budget: for one problem a knob, for a batch the price at which all of its problems
together spend the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil, inf
from typing import Any, Literal

Action = Literal["sample", "sample and score", "score", "judge"]

CHUNKS = {"seconds": 1, "tokens": 2, "calls": 2, "usd": 4, "eflops": 4}
"""Into how many chunks a plan is cut, by the currency that binds: in seconds what runs side by side is nearly free, in
the others a candidate that was not needed is money lost. Tokens and calls are a compromise with the user's patience."""


@dataclass(frozen=True, slots=True)
class Option:
    """One action with one horizon: `gain` is a rise of P(right), `cost` a share of the budget."""

    action: Action
    size: int  # candidates, scores or judgements up to the horizon
    gain: float
    cost: float
    chunk: int  # how many of them to buy now

    @property
    def index(self) -> float:
        """Gain per budget; infinite for a gain that is free, and a free action is never refused."""
        return self.gain / self.cost if self.cost > 0 else inf

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}


def chunk_of(size: int, currency: str) -> int:
    """How many of `size` planned items to buy before thinking again."""
    return ceil(size / CHUNKS[currency])


def best_option(options: Sequence[Option], price: float, currency: str) -> Option | None:
    """The option to begin with, None without any: the one of highest index, of equals that of larger gain.

    Where seconds bind it is the one of highest gain − price·cost: what is sent together shares its seconds, so that
    going step by step, which the index supposes, would pay them again and again.
    """
    if currency == "seconds":
        return max(options, key=lambda option: option.gain - price * option.cost, default=None)
    return max(options, key=lambda option: (option.index, option.gain), default=None)
