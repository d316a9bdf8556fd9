"""The door: the only place where a run calls a model, shared by all sessions of the run.

Every call holds its worst case in the ledger, runs, and settles what its meter read, whatever happened to it. So the
budget, cancellation, seeds, tracing and costs are treated here and nowhere else.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from ttc.backends.base import Backend, Clocked, Completion, Delta, Request, Taped, eflops_of
from ttc.budget.ledger import FREE, HoldMode, Lease, Ledger, Need, Price
from ttc.core.trace import Trace
from ttc.errors import BudgetExhausted
from ttc.types import Cost, Kind

Watch = Callable[[int, Delta], bool]
"""Sees every delta of completion `index`; False ends that completion and keeps what is there."""

LEAST_TOKENS = 32
"""A solution shorter than this is not worth starting; smaller grants are refused."""
GROWTH = 64
"""Tokens by which a lease grows in typical mode: the meter is asked about the budget once per so many tokens."""


class CallMeter:
    """Reads one call as it happens; grows its lease where the budget allows."""

    def __init__(self, lease: Lease, n: int, watch: Watch | None, asked: int):
        self.lease, self.n, self.watch, self.asked = lease, n, watch, asked
        self.calls = self.prompts = self.prompt_tokens = self.cached_tokens = self.output_tokens = 0
        self.lengths: dict[int, int] = defaultdict(int)
        """Output tokens of each completion, those of its failed attempts too."""
        self.lost = 0
        self.cut: set[int] = set()

    @property
    def watched(self) -> bool:
        """Whether the deltas of this call decide anything; a tape keeps them only then."""
        return self.watch is not None or self.lease.tokens < self.asked

    def attempt(self, n: int = 1) -> None:
        """Count an attempt. What a failed attempt used is added to the lease if it is there.

        n = 0: calls that were counted before are sent one by one, so that their prompt is paid for once more.
        """
        if (self.calls + n > self.n or not n) and not self.lease.grow(calls=n):
            raise BudgetExhausted("calls" if n else "usd")
        self.calls += n
        if n and self.output_tokens > self.lost and self.lease.grow(tokens=self.output_tokens - self.lost):
            self.lost = self.output_tokens

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count prompt tokens of one attempt."""
        self.prompts += 1
        self.prompt_tokens += max(0, tokens)
        self.cached_tokens += max(0, min(tokens, cached))  # a part of the prompt, whatever a backend says

    def output(self, index: int, delta: Delta) -> bool:
        """Count a delta; False when the budget or the watcher ends this completion."""
        self.output_tokens += delta.tokens
        self.lengths[index] += delta.tokens
        over = self.output_tokens - self.lease.tokens
        if over > 0 and not (self.lease.grow(tokens=max(over, GROWTH)) or self.lease.grow(tokens=over)):
            self.cut.add(index)
            return False
        return self.watch is None or self.watch(index, delta)

    def allowance(self) -> int:
        """Output tokens that the lease still covers."""
        return max(0, self.lease.tokens - self.output_tokens)


@dataclass(slots=True, eq=False)
class Door:
    """What all sessions of one run share.

    Args:
        backend: The backend of the run.
        trace: Where every call becomes an event.
        seed: The seed of the run.
        hold: "worst" holds the longest reply of a call, "typical" its usual length.
        deadline: On the clock of `now()`, in seconds.
        cost_by_kind: What was paid so far.
        interrupted: Whether the user ended the run.
    """

    backend: Backend
    trace: Trace
    seed: int = 0
    hold: HoldMode = "worst"
    deadline: float = math.inf
    cost_by_kind: dict[Kind, Cost] = field(default_factory=lambda: defaultdict(Cost))
    interrupt: Callable[[], None] = lambda: None
    """Ends the run now, with its best answer so far; set while it runs."""
    interrupted: bool = False
    _start: float = field(default_factory=time.monotonic)
    _clock: Callable[[], float] | None = None
    _lengths: dict[Kind, deque[int]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=128)))
    _keys: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self._clock = self.backend.now if isinstance(self.backend, Clocked) else None

    def now(self) -> float:
        """Seconds since the run started; a replayed run reads the recorded clock."""
        return time.monotonic() - self._start if self._clock is None else self._clock()

    def server(self, backend: Backend | None) -> Backend:
        """Who answers: the run's backend, or a verifier's own, whose calls go on the tape of the run if it has one."""
        if backend is None or backend is self.backend:
            return self.backend
        return self.backend.beside(backend) if isinstance(self.backend, Taped) else backend

    def seed_of(self, key: str) -> int:
        """The seed of a call: a hash of the run's seed and the call's lineage name, in [0, 2^31)."""
        digest = blake2b(f"{self.seed}/{key}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "little") >> 1

    async def ask(
        self, ledger: Ledger, request: Request, watch: Watch | None = None, backend: Backend | None = None
    ) -> Sequence[Completion]:
        """Hold, complete, settle. Raises BudgetExhausted before anything is spent if the call does not fit.

        Args:
            ledger: Where the call is held and booked.
            request: What is asked.
            watch: Sees every piece of a stream and may end it.
            backend: Who answers; None = the run's backend.
        """
        server = self.server(backend)
        self._keys[request.key] += 1
        if (times := self._keys[request.key]) > 1:
            key = f"{request.key}~{times}"
            request = replace(request, key=key, seed=self.seed_of(key))
        lease = await ledger.hold(await self._need(ledger, request, server))
        fitted = self._fitted(request, lease, watch)
        meter = CallMeter(lease, request.n, watch, request.n * fitted.max_tokens)
        started, outcome = self.now(), "cancelled"
        try:
            completions = await server.complete(fitted, meter)
            outcome = "done"
            return [self._named(c, i, request, lease, meter) for i, c in enumerate(completions)]
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self._settle(request, lease, meter, server, started, outcome)

    # ---- parts ----------------------------------------------------------------------------------------------------

    async def _need(self, ledger: Ledger, request: Request, server: Backend) -> Need:
        """The worst case of the request, or its usual length in typical mode."""
        each = request.max_tokens
        if self.hold == "typical" and (lengths := self._lengths[request.kind]):
            each = min(each, sorted(lengths)[int(0.9 * (len(lengths) - 1))] + GROWTH)
        least = min(each, LEAST_TOKENS, request.max_tokens)
        price: Price = FREE
        if ledger.priced:
            price = _price(server, await server.count(request), request.n)
        return Need(request.n, least * request.n, each * request.n, price)

    def _fitted(self, request: Request, lease: Lease, watch: Watch | None) -> Request:
        """The request with max_tokens that the lease covers, and as a stream where it may have to stop."""
        most = request.max_tokens if self.hold == "typical" else min(request.max_tokens, lease.tokens // request.n)
        stoppable = watch is not None or self.hold == "typical" or math.isfinite(self.deadline)
        if most == request.max_tokens and stoppable <= request.stream:
            return request
        return replace(request, max_tokens=most, stream=request.stream or stoppable)

    def _named(
        self, completion: Completion, index: int, request: Request, lease: Lease, meter: CallMeter
    ) -> Completion:
        """The completion with `finish` saying "budget" where the budget, not the model, ended it."""
        self._lengths[request.kind].append(completion.output_tokens)
        capped = lease.tokens < request.max_tokens * request.n
        if index in meter.cut or (completion.finish == "length" and capped and self.hold == "worst"):
            return replace(completion, finish="budget")
        return completion

    def _settle(
        self, request: Request, lease: Lease, meter: CallMeter, server: Backend, started: float, outcome: str
    ) -> None:
        """Book what the meter read, for the ledger, for the kind of work, and in the trace."""
        used, pricing, now = (meter.prompt_tokens, meter.cached_tokens, meter.output_tokens), server.pricing, self.now()
        lengths = [meter.lengths[index] for index in sorted(meter.lengths)]
        try:
            eflops = eflops_of(pricing, *used[:2], lengths, meter.prompts, max(1, meter.calls))
            usd = pricing.usd(*used)
        except BaseException:  # what it cost is not known, so all that was held for it is spent
            lease.settle(Cost(meter.calls, *used, now - started, lease.held["eflops"], lease.held["usd"]))
            raise
        cost = Cost(meter.calls, *used, now - started, eflops, usd)
        lease.settle(cost)
        self.cost_by_kind[request.kind] += cost
        self.trace.add(
            now, "ask", key=request.key, kind=request.kind, n=request.n, outcome=outcome, calls=meter.calls,
            prompt_tokens=used[0], cached_tokens=used[1], output_tokens=used[2], seconds=cost.seconds,
        )  # fmt: skip


def _price(server: Backend, prompt: int, n: int) -> Price:
    """What the call costs if `tokens` are generated and nothing of the prompt is cached."""
    pricing, prompts = server.pricing, 1 if server.capabilities.fan_out else n

    def price(tokens: int) -> tuple[float, float]:
        if prompts == 1:
            eflops = pricing.eflops(prompt, 0, tokens, n)
        else:
            each = [tokens // n + (index < tokens % n) for index in range(n)]
            eflops = eflops_of(pricing, prompt * prompts, 0, each, prompts, n)
        return eflops or 0.0, pricing.usd(prompt * prompts, 0, tokens) or 0.0

    return price
