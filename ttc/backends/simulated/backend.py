"""A model server with known laws, for tests, studies and examples: seeded, fast, and it needs no network.

Everything it writes is a function of (seed, messages, prefix): not of the order, the latencies, or max_tokens.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from random import Random

from ttc.backends.base import Capabilities, Completion, Meter, Pricing, Request, TokenPrices
from ttc.backends.simulated import logprobs
from ttc.backends.simulated.delivery import Delivery, Dropped
from ttc.backends.simulated.laws import Laws, random_of
from ttc.backends.simulated.roles import text_of
from ttc.backends.simulated.solutions import Draft
from ttc.backends.simulated.speaker import reply_to
from ttc.backends.simulated.texts import Text, cut
from ttc.backends.simulated.tokens import decode, pieces
from ttc.errors import BackendError, BudgetExhausted, check_range

ALL = Capabilities(fan_out=True, prefill=True, token_ids=True, logprobs=True)
HOSTED = Capabilities(logprobs=True)
"""What a plain hosted chat endpoint offers."""


@dataclass(kw_only=True, eq=False)
class SimulatedBackend(Laws):
    """A server of the simulated model: its laws (see `Laws`), how long it takes, and how often it fails."""

    model: str = "simulated"
    capabilities: Capabilities = ALL
    pricing: Pricing = field(default_factory=TokenPrices)
    time_scale: float = 0.0
    """Real seconds that a simulated second takes; 0 = nothing sleeps, calls only yield, still in random order."""
    request_seconds: float = 0.2
    """Mean time to the first token, exponentially distributed; then `token_seconds` for each token."""
    token_seconds: float = 0.01
    latency_seed: int = 0
    """Changes latencies and the order of arrival, nothing else."""
    chunk_tokens: int = 8
    """Tokens in a delta of a stream."""
    fail_rate: float = 0.0
    """P(an attempt is dropped by the server somewhere on the way); what came before is charged."""
    fail_first: int = 0
    """How many attempts of each request fail at first; at least retries + 1 makes every request fail."""
    retries: int = 3

    async def prepare(self) -> None:
        """Nothing to connect to."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def count(self, request: Request) -> int:
        """Prompt tokens: those of all messages and the prefix, and four around each message."""
        return self._prompt_tokens(request)

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions; a server without fan-out is asked n times."""
        self._check(request)
        if self.capabilities.fan_out or request.n == 1:
            return await self._retried(request, range(request.n), meter)
        tasks = [asyncio.ensure_future(self._retried(request, range(i, i + 1), meter)) for i in range(request.n)]
        try:
            return [completions[0] for completions in await asyncio.gather(*tasks)]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # ---- attempts -------------------------------------------------------------------------------------------------

    async def _retried(self, request: Request, indices: range, meter: Meter) -> Sequence[Completion]:
        """Attempts until one comes through; all are charged."""
        most = request.max_tokens
        for attempt in range(1 + self.retries):
            if attempt:
                most = min(most, meter.allowance() // len(indices))
                if most < 1:
                    raise BudgetExhausted("tokens", "the budget of tokens leaves nothing for another attempt")
            meter.attempt(len(indices))
            meter.prompt(self._prompt_tokens(request))
            texts = self._write(request, indices, most)
            try:
                return await self._delivery(request, indices, attempt, meter).deliver(texts)
            except Dropped:
                continue
        raise BackendError(
            f"the simulated server dropped {1 + self.retries} attempts of {request.key}", retryable=True, status=503
        )

    def _delivery(self, request: Request, indices: range, attempt: int, meter: Meter) -> Delivery:
        """The fate of one attempt: how long it takes and where it is dropped, if it is."""
        place = f"{request.seed}/{request.key}/{indices.start}/{attempt}"
        first, order = _uniforms(f"{self.latency_seed}/{place}")
        dropped_at = None
        if self.fail_rate or self.fail_first:
            fate, at = _uniforms(f"fate/{place}")
            dropped_at = at if attempt < self.fail_first or fate < self.fail_rate else None
        return Delivery(
            meter=meter,
            indices=indices,
            chunk=self.chunk_tokens if request.stream else 0,
            first_seconds=-self.request_seconds * math.log(1.0 - first) * self.time_scale,
            token_seconds=self.token_seconds * self.time_scale,
            yields=1 + int(4 * order),
            dropped_at=dropped_at,
        )

    def _check(self, request: Request) -> None:
        check_range("[1, inf)", n=request.n, max_tokens=request.max_tokens)
        if (request.prefix or request.prefix_ids) and not self.capabilities.prefill:
            raise BackendError(f"{self.model} cannot continue a given prefix")

    @staticmethod
    def _prompt_tokens(request: Request) -> int:
        prefix = len(request.prefix_ids) if request.prefix_ids is not None else _tokens(request.prefix)
        return sum(_tokens(text_of(message)) + 4 for message in request.messages) + prefix

    # ---- writing --------------------------------------------------------------------------------------------------

    def _write(self, request: Request, indices: range, most: int) -> list[Text]:
        """The completions as they would be without interruption. Completion i has the seed + i, as in vLLM."""
        by_ids = self.capabilities.token_ids and request.prefix_ids is not None
        prefix = decode(request.prefix_ids or ()) if by_ids else request.prefix
        texts = [text_of(message) for message in request.messages]
        key = blake2b("\x1e".join([*texts, prefix]).encode("utf-8", "surrogatepass")).digest()
        reply, greedy = reply_to(self, texts[-1], prefix), request.temperature == 0.0
        written = []
        for index in indices:
            rng = random_of(key, b"greedy" if greedy else b"%d" % (request.seed + index))
            draft = reply(rng, greedy)
            text = cut("".join(draft.texts), draft.ids, request.stop, most)
            text.shows_ids = self.capabilities.token_ids and (request.wants_ids or request.stream)
            if request.logprobs is not None and self.capabilities.logprobs:
                self._add_logprobs(text, draft, request.logprobs, rng)
            written.append(text)
        return written

    def _add_logprobs(self, text: Text, draft: Draft, k: int, rng: Random) -> None:
        values = logprobs.sampled(draft.spans, self.separation, rng)[: len(text.ids)]
        top = logprobs.top(text.ids, values, k) if k else None
        if draft.last is not None and len(text.ids) == len(draft.ids):
            values = (*values[:-1], draft.last[0][1])
            top = (*top[:-1], draft.last[:k]) if top else None
        text.logprobs, text.top = values, top


@lru_cache(maxsize=65536)
def _tokens(text: str) -> int:
    """Tokens of a text; prompts come again and again."""
    return len(pieces(text))


def _uniforms(place: str) -> tuple[float, float]:
    """Two numbers in [0, 1) that are a function of the place alone."""
    digest = blake2b(place.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:7], "big") / 2**56, int.from_bytes(digest[7:14], "big") / 2**56
