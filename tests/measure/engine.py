"""A continuous-batching server, step by step: places, a prefix cache, prompts read together, one law of time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

BLOCK = 16
"""Tokens of a block of the shared prefix cache."""


@dataclass(eq=False)
class Sequence:
    """One sequence: `text` [wanted] after its prompt. `emit` sees each token and says whether to go on."""

    prompt: tuple[str, ...]
    text: tuple[str, ...]
    emit: Callable[[], bool]
    made: int = 0
    stopped: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def so_far(self) -> tuple[str, ...]:
        """The prompt and what was written."""
        return self.prompt + self.text[: self.made]


@dataclass(eq=False)
class Engine:
    """A step takes a + b·batch + c·context for what decodes, and e + f·new tokens more where prompts are read.

    Every call costs `trip` seconds of its own on the way and `front` seconds of the one process that takes calls in.
    `late`: the cache knows a sequence when it has ended (llama.cpp); else already while it is read (vLLM).
    """

    a: float = 0.008
    b: float = 0.0005
    c: float = 4e-7
    e: float = 0.004
    f: float = 3e-5
    trip: float = 0.0
    front: float = 0.0
    slots: int = 32
    late: bool = False
    waiting: deque[Sequence] = field(default_factory=deque)
    running: list[Sequence] = field(default_factory=list)
    served: dict[Sequence, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    work: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.door = asyncio.Lock()

    async def generate(self, sequences: list[Sequence]) -> int:
        """One call: run the sequences to their ends. How many tokens of the prompt were known."""
        await asyncio.sleep(self.trip)
        async with self.door:
            await asyncio.sleep(self.front)
        self.waiting.extend(sequences)
        if self.work is None or self.work.done():
            self.work = asyncio.ensure_future(self._run())
        try:
            for sequence in sequences:
                await sequence.ended.wait()
        finally:
            for sequence in sequences:
                sequence.stopped = True
        return min(self.served.pop(sequence, 0) for sequence in sequences)

    async def _run(self) -> None:
        await asyncio.sleep(1e-9)  # what comes at the same time is read together
        while self.waiting or self.running:
            new = [
                self._admitted(self.waiting.popleft())
                for _ in range(min(len(self.waiting), self.slots - len(self.running)))
            ]
            seconds = 0.0
            if self.running:
                context = sum(len(one.prompt) + one.made for one in self.running)
                seconds += self.a + self.b * len(self.running) + self.c * context
            if new:
                seconds += self.e + self.f * sum(len(one.prompt) - self.served[one] for one in new)
            self.running += new
            await asyncio.sleep(seconds)
            self.running = [one for one in self.running if self._goes_on(one)]

    def _goes_on(self, one: Sequence) -> bool:
        """One more token; whether the sequence is still running."""
        if not one.stopped:
            one.made += 1
            if one.emit() and one.made < len(one.text):
                return True
        self.known.update(_blocks(one.so_far))
        one.ended.set()
        return False

    def _admitted(self, one: Sequence) -> Sequence:
        """The sequence, with what the cache knows of its prompt."""
        blocks = list(_blocks(one.prompt))
        cached = BLOCK * next((i for i, block in enumerate(blocks) if block not in self.known), len(blocks))
        if not self.late:
            self.known.update(blocks)
        self.served[one] = min(cached, len(one.prompt) - 1)
        return one


def _blocks(prompt: tuple[str, ...]) -> Iterator[int]:
    """The name of each full block: a hash of all tokens up to its end."""
    name = 0
    for end in range(BLOCK, len(prompt) + 1, BLOCK):
        name = hash((name, prompt[end - BLOCK : end]))
        yield name
