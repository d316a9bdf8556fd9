"""The budget: what one solve may cost, in the currencies that people think in."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from ttc.types import Cost

CURRENCIES = ("tokens", "calls", "eflops", "usd")
"""What a ledger holds and settles; seconds are a deadline instead."""
MOST = 1e15
"""The largest limit: whole numbers up to it are exact as floats, and so are their sums."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper limits of one solve; None = not limited. Every field that is set binds, and all kinds of calls count.

    >>> budget = Budget(tokens=4000, seconds=30)
    >>> budget.limit("tokens"), budget.limit("usd")
    (4000.0, inf)

    Args:
        tokens: Output tokens of all calls. Prompts are known beforehand; usd and eflops price them.
        calls: Completions asked for, retries included.
        seconds: Wall clock from the start to the answer. Running calls are cancelled then.
        eflops: 10^12 effective floating-point operations; needs a model whose shape is known.
        usd: US dollars; needs prices.

    Raises:
        ValueError: A limit is no positive number, or tokens or calls are no whole number.
    """

    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None
    eflops: float | None = None
    usd: float | None = None

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST:  # nan neither
                beyond = isinstance(value, int | float) and abs(value) > MOST  # may be too long to be shown
                shown = repr(value) if not beyond or isinstance(value, float) else "beyond 1e15"
                raise ValueError(f"budget {f.name} is {shown}; it must be a positive number, or None for no limit")
            if f.name in ("tokens", "calls") and value != int(value):
                raise ValueError(
                    f"budget {f.name} is {value}; it must be a whole number, for example {math.ceil(value)}"
                )

    def limit(self, currency: str) -> float:
        """The limit in that currency; infinity where there is none."""
        value = getattr(self, currency)
        return math.inf if value is None else float(value)


def spent(cost: Cost, currency: str) -> float:
    """How much of a currency a cost is. Unknown prices count as 0 here; the door refuses such budgets beforehand."""
    return (cost.output_tokens if currency == "tokens" else getattr(cost, currency)) or 0.0
