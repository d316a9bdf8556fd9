"""A server with a known linear law on an event loop whose time passes at once, so that timings are exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ttc.backends.base import Capabilities, Completion, Delta, Meter, Request, TokenPrices
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
    """step = a + b·batch + c·context; a prompt takes e + f·new. Sequences beyond `slots` wait, prompts take turns."""

    a: float = 0.008
    b: float = 0.0005
    c: float = 4e-7
    e: float = 0.004
    f: float = 3e-5
    slots: int = 32
    context: int = 3000
    reports_cache: bool = True
    model: str = "linear"
    pricing: TokenPrices = field(default_factory=TokenPrices)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(fan_out=True, prefill=True))
    running: dict[int, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    calls: int = 0

    async def prepare(self) -> None:
        self.lock, self.places = asyncio.Lock(), asyncio.Semaphore(self.slots)

    async def aclose(self) -> None:
        pass

    async def count(self, request: Request) -> int:
        return len(request.messages[-1]["content"].split())

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        self.calls += 1
        text = request.messages[-1]["content"]
        words = text.split()
        if len(words) + request.max_tokens > self.context:
            raise BackendError("too long", status=400)
        cached = max((len(old.split()) for old in self.seen if text.startswith(old)), default=0)
        cached = min(cached, len(words) - 1)
        async with self.lock:
            await asyncio.sleep(self.e + self.f * (len(words) - cached))
        self.seen.append(text)
        meter.prompt(len(words), cached if self.reports_cache else 0)
        await asyncio.gather(*(self._decode(request, meter, i, len(words)) for i in range(request.n)))
        return [Completion("x", request.max_tokens) for _ in range(request.n)]

    async def _decode(self, request: Request, meter: Meter, index: int, prompt: int) -> None:
        name = id(object()) + index + 1_000_003 * self.calls
        async with self.places:
            for token in range(request.max_tokens):
                self.running[name] = prompt + token
                await asyncio.sleep(self.a + self.b * len(self.running) + self.c * sum(self.running.values()))
                meter.output(index, Delta("x"))
            del self.running[name]
