"""The ledger: holds the worst case of a call before it starts, settles what it really used when it ends.

Strict mode (`hold="worst"`) never overspends: a call is given at most what is left, and that caps its `max_tokens`.
Typical mode (`hold="typical"`) holds the usual length instead, so that more calls run at once. Leases then grow
while tokens arrive; a lease that cannot grow ends its stream. This mode may overspend by what arrives between two
looks at the meter. That is one delta of each stream in flight, and what the server adds before it sees the hang-up.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ttc.budget.budget import CURRENCIES, Budget, spent
from ttc.budget.waiters import Line, Waiter, serve
from ttc.errors import BudgetExhausted, check_range
from ttc.types import Cost

Amounts = dict[str, float]
HoldMode = Literal["worst", "typical"]
Price = Callable[[int], tuple[float, float]]
"""Output tokens -> (eflops, usd) of a call, prompt included; must not fall as tokens grow."""

FREE: Price = lambda tokens: (0.0, 0.0)  # noqa: E731  (a named constant, not a function to read)

NOTHING: Amounts = dict.fromkeys(CURRENCIES, 0.0)
"""What a call holds where nothing is limited."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a call asks to hold.

    Args:
        calls: Completions that the call asks for.
        least: Output tokens, over all completions, without which the call makes no sense.
        most: Output tokens, over all completions, that the call may generate.
        price: Output tokens -> (eflops, usd) of the call, prompt included.
    """

    calls: int
    least: int
    most: int
    price: Price = FREE

    def amounts(self, tokens: int) -> Amounts:
        """The amounts in all currencies if `tokens` are generated."""
        eflops, usd = self.price(tokens)
        return {"tokens": float(tokens), "calls": float(self.calls), "eflops": eflops, "usd": usd}


@dataclass(slots=True, eq=False)
class Lease:
    """What a running call holds. Settle it exactly once, in `finally`.

    Args:
        ledger: The ledger that granted it.
        tokens: Output tokens that the call may generate.
        held: The amounts that are held, by currency.
        price: As in `Need`.
        settled: Whether the call has ended and was paid.
    """

    ledger: Ledger
    tokens: int
    held: Amounts
    price: Price = FREE
    settled: bool = False

    def grow(self, tokens: int = 0, calls: int | None = None) -> bool:
        """Hold more without waiting; False if it is not there. Further calls (0 too) send their prompts once more."""
        if not self.ledger.limited:
            self.tokens += tokens
            return True
        extra = self._extra(tokens, calls or 0, again=calls is not None)
        if not self.ledger._fits(extra):
            return False
        self.ledger._hold(extra)
        self.held = {c: self.held[c] + extra[c] for c in CURRENCIES}
        self.tokens += tokens
        return True

    def _extra(self, tokens: int, calls: int, again: bool) -> Amounts:
        """What `tokens` and `calls` more cost in all currencies. All calls together are priced as one more attempt."""
        now, then = self.price(self.tokens), self.price(self.tokens + tokens)
        prompts = self.price(0) if again else (0.0, 0.0)
        eflops, usd = (after - before + prompt for before, after, prompt in zip(now, then, prompts, strict=True))
        return {"tokens": float(tokens), "calls": float(calls), "eflops": eflops, "usd": usd}

    def settle(self, cost: Cost) -> None:
        """Give the hold back and book what was used."""
        if self.settled:
            raise RuntimeError("a lease was settled twice")
        self.settled = True
        self.ledger._settle(self.held, cost)


def _slack(currency: str, budget: Budget) -> float:
    """Room for the rounding of float sums, far below anything that costs money."""
    limit = budget.limit(currency)
    return 0.0 if currency in ("tokens", "calls") or math.isinf(limit) else 1e-9 * limit


class Ledger:
    """Book-keeping of one budget, optionally inside a parent's: a hold must fit into every ledger up to the root."""

    def __init__(self, budget: Budget, parent: Ledger | None = None):
        self.budget = budget
        self.parent = parent
        self._whole: Ledger | None = None
        """The ledger of the same run of which this one is a part."""
        self.cost = Cost()
        self._held: Amounts = dict.fromkeys(CURRENCIES, 0.0)
        self._limits = [(c, budget.limit(c) + _slack(c, budget)) for c in CURRENCIES if math.isfinite(budget.limit(c))]
        """The currencies that are limited here; looking at these alone keeps an unlimited hold nearly free."""
        self._leases = 0
        self._line: Line[Lease] = Line()
        self._chain: tuple[Ledger, ...] = (self, *(parent._chain if parent else ()))
        self._lines: tuple[Line[Lease], ...] = tuple(node._line for node in self._chain)
        self.limited = any(node._limits for node in self._chain)
        """Whether anything is limited at all; if not, nothing needs to be held."""
        self.priced = any(c in ("eflops", "usd") for node in self._chain for c, _ in node._limits)
        """Whether a limit in eflops or usd binds, so that calls need a price before they start."""

    def left(self, currency: str) -> float:
        """What is neither spent nor held, here and in all parents; infinity where nothing limits."""
        return min(node._own_left(currency) for node in self._chain)

    def unspent(self, currency: str) -> float:
        """What is not spent yet, holds of running calls included."""
        return min(node.budget.limit(currency) - spent(node.cost, currency) for node in self._chain)

    def share(self, budget: Budget) -> Ledger:
        """A child ledger: its own limits, and this one's."""
        part = Ledger(budget, self)
        part._whole = self
        return part

    def limit(self, currency: str) -> float:
        """What this run may spend in all, infinity where it is not limited.

        Limits of a parent that other runs share are not in it: they say what is left, not what this run is worth.
        """
        whole = math.inf if self._whole is None else self._whole.limit(currency)
        return min(self.budget.limit(currency), whole)

    def part(self, share: float) -> Budget:
        """A budget of the given share, in (0, 1], of what is left now; never less than one token and one call."""
        check_range("(0, 1]", share=share)
        left = {c: share * self.left(c) if math.isfinite(self.left(c)) else None for c in CURRENCIES}
        whole = {c: None if (value := left[c]) is None else max(1, int(value)) for c in ("tokens", "calls")}
        real = {c: None if (value := left[c]) is None else max(value, 1e-12) for c in ("eflops", "usd")}
        return Budget(whole["tokens"], whole["calls"], None, real["eflops"], real["usd"])

    async def hold(self, need: Need) -> Lease:
        """Wait in line until the need fits and hold it. Raises BudgetExhausted when it cannot fit any more."""
        if not self.limited:
            return self._grant(need, need.most, NOTHING)
        amounts = need.amounts(need.most)
        if self._fits(amounts) and not any(line.first() for line in self._lines):
            return self._grant(need, need.most, amounts)
        waiter = Waiter(self._lines, lambda waiter: self._decide(need, waiter))
        waiter.begin()
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled() and not waiter.granted.exception():
                waiter.granted.result().settle(Cost())  # granted and cancelled in the same tick: give it back
            waiter.left()
            raise

    # ---- the waiters ----------------------------------------------------------------------------------------------

    def _decide(self, need: Need, waiter: Waiter[Lease]) -> Line[Lease] | None:
        """Grant or refuse the waiter now (None), or name the line whose running calls it should wait for.

        A waiter that must wait holds up later ones only through the ledger that lacks.
        """
        tokens = need.most
        for node in self._chain:
            if not node._leases:  # nothing will come back here: what is left is all there will ever be
                tokens = min(tokens, node._affordable(need, tokens))
                if tokens < need.least:
                    waiter.granted.set_exception(BudgetExhausted(node._lacking(need.amounts(need.least)) or "tokens"))
                    return None
        amounts = need.amounts(tokens)
        for node in self._chain:
            if node._lacking(amounts):
                return node._line
        waiter.granted.set_result(self._grant(need, tokens, amounts))
        return None

    def _grant(self, need: Need, tokens: int, amounts: Amounts) -> Lease:
        self._hold(amounts, leases=1)
        return Lease(self, tokens, amounts, need.price)

    def _affordable(self, need: Need, most: int) -> int:
        """The most tokens in [0, most] whose amounts fit into this ledger alone, -1 if none, by bisection."""
        if not self._lacking(need.amounts(most)):
            return most
        low, high = -1, most
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (low, middle - 1) if self._lacking(need.amounts(middle)) else (middle, high)
        return low

    # ---- arithmetic -----------------------------------------------------------------------------------------------

    def _own_left(self, currency: str) -> float:
        return self.budget.limit(currency) - spent(self.cost, currency) - self._held[currency]

    def _fits(self, amounts: Amounts) -> bool:
        return not any(node._lacking(amounts) for node in self._chain)

    def _lacking(self, amounts: Amounts) -> str | None:
        """The first currency of this ledger alone into which the amounts do not fit."""
        for currency, limit in self._limits:
            if amounts[currency] > limit - spent(self.cost, currency) - self._held[currency]:
                return currency
        return None

    def _hold(self, amounts: Amounts, leases: int = 0) -> None:
        for node in self._chain:
            node._leases += leases
            if amounts is not NOTHING:
                for currency in CURRENCIES:
                    node._held[currency] += amounts[currency]

    def _settle(self, held: Amounts, cost: Cost) -> None:
        for node in self._chain:
            node._leases -= 1
            node.cost += cost
            if held is not NOTHING:
                for currency in CURRENCIES:
                    node._held[currency] -= held[currency]
        serve(self._lines)
