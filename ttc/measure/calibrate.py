"""Calibration of a live server in a bounded time: decode steps, prefill, prefix cache.

The decode grid goes over batches and context lengths, the prefill grid over new and cached tokens, and over calls that
are sent together. The points come in the order of their use to the fit, corners first, so that whatever ends the
measuring leaves a usable set.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import TYPE_CHECKING

from ttc.backends.base import Request
from ttc.errors import BackendError, check_range
from ttc.measure.stopwatch import timed_burst, timed_call, timed_decode
from ttc.prices.calibration import Burst, Point, PrefixCache, ServerCalibration
from ttc.version import __version__

if TYPE_CHECKING:
    from ttc.backends.base import Backend

BATCHES = (1, 16, 4, 64, 8, 2, 32, 12, 128)
CONTEXTS = (128, 512, 2048, 256, 768, 8192, 1024, 4096, 16384)
PREFILLS = (64, 512, 256, 768, 128, 384, 1024, 2048, 4096, 8192)
CACHED = 256
BURSTS = ((8, 256), (32, 64), (4, 512), (16, 256), (8, 64), (32, 256), (4, 64), (64, 128))
"""(calls sent together, new tokens of each)."""
STEPS = 64
"""Tokens of each sequence in a decode point."""
TOGETHER = 8
"""Calls whose prompts begin alike."""
REPEATS, LONG = 3, 0.5
"""Calls of a prefill point; one that takes LONG seconds has little noise and is not repeated."""
WORDS = [
    "amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "juniper",
    "kettle", "lagoon", "meadow", "nectar", "orchard", "pebble",
]  # fmt: skip
UNTIL_THE_END = {"ignore_eos": True, "min_tokens": STEPS}
"""vLLM, SGLang and llama.cpp know these; sequences that end early would make no steady part."""

Watch = Callable[[str, float], None]
"""Told what was measured, and the share in [0, 1] of the time that is used up."""


@dataclass
class Calibration:
    """A calibration as it goes: `points` grow until `run` ends, and stay when it is cancelled.

    Batches and contexts that the server refuses, cuts off or queues teach `largest_batch` and `longest`.
    """

    backend: Backend
    seconds: float
    watch: Watch = lambda what, share: None
    decode: list[Point] = field(default_factory=list)
    prefill: list[Burst] = field(default_factory=list)
    prefix_cache: PrefixCache | None = None
    complete: bool = False
    largest_batch: int = 1 << 30
    """Batches from here on are left out."""
    longest: int = 1 << 30
    """Prompts from here on are left out."""

    def __post_init__(self) -> None:
        check_range("(0, inf]", "180 is usual", seconds=self.seconds)
        self._numbers = count()
        self._per_word = 1.5
        self._began = 0.0

    async def run(self) -> None:
        """Measure until all points are there or the time is up."""
        self._began = self._now()
        await self._warm_up()
        await self._prefix_cache()
        plans = [iter(list(self._decode_points())), iter(list(self._prefill_points()))]
        while plans and self._share() < 1:
            plan = plans.pop(0)
            point = next(plan, None)
            if point is None:
                continue
            plans.append(plan)
            await self._measure(point)
        self.complete = not plans

    def fitted(self, url: str, kv_capacity: int | None = None, slots: int | None = None) -> ServerCalibration:
        """What was measured so far, with the laws that fit it; the limits are what the server says of itself."""
        return ServerCalibration.fitted(
            url,
            self.backend.model,
            datetime.now(UTC).isoformat(timespec="seconds"),
            self.decode,
            self.prefill,
            prefix_cache=self.prefix_cache,
            kv_capacity=kv_capacity,
            slots=slots,
            complete=self.complete,
            conditions={"ttc": __version__, "client": f"Python {platform.python_version()}, {platform.machine()}"},
        )

    def _decode_points(self) -> Iterator[tuple[int, int]]:
        """(batch, context) in order of use: diagonals of the grid."""
        order = sorted((i + j, i, j) for i in range(len(BATCHES)) for j in range(len(CONTEXTS)))
        return ((BATCHES[i], CONTEXTS[j]) for _, i, j in order)

    @staticmethod
    def _prefill_points() -> Iterator[tuple[int, int, int]]:
        """(calls, new, cached) in order of use."""
        bursts = iter(BURSTS)
        for new in PREFILLS:
            yield 1, new, 0
            yield 1, new, CACHED
            if (burst := next(bursts, None)) is not None:
                yield *burst, 0

    async def _measure(self, point: tuple[int, ...]) -> None:
        """One point of either grid; what the server refuses teaches a limit."""
        try:
            if len(point) == 2:
                await self._decode_point(*point)
            else:
                await self._prefill_point(*point)
        except BackendError:
            size = point[-1] if len(point) == 2 else point[1]
            if size <= min(CONTEXTS):
                raise
            self.longest = min(self.longest, size)

    async def _decode_point(self, batch: int, context: int) -> None:
        if batch >= self.largest_batch or context >= self.longest:
            return
        request = self._request(self._text(context), STEPS)
        found, prompt, written = await timed_decode(self.backend, request, batch)
        if found is None:
            if written < STEPS:  # the server's context ended them
                self.longest = min(self.longest, context)
            else:
                self.largest_batch = min(self.largest_batch, batch)
            return
        self.decode.append((batch, batch * (prompt + found.tokens), found.step_seconds))
        self.watch(f"{batch} x {prompt} tokens: {1e3 * found.step_seconds:.2f} ms a step", self._share())

    async def _prefill_point(self, calls: int, new: int, cached: int) -> None:
        """The median of a few calls, or bursts of calls, for one token; a cached part is sent once beforehand."""
        if new + cached >= self.longest or calls >= self.largest_batch:
            return
        rows = []
        for _ in range(REPEATS):
            start = self._text(cached) if cached else ""
            if cached:
                await timed_call(self.backend, self._request(start, 1))
            requests = [self._request(start + self._text(new), 1) for _ in range(calls)]
            rows.append(await timed_burst(self.backend, requests))
            if rows[0][0] > LONG:
                break
        seconds, prompt, served = (median(column) for column in zip(*rows, strict=True))
        if cached and not served:
            return  # the server does not say what it had cached
        self.prefill.append((calls, prompt - served, served, seconds))
        what = f"{calls} x {prompt - served:.0f} after {served:.0f} tokens"
        self.watch(f"prefill of {what}: {1e3 * seconds:.1f} ms", self._share())

    async def _warm_up(self) -> None:
        """The first calls compile and allocate; they also tell the tokens of a word."""
        text = self._text(128)
        _, prompt, _ = await timed_call(self.backend, self._request(text, 8))
        self._per_word = max(0.5, prompt / len(text.split()))
        self.watch(f"warm-up: a prompt of {prompt} tokens", self._share())

    async def _prefix_cache(self) -> None:
        """The same prompt twice, then a few prompts that begin alike."""
        request = self._request(self._text(1024), 1)
        try:
            cold, prompt, _ = await timed_call(self.backend, request)
            warm, _, cached = await timed_call(self.backend, request)
        except BackendError:  # a short context
            return
        together = await self._together() if cached else None
        self.prefix_cache = PrefixCache(
            prompt_tokens=prompt, cold_seconds=cold, warm_seconds=warm, cached_tokens=cached, together=together
        )
        self.watch(f"the same prompt again: {1e3 * cold:.1f} ms, then {1e3 * warm:.1f} ms", self._share())

    async def _together(self) -> float:
        """Share of a new common start that all calls of a burst but the first are served.

        Some servers know a prompt while it is read, others when its call has ended.
        """
        start = self._text(CACHED)
        alone = await self.backend.count(self._request(start, 1))
        requests = [self._request(start + self._text(64), 1) for _ in range(TOGETHER)]
        _, _, served = await timed_burst(self.backend, requests)
        return min(1.0, served * TOGETHER / (TOGETHER - 1) / alone)

    def _text(self, tokens: int) -> str:
        """About so many tokens of words that no earlier prompt begins with."""
        number = next(self._numbers)
        words = max(2, round(tokens / self._per_word) - 2)
        chosen = (WORDS[(number * 7 + i * (number % 5 + 1) + i // 16) % len(WORDS)] for i in range(words))
        return f"{number + 1} {' '.join(chosen)} "

    def _request(self, text: str, tokens: int) -> Request:
        extra = UNTIL_THE_END if tokens == STEPS and self.backend.capabilities.prefill else {}
        number = next(self._numbers)
        return Request(
            key=f"calibrate/{number}",
            messages=({"role": "user", "content": text},),
            max_tokens=tokens,
            seed=number,
            temperature=1.0,
            extra=extra,
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _share(self) -> float:
        return (self._now() - self._began) / self.seconds
