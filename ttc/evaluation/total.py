"""One budget for a whole evaluation: every call of every run is held in one ledger, wherever the run is made.

The budget of a cell shapes each run: its calls are cut to fit, and the strategy answers with what it has. This one must
not, or the last runs would be worse than the first. A call that does not fit ends the evaluation instead. All that
was paid for is in the journal, so that the evaluation can go on with more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Protocol

from ttc.backends.base import Backend, Completion, Meter, Request, eflops_of
from ttc.backends.wrapper import MeterWrapper, Wrapper
from ttc.budget.budget import Budget
from ttc.budget.ledger import Lease, Ledger, Need
from ttc.errors import BudgetExhausted, TTCError
from ttc.types import Cost


class TotalSpent(TTCError):
    """What all runs together may spend is spent."""


class Total(Protocol):
    """A ledger for all runs, in this process or in another."""

    async def hold(self, owner: str, calls: int, tokens: int, eflops: float, usd: float) -> int:
        """Hold the worst case of a call; its number. Raises TotalSpent if it cannot fit any more."""

    def settle(self, number: int, cost: Cost) -> None:
        """Book what the call used."""


class TotalLedger:
    """The ledger of a total budget. `owner` is who makes the runs: a process that may die with calls in flight."""

    def __init__(self, budget: Budget):
        self._ledger, self._numbers = Ledger(budget), count()
        self._leases: dict[int, tuple[str, Lease]] = {}
        self._gone: set[str] = set()

    async def hold(self, owner: str, calls: int, tokens: int, eflops: float, usd: float) -> int:
        """Hold the worst case of a call; its number. Waits while running calls may give enough back."""
        try:
            lease = await self._ledger.hold(Need(calls, tokens, tokens, lambda tokens: (eflops, usd)))
        except BudgetExhausted as error:
            raise TotalSpent(
                f"the {error.limit} of --total are spent; all that was paid for is in the journal: give the same "
                "command again to go on with as much once more"
            ) from None
        self._leases[number := next(self._numbers)] = owner, lease
        if owner in self._gone:
            self.settle(number, Cost())
        return number

    def settle(self, number: int, cost: Cost) -> None:
        """Book what the call used."""
        found = self._leases.pop(number, None)
        if found is not None:  # None: its owner was taken for dead, and it is booked already
            found[1].settle(cost)

    def release(self, owner: str) -> None:
        """The owner died: what it held is booked as spent, for what its calls used is not known."""
        self._gone.add(owner)
        for number, (name, lease) in list(self._leases.items()):
            if name == owner:
                held = lease.held
                cost = Cost(int(held["calls"]), 0, 0, lease.tokens, 0.0, held["eflops"], held["usd"])
                self.settle(number, cost)

    def cost(self) -> Cost:
        """What was spent so far."""
        return self._ledger.cost


class Charged(Wrapper):
    """A backend each of whose calls is held in the total at its worst case, and settled at what it used."""

    def __init__(self, backend: Backend, total: Total, budget: Budget, owner: str = ""):
        super().__init__(backend)
        self.total, self.owner = total, owner
        self._priced = budget.eflops is not None or budget.usd is not None
        self._late: set[asyncio.Future[int]] = set()

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """What the backend completes, if the total allows it."""
        (number, held), counting = await self._hold(request), MeterWrapper(meter)
        try:
            return await self.backend.complete(request, counting)
        finally:
            self._settle(number, counting, held)

    def _settle(self, number: int, counting: MeterWrapper, held: tuple[float, float]) -> None:
        """Book what was counted; where no price can be told, all that was held is spent."""
        prompt = max(0, counting.prompt_tokens)
        used = prompt, max(0, min(prompt, counting.cached_tokens)), counting.output_tokens
        lengths = [counting.lengths[index] for index in sorted(counting.lengths)]
        eflops: float | None
        usd: float | None
        eflops, usd = held
        try:
            eflops = eflops_of(self.pricing, *used[:2], lengths, counting.prompts, max(1, counting.calls))
            usd = self.pricing.usd(*used)
        finally:
            self.total.settle(number, Cost(counting.calls, *used, 0.0, eflops, usd))

    async def _hold(self, request: Request) -> tuple[int, tuple[float, float]]:
        """Hold the worst case; a hold that comes too late, when no call waits for it, is given back."""
        tokens, eflops, usd = request.n * request.max_tokens, 0.0, 0.0
        if self._priced:
            prompts = 1 if self.capabilities.fan_out else request.n
            prompt, lengths = await self.backend.count(request) * prompts, [request.max_tokens] * request.n
            eflops = eflops_of(self.pricing, prompt, 0, lengths, prompts, request.n) or 0.0
            usd = self.pricing.usd(prompt, 0, tokens) or 0.0
        hold = asyncio.ensure_future(self.total.hold(self.owner, request.n, tokens, eflops, usd))
        try:
            return await asyncio.shield(hold), (eflops, usd)
        except asyncio.CancelledError:
            self._late.add(hold)
            hold.add_done_callback(self._give_back)
            raise

    def _give_back(self, hold: asyncio.Future[int]) -> None:
        self._late.discard(hold)
        if not hold.cancelled() and hold.exception() is None:
            self.total.settle(hold.result(), Cost())
