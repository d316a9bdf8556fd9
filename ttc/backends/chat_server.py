"""A backend over any server of the OpenAI protocol: attempts, fan-out, retries and charging, whatever the carrier."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from ttc.backends.affinity import AFFINITY_HEADERS, Affinity
from ttc.backends.base import Capabilities, Completion, Delta, Meter, Pricing, Request
from ttc.backends.dialect import GENERIC, Dialect, Shot, chat_body, native_body, text_body
from ttc.backends.foreign import FAULTS, wrong_shape
from ttc.backends.limiter import Limiter, RateValve
from ttc.backends.pieces import UNKNOWN, Ask, Attempt
from ttc.backends.render import Renderer
from ttc.backends.retry import Backoff, Garbled, Unreached, hidden_error
from ttc.backends.transport import Call, Channel, Json
from ttc.backends.wire import Piece, Usage, read_choices, read_native, read_usage
from ttc.errors import BackendError, TTCError

CHAT_ONLY = ("tools", "tool_choice", "response_format", "chat_template_kwargs")


class ServerBackend:
    """What `OpenAIBackend` and `ClientBackend` share. `usage_mismatches` counts replies whose usage was not ours."""

    def __init__(
        self,
        channel: Channel,
        pricing: Pricing,
        *,
        concurrency: int | None = None,
        requests_per_second: float | None = None,
        retries: int = 4,
        affinity_headers: Sequence[str] = AFFINITY_HEADERS,
        stream: Literal["auto", "always"] = "auto",
    ):
        self.usage_mismatches = 0
        self.limiter = Limiter(concurrency)
        self._channel = channel
        self.pricing = pricing
        self._valve = RateValve(requests_per_second)
        self._backoff = Backoff(retries)
        self._affinity = Affinity(affinity_headers)
        self._always_stream = stream == "always"
        self._fan_out: int | None = None
        self._context: int | None = None
        """Tokens of prompt and completion together that the model takes, where the server says so."""
        self._configure(GENERIC, "")

    def _configure(self, dialect: Dialect, model: str) -> None:
        self._dialect, self._model = dialect, model
        self._renderer = Renderer(self._channel, dialect, model)

    @property
    def model(self) -> str:
        """Name of the model that answers; known after `prepare`, unless it was given."""
        return self._model

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do; known after `prepare`."""
        return replace(self._dialect.capabilities, context=self._context)

    async def prepare(self) -> None:
        """Connect and find out what the server is."""
        raise NotImplementedError

    async def count(self, request: Request) -> int:
        """Number of prompt tokens: exact on vLLM and llama.cpp, what the server said before, or an upper estimate."""
        return await self._renderer.count(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._channel.aclose()

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions, in order of their index.

        Completions that failed for good beside others that did not are marked by their finish: "cancelled", or
        "budget" where nothing was left to repeat them. BackendError is raised only when not one is there.
        """
        self._check(request)
        ask = Ask(request, meter)
        size = self._fan_out or request.n
        groups = [range(start, min(start + size, request.n)) for start in range(0, request.n, size)]
        await self._all(ask, groups, 0, paid=False)
        return ask.result()

    def _check(self, request: Request) -> None:
        can = self._dialect.capabilities
        if request.prefix_ids is not None and not can.token_ids:
            raise BackendError(f"{self._channel.place.name} cannot continue from token ids; give the prefix as text")
        if request.prefix and not can.prefill:
            raise BackendError(
                f"{self._channel.place.name} cannot continue an assistant's text; vLLM, SGLang and llama.cpp can"
            )

    async def _all(self, ask: Ask, groups: Iterable[Sequence[int]], attempt: int, *, paid: bool) -> None:
        """Have several groups at the same time; with one, no task is made."""
        groups = list(groups)
        if len(groups) == 1:
            await self._group(ask, groups[0], attempt, paid=paid)
            return
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._group(ask, group, attempt, paid=paid))

    async def _group(self, ask: Ask, indices: Sequence[int], attempt: int, *, paid: bool) -> None:
        """Have the completions `indices` in one request, and again what failed. Errors are left in `ask.error`.

        `paid`: their first attempt was counted already, by a larger request that the server did not take.
        """
        while True:
            error: TTCError | None = None
            try:
                await self._attempt(ask, indices, attempt, paid=paid)
            except TTCError as failure:
                error = failure
            pending = ask.pending(indices)
            if not pending:
                return
            refused = isinstance(error, BackendError) and error.status in (400, 422)
            if refused and ask.request.priority and self.capabilities.priority and "priority" in str(error):
                self._forget_priority()
                paid = True
                continue
            if len(indices) > 1 and (refused or error is None):
                await self._one_by_one(ask, pending, attempt, refused=refused)
                return
            if not isinstance(error, BackendError) or not self._backoff.allows(error, attempt):
                ask.error = ask.error or _final(error, attempt)
                return
            await asyncio.sleep(self._backoff.pause(error, attempt))
            attempt, paid = attempt + 1, False
            if len(pending) < len(indices):  # a seed belongs to an index: what is missing comes one by one
                await self._all(ask, [[i] for i in pending], attempt, paid=False)
                return

    def _forget_priority(self) -> None:
        """vLLM and SGLang refuse priorities unless they were started with priority scheduling: send none any more."""
        can = replace(self._dialect.capabilities, priority=False)
        self._dialect = replace(self._dialect, capabilities=can)

    async def _one_by_one(self, ask: Ask, pending: Sequence[int], attempt: int, *, refused: bool) -> None:
        """The server does not give n > 1: ask for single ones, and remember it if that works."""
        first, *rest = pending
        await self._group(ask, [first], attempt, paid=True)
        if ask.done[first] is None and refused and ask.error is not None:
            return  # it was not n that the server refused
        self._fan_out = 1
        if rest:
            await self._all(ask, [[i] for i in rest], attempt, paid=True)

    async def _attempt(self, ask: Ask, indices: Sequence[int], number: int, *, paid: bool) -> None:
        """Send one request and take in what comes. Everything that came is charged, however it ends."""
        request = ask.request
        native = self._dialect.native and not any(name in request.extra for name in CHAT_ONLY)
        prompt = await self._renderer.prompt_ids(request) if native or request.prefix_ids is not None else None
        async with self.limiter:
            await self._valve.acquire()
            if not paid:
                ask.meter.attempt(len(indices))
            if ask.sent and not number and (paid or self._fan_out == 1):
                ask.meter.attempt(0)  # the server takes no n
            ask.sent += 1
            limit = min(ask.room(indices) if number else request.max_tokens, await self._space(request))
            stream = request.stream or self._always_stream or self._dialect.stream_only
            shot = Shot(len(indices), limit, (request.seed & 0x7FFFFFFF) + indices[0], stream)
            path, body = self._route(request, shot, prompt, native)
            call = Call(path, body, self._affinity.headers(request.affinity))
            attempt = Attempt(ask, indices, limit)
            if prompt is not None:
                attempt.usage.prompt = len(prompt)
            try:
                await (self._stream(call, attempt, native) if stream else self._plain(call, attempt))
            except BaseException as error:
                self._charge_prompt(attempt, error)
                raise
        self._charge_prompt(attempt, None)
        await self._mend(ask, indices)
        attempt.check_whole()

    async def _space(self, request: Request) -> int:
        """Output tokens that fit behind the prompt into the model's context: vLLM refuses calls that ask for more.

        llama.cpp does not, and ends by itself where the context is full.
        """
        if self._context is None or self._dialect.native:
            return request.max_tokens
        roughly = len(str((*map(dict, request.messages), request.extra)).encode()) + 16 * len(request.messages)
        if roughly + len(request.prefix.encode()) + request.max_tokens <= self._context:
            return request.max_tokens  # there is no token shorter than a byte
        exact = self._dialect.capabilities.token_ids
        prompt = await self.count(request) if exact else self._renderer.likely_count(request)
        return min(request.max_tokens, max(1, self._context - prompt))

    def _route(self, request: Request, shot: Shot, prompt: tuple[int, ...] | None, native: bool) -> tuple[str, object]:
        """Path and body of a call."""
        if prompt is None:
            path, body = "chat/completions", chat_body(self._dialect, self._model, request, shot)
        elif native:
            path, body = "//completion", native_body(self._dialect, request, shot, prompt)
        else:
            path, body = "completions", text_body(self._dialect, self._model, request, shot, prompt)
        return path, self._channel.encode(body)

    async def _plain(self, call: Call, attempt: Attempt) -> None:
        try:
            payload = await self._channel.fetch(call)
            if payload.get("error") and not payload.get("choices"):
                raise hidden_error(payload, self._channel.place)
            pieces = self._pieces(payload, attempt)
        except Garbled as error:
            tokens = attempt.usage.output or min(error.received // 4, attempt.limit * len(attempt.indices))
            if tokens:  # an answer came that cannot be read: it was paid for, so it is charged by its size
                attempt.ask.charge(attempt.indices[0], Delta("", tokens))
            raise
        if self._dialect.echoes_prefill and attempt.ask.request.prefix:
            for piece in pieces:
                piece.text = piece.text.removeprefix(attempt.ask.request.prefix)
        attempt.take_whole(pieces)
        self.usage_mismatches += attempt.mismatch

    async def _stream(self, call: Call, attempt: Attempt, native: bool) -> None:
        wanted = True
        attempt.open_stream()
        try:
            async with self._channel.stream(call) as events:
                async for event in events:
                    for piece in self._pieces(event, attempt, native):
                        wanted = attempt.take(piece) and wanted
                    if not wanted:
                        break
            attempt.close_stream()
        finally:
            attempt.keep_finished()
        self.usage_mismatches += attempt.mismatch

    def _pieces(self, payload: Json, attempt: Attempt, native: bool = False) -> list[Piece]:
        """What a reply or an event brings; the usage in it is kept. Garbled where it is of a wrong shape."""
        request = attempt.ask.request
        try:
            usage = read_usage(payload)
            if usage is not None:
                attempt.usage = replace(usage, prompt_ids=usage.prompt_ids or attempt.usage.prompt_ids)
            return [read_native(payload, request)] if native else list(read_choices(payload, self._dialect, request))
        except FAULTS as error:
            raise wrong_shape(self._channel.place, error, payload) from error

    def _charge_prompt(self, attempt: Attempt, error: BaseException | None) -> None:
        """Charge the prompt of an attempt that the server took: by its own count, or the best that we know."""
        if isinstance(error, Unreached) or (isinstance(error, BackendError) and error.status is not None):
            attempt.ask.sent -= 1
            return
        request, usage = attempt.ask.request, attempt.usage
        if usage.prompt is None:
            usage = Usage(prompt=self._renderer.known_count(request))
        elif error is None:
            self._renderer.learn(request, usage.prompt, usage.prompt_ids)
        attempt.ask.meter.prompt(usage.prompt or 0, usage.cached)

    async def _mend(self, ask: Ask, indices: Sequence[int]) -> None:
        """Fill in token ids that llama.cpp left out of a stream: those of split characters and held-back stop strings.

        The text is tokenised; the ids count only if there are as many as were generated and the known ones agree.
        """
        for index in indices:
            draft, done = ask.drafts[index], ask.done[index]
            if draft is None or done is None or UNKNOWN not in draft.ids:
                continue
            guess = list(await self._renderer.tokenize(done.text))
            whole = guess + draft.ids[len(guess) :]
            if len(whole) == len(draft.ids) and all(k in (UNKNOWN, w) for k, w in zip(draft.ids, whole, strict=True)):
                ask.done[index] = replace(done, token_ids=tuple(whole))


def _final(error: TTCError | None, attempt: int) -> TTCError:
    """The error that surfaces; it says how often a request was tried."""
    if error is None:
        return BackendError("the server sent fewer completions than were asked for")
    if isinstance(error, BackendError) and error.retryable and attempt:
        text = re.sub(r"\.$", "", str(error))
        again = BackendError(f"{text} (gave up after {attempt + 1} attempts)", retryable=True, status=error.status)
        again.retry_after = error.retry_after
        return again
    return error
