"""A backend around another one and a meter around another one: all that a subclass does not change is passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ttc.backends.base import Backend, Capabilities, Completion, Delta, Meter, Pricing, Request


class Wrapper:
    """A Backend that passes everything on to `backend`, but leaves it open: it belongs to what opened it."""

    def __init__(self, backend: Backend):
        self.backend = backend

    @property
    def model(self) -> str:
        """The model of the backend."""
        return self.backend.model

    @property
    def capabilities(self) -> Capabilities:
        """Those of the backend."""
        return self.backend.capabilities

    @property
    def pricing(self) -> Pricing:
        """That of the backend."""
        return self.backend.pricing

    async def prepare(self) -> None:
        """Prepare the backend."""
        await self.backend.prepare()

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """What the backend completes."""
        return await self.backend.complete(request, meter)

    async def count(self, request: Request) -> int:
        """What the backend counts."""
        return await self.backend.count(request)

    async def aclose(self) -> None:
        """Nothing."""


class MeterWrapper:
    """A Meter that passes everything on to `meter`, and counts what it has passed on."""

    def __init__(self, meter: Meter):
        self.meter = meter
        self.calls = self.prompts = self.prompt_tokens = self.cached_tokens = self.output_tokens = 0
        self.lengths = Counter[int]()
        """Output tokens of each completion."""

    @property
    def watched(self) -> bool:
        """Whether single deltas decide anything."""
        return self.meter.watched

    def attempt(self, n: int = 1) -> None:
        """Count an attempt, unless the meter refuses it."""
        self.meter.attempt(n)
        self.calls += n

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count prompt tokens of one attempt."""
        self.meter.prompt(tokens, cached)
        self.prompts += 1
        self.prompt_tokens += tokens
        self.cached_tokens += cached

    def output(self, index: int, delta: Delta) -> bool:
        """Count a delta."""
        self.output_tokens += delta.tokens
        self.lengths[index] += delta.tokens
        return self.meter.output(index, delta)

    def allowance(self) -> int:
        """What the meter allows."""
        return self.meter.allowance()
