"""Timing calls as their tokens arrive: the steady part of a decode, and whole calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING

from ttc.backends.base import Delta, Request

if TYPE_CHECKING:
    from ttc.backends.base import Backend

EDGE = 4
"""Tokens of every sequence before its steady part; the first ones wait for the prompts of others."""


@dataclass
class Stopwatch:
    """A meter that notes when tokens come: `arrivals` of each completion as (seconds, tokens so far)."""

    n: int
    prompt_tokens: int = 0
    cached_tokens: int = 0
    arrivals: list[list[tuple[float, int]]] = field(default_factory=list)
    watched: bool = True

    def __post_init__(self) -> None:
        self.arrivals = [[] for _ in range(self.n)]

    def attempt(self, n: int = 1) -> None:
        """Attempts cost nothing here."""

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Note the prompt of the last attempt."""
        self.prompt_tokens, self.cached_tokens = tokens, cached

    def output(self, index: int, delta: Delta) -> bool:
        """Note what came."""
        before = self.arrivals[index][-1][1] if self.arrivals[index] else 0
        self.arrivals[index].append((asyncio.get_running_loop().time(), before + delta.tokens))
        return True

    def allowance(self) -> int:
        """No limit."""
        return 1_000_000


@dataclass(frozen=True, slots=True)
class Steady:
    """The part of a decode in which all sequences run: seconds of one step, and the mean tokens written before it."""

    step_seconds: float
    tokens: float


def steady(arrivals: Sequence[Sequence[tuple[float, int]]]) -> Steady | None:
    """The steady part: from when the last sequence has EDGE tokens until the first one ends. None if there is none."""
    if any(not row or row[-1][1] <= 2 * EDGE for row in arrivals):
        return None
    start = max(next(at for at, tokens in row if tokens >= EDGE) for row in arrivals)
    end = min(row[-1][0] for row in arrivals)
    if end <= start:
        return None
    made, before = 0, 0
    seconds = 0.0
    for row in arrivals:
        inside = [(at, tokens) for at, tokens in row if start <= at <= end]
        if len(inside) < 2:
            return None
        made += inside[-1][1] - inside[0][1]
        seconds += inside[-1][0] - inside[0][0]
        before += (inside[-1][1] + inside[0][1]) // 2
    return Steady(seconds / made, before / len(arrivals)) if made else None


async def timed_decode(backend: Backend, request: Request, batch: int) -> tuple[Steady | None, int, int]:
    """`batch` sequences side by side: their steady part, the tokens of the prompt, the least that one has written."""
    if backend.capabilities.fan_out:
        watch = Stopwatch(batch)
        await backend.complete(replace(request, n=batch, stream=True), watch)
        return steady(watch.arrivals), watch.prompt_tokens, _least(watch.arrivals)
    watches = [Stopwatch(1) for _ in range(batch)]
    calls = [replace(request, stream=True, seed=request.seed + i, key=f"{request.key}#{i}") for i in range(batch)]
    await asyncio.gather(*(backend.complete(call, watch) for call, watch in zip(calls, watches, strict=True)))
    arrivals = [watch.arrivals[0] for watch in watches]
    return steady(arrivals), watches[0].prompt_tokens, _least(arrivals)


def _least(arrivals: Sequence[Sequence[tuple[float, int]]]) -> int:
    return min(row[-1][1] if row else 0 for row in arrivals)


async def timed_call(backend: Backend, request: Request) -> tuple[float, int, int]:
    """(seconds, prompt tokens, cached tokens) of one whole call."""
    seconds, prompt, cached = await timed_burst(backend, [request])
    return seconds, round(prompt), round(cached)


async def timed_burst(backend: Backend, requests: Sequence[Request]) -> tuple[float, float, float]:
    """Seconds until the last of calls sent together is done, and their mean prompt tokens and cached tokens."""
    watches = [Stopwatch(request.n) for request in requests]
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(backend.complete(call, watch) for call, watch in zip(requests, watches, strict=True)))
    seconds = asyncio.get_running_loop().time() - started
    return seconds, fmean(watch.prompt_tokens for watch in watches), fmean(watch.cached_tokens for watch in watches)
