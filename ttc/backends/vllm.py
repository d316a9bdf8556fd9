"""A model inside this process: vLLM's own asynchronous engine, without a server between."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ttc.backends import vllm_engine as vllm
from ttc.backends.base import Capabilities, Completion, Delta, Meter, Pricing, Request, TokenPrices
from ttc.backends.limiter import Limiter
from ttc.backends.render import chat_key, remember
from ttc.errors import BackendError
from ttc.types import Finish


class VLLMBackend:
    """A model that vLLM runs in this process (extra `vllm`).

    An engine lives in one event loop, that of the first `prepare`; for several runs use one `ttc.Solver`. Sampling is
    what the request says: the model's generation_config gives only its end-of-text tokens.

    Args:
        model: A folder in the format of the Hugging Face Hub, or a name on it. It may also be a running AsyncLLM, which
            its owner shuts down.
        concurrency: Requests in flight at most; None = no bound.
        pricing: How tokens turn into money and compute.
        arguments: Those of vLLM's AsyncEngineArgs: max_model_len, dtype, gpu_memory_utilization,
            scheduling_policy="priority" and so on.
    """

    def __init__(
        self,
        model: Any,
        *,
        concurrency: int | None = None,
        pricing: Pricing = TokenPrices(),  # noqa: B008 (frozen)
        **arguments: Any,
    ):
        self.limiter = Limiter(concurrency)
        self.pricing = pricing
        self._arguments = arguments
        self._owned = not hasattr(model, "generate")
        self._given = str(model) if self._owned else model
        self._engine: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._numbers = itertools.count()
        self._encoded = lru_cache(maxsize=4096)(lambda text: vllm.tokenize(self._open(), text))
        self._chats: OrderedDict[Hashable, tuple[int, ...]] = OrderedDict()

    def __repr__(self) -> str:
        return f"VLLMBackend({self.model!r})"

    @property
    def model(self) -> str:
        """The folder or the name on the Hub."""
        return self._given.rstrip("/") if self._owned else vllm.name_of(self._given)

    @property
    def capabilities(self) -> Capabilities:
        """All that vLLM can; priorities where the scheduler was told to keep them."""
        known = Capabilities(fan_out=True, prefill=True, token_ids=True, logprobs=True)
        if self._engine is None:
            return known
        return replace(known, priority=vllm.has_priorities(self._engine), context=vllm.context_of(self._engine))

    async def prepare(self) -> None:
        """Start the engine: about a minute for a small model."""
        if self._engine is None:
            self._loop = asyncio.get_running_loop()
            self._engine = vllm.start(self._given, self._arguments) if self._owned else self._given
        self._open()

    async def count(self, request: Request) -> int:
        """Number of prompt tokens, exactly."""
        return len(self._prompt(request))

    async def aclose(self) -> None:
        """Shut the engine down, if it was started here."""
        engine, self._engine = self._engine, None
        if engine is not None and self._owned:
            await asyncio.to_thread(engine.shutdown)

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions, in order of their index; n of a stream are requests of their own, to be stopped alone."""
        engine, prompt = self._open(), self._prompt(request)
        room = vllm.context_of(engine) - len(prompt)
        if room < 1:
            raise BackendError(
                f"the prompt has {len(prompt)} tokens, and {self.model} takes {room + len(prompt)} in all"
            )
        async with self.limiter:
            meter.attempt(request.n)
            one = _Call(engine, request, meter, prompt, min(request.max_tokens, room), str(next(self._numbers)))
            try:
                return await (one.streams() if request.stream else one.whole())
            except* (ValueError, RuntimeError, BackendError) as errors:
                raise vllm.translated(_first(errors)) from None

    def _prompt(self, request: Request) -> tuple[int, ...]:
        """Ids of the rendered chat and of what the assistant has said so far."""
        if (chat := self._chats.get(key := chat_key(request))) is None:
            chat = vllm.tokenize(self._open(), vllm.render(self._open(), request))
            remember(self._chats, key, chat)  # the template alone takes a sixth of what a step costs here
        if request.prefix_ids is not None:
            return chat + request.prefix_ids
        return chat + self._encoded(request.prefix) if request.prefix else chat

    def _open(self) -> Any:
        if self._engine is None:
            raise BackendError(f"{self.model} is not started; await prepare() first")
        if self._loop is not asyncio.get_running_loop():
            raise BackendError(f"{self.model} was started in another event loop; keep to one, with ttc.Solver")
        return self._engine


class _Call:
    """One `complete` call."""

    def __init__(
        self, engine: Any, request: Request, meter: Meter, prompt: tuple[int, ...], max_tokens: int, name: str
    ):
        self.engine, self.request, self.meter = engine, request, meter
        self.prompt, self.max_tokens, self.name = prompt, max_tokens, name
        self.charged = False

    async def whole(self) -> list[Completion]:
        """All completions in one request, read when they have ended. What a cancelled one had written is charged."""
        reading = asyncio.ensure_future(self._last(self._begun(self.name, 0, self.request.n)))
        try:
            reply = await asyncio.shield(reading)
        except asyncio.CancelledError:
            await self.engine.abort(self.name)
            self._taken(await reading)
            raise
        pieces = self._taken(reply)
        return [
            vllm.completion([piece], output, self.request, None, reply.kv_transfer_params)
            for piece, output in zip(pieces, reply.outputs, strict=True)
        ]

    async def streams(self) -> list[Completion]:
        """Every completion in a request of its own, read as it grows."""
        if self.request.n == 1:
            return [await self._stream(0)]
        async with asyncio.TaskGroup() as tasks:
            found = [tasks.create_task(self._stream(index)) for index in range(self.request.n)]
        return [task.result() for task in found]

    async def _stream(self, index: int) -> Completion:
        pieces: list[Delta] = []
        try:
            async with aclosing(self._begun(f"{self.name}-{index}", index, 1)) as replies:
                async for reply in replies:
                    self._charge_prompt(reply)
                    (output,) = reply.outputs
                    pieces.append(vllm.delta(output, self.request))
                    wanted = self.meter.output(index, pieces[-1]) or reply.finished
                    if not wanted:
                        break
        finally:
            self._charge_prompt(None)
        finish: Finish | None = None if wanted else "stopped"
        return vllm.completion(pieces, output, self.request, finish, reply.kv_transfer_params)

    def _begun(self, name: str, index: int, n: int) -> Any:
        params = vllm.parameters(self.request, n, (self.request.seed & 0x7FFFFFFF) + index, self.max_tokens)
        return vllm.generate(self.engine, self.prompt, params, name, self.request.priority)

    @staticmethod
    async def _last(replies: Any) -> Any:
        """The last reply; the only one, where only the end was asked for."""
        last = None
        async for reply in replies:
            last = reply
        return last

    def _taken(self, reply: Any) -> list[Delta]:
        """Charge a whole reply."""
        self._charge_prompt(reply)
        pieces = [vllm.delta(output, self.request) for output in (reply.outputs if reply is not None else ())]
        for index, piece in enumerate(pieces):
            self.meter.output(index, piece)
        return pieces

    def _charge_prompt(self, reply: Any) -> None:
        """Charge the prompt once, with what its first reply says came from the cache."""
        if not self.charged:
            self.charged = True
            self.meter.prompt(len(self.prompt), (reply.num_cached_tokens or 0) if reply is not None else 0)


def _first(errors: BaseExceptionGroup[Exception]) -> Exception:
    """The first error in a group of groups."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Exception)
    return found
