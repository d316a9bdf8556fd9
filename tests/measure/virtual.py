"""Servers with a known law of time on an event loop whose time passes at once, so that timings are exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.measure import engine
from ttc.backends.base import Capabilities, Completion, Delta, Meter, Request, TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.simulated.roles import text_of
from ttc.backends.simulated.texts import Text
from ttc.backends.simulated.tokens import decode, piece, pieces
from ttc.errors import BackendError

T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    """Where the loop would sleep, its clock jumps."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events and timeout:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """time() is what was slept so far."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


@dataclass(eq=False)
class LinearServer:
    """A model that says x, on an engine of a known law; words are tokens."""

    law: dict[str, Any] = field(default_factory=dict)
    context: int = 3000
    reports_cache: bool = True
    model: str = "linear"
    pricing: TokenPrices = field(default_factory=TokenPrices)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(fan_out=True, prefill=True))

    async def prepare(self) -> None:
        self.engine = engine.Engine(**self.law)

    async def aclose(self) -> None:
        pass

    async def count(self, request: Request) -> int:
        return len(request.messages[-1]["content"].split())

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        words = tuple(request.messages[-1]["content"].split())
        if len(words) + request.max_tokens > self.context:
            raise BackendError("too long", status=400)

        def emit(index: int) -> bool:
            return meter.output(index, Delta("x"))

        sequences = [
            engine.Sequence(words, ("x",) * request.max_tokens, lambda index=index: emit(index))  # type: ignore[misc]
            for index in range(request.n)
        ]
        cached = await self.engine.generate(sequences)
        meter.prompt(len(words), cached if self.reports_cache else 0)
        return [Completion("x", one.made) for one in sequences]


@dataclass(kw_only=True, eq=False)
class TimedBackend(SimulatedBackend):
    """The simulated model, on an engine."""

    law: dict[str, Any] = field(default_factory=dict)

    async def prepare(self) -> None:
        self.engine = engine.Engine(**self.law)

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions, token by token where they are streamed."""
        if request.extra.get("ignore_eos"):
            texts = [Text("x" * request.max_tokens, (ord("x"),) * request.max_tokens) for _ in range(request.n)]
        else:
            texts = self._write(request, range(request.n), request.max_tokens)
        prompt = self._pieces(request)
        meter.attempt(request.n)
        rows = [_Row(meter, index, text, request.stream) for index, text in enumerate(texts)]
        sequences = [engine.Sequence(prompt, tuple(map(piece, row.text.ids)) or ("|",), row.emit) for row in rows]
        cached = 0
        try:
            cached = await self.engine.generate(sequences)
        finally:
            meter.prompt(len(prompt), cached)
            for row, one in zip(rows, sequences, strict=True):
                row.settle(one.made)
        return [
            row.text.completion(min(one.made, len(row.text.ids)), row.finish)
            for row, one in zip(rows, sequences, strict=True)
        ]

    @staticmethod
    def _pieces(request: Request) -> tuple[str, ...]:
        texts = [text_of(message) for message in request.messages]
        prefix = request.prefix if request.prefix_ids is None else decode(request.prefix_ids)
        return tuple(token for text in [*texts, prefix] for token in ("|", *pieces(text)))


@dataclass(eq=False)
class _Row:
    """One completion as its tokens come."""

    meter: Meter
    index: int
    text: Text
    stream: bool
    stopped: bool = False

    def __post_init__(self) -> None:
        self.queue = iter(self.text.deltas(1) if self.stream else ())

    def emit(self) -> bool:
        if not self.stream or (delta := next(self.queue, None)) is None:
            return True
        self.stopped = not self.meter.output(self.index, delta)
        return not self.stopped

    def settle(self, made: int) -> None:
        """Charge what was not streamed."""
        if not self.stream and (tokens := min(made, len(self.text.ids))):
            self.meter.output(self.index, self.text.first(tokens))

    @property
    def finish(self) -> Any:
        return "stopped" if self.stopped else self.text.finish
