"""One attempt of the simulated server: waits, sends the texts token by token or whole, or drops the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ttc.backends.base import Completion, Meter
from ttc.backends.simulated.texts import Text
from ttc.types import Finish


class Dropped(Exception):
    """The server dropped the connection."""


@dataclass(slots=True)
class Delivery:
    """The fate of one attempt.

    Args:
        meter: What is told of every token.
        indices: The completions that the attempt generates.
        chunk: Tokens of a delta; 0 sends everything at the end.
        first_seconds: Time to the first token.
        token_seconds: Time of each further token.
        yields: Turns of the event loop before the first token, when nothing sleeps.
        dropped_at: The share of the tokens, in [0, 1), after which the connection drops; None = never.
    """

    meter: Meter
    indices: range
    chunk: int
    first_seconds: float
    token_seconds: float
    yields: int
    dropped_at: float | None = None

    async def deliver(self, texts: Sequence[Text]) -> list[Completion]:
        """Send the texts; raises Dropped. A cancelled call has been charged for what was generated until then."""
        await self._wait_for_first()
        if self.dropped_at is not None:
            await self._send(texts, [int(self.dropped_at * len(text.ids)) for text in texts])
            raise Dropped
        lengths = [len(text.ids) for text in texts]
        sent = await self._send(texts, lengths)
        return [
            text.completion(tokens, text.finish if finish is None else finish)
            for text, (tokens, finish) in zip(texts, sent, strict=True)
        ]

    async def _send(self, texts: Sequence[Text], lengths: Sequence[int]) -> list[tuple[int, Finish | None]]:
        """How many tokens of each text were sent, and "stopped" where the meter ended it."""
        if self.chunk:
            return await self._stream(texts, lengths)
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            await self._pause(max(lengths))
        except asyncio.CancelledError:
            generated = int((loop.time() - started) / self.token_seconds) if self.token_seconds else 0
            self._charge(texts, [min(length, generated) for length in lengths])
            raise
        self._charge(texts, lengths)
        return [(length, None) for length in lengths]

    async def _stream(self, texts: Sequence[Text], lengths: Sequence[int]) -> list[tuple[int, Finish | None]]:
        """All texts side by side, one delta of each in a round."""
        sent: list[tuple[int, Finish | None]] = [(0, None) for _ in texts]
        queues = [
            text.deltas(self.chunk) if length == len(text.ids) else [text.first(length)] if length else []
            for text, length in zip(texts, lengths, strict=True)
        ]
        place = 0
        while any(place < len(queue) for queue in queues):
            await self._pause(max(queue[place].tokens for queue in queues if place < len(queue)))
            for number, queue in enumerate(queues):
                if place < len(queue):
                    delta = queue[place]
                    goes_on = self.meter.output(self.indices[number], delta)
                    sent[number] = (sent[number][0] + delta.tokens, None if goes_on else "stopped")
                    if not goes_on:
                        queues[number] = queue[: place + 1]
            place += 1
        return sent

    def _charge(self, texts: Sequence[Text], lengths: Sequence[int]) -> None:
        for index, text, length in zip(self.indices, texts, lengths, strict=True):
            if length:
                whole = length == len(text.ids)
                self.meter.output(index, text.part(0, length, text.text) if whole else text.first(length))

    async def _wait_for_first(self) -> None:
        if self.first_seconds:
            await asyncio.sleep(self.first_seconds)
        else:
            for _ in range(self.yields):
                await asyncio.sleep(0)

    async def _pause(self, tokens: int) -> None:
        if self.token_seconds or self.chunk:
            await asyncio.sleep(tokens * self.token_seconds)
