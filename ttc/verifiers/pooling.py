"""A backend for servers that score instead of write: vLLM's pooling endpoints and its generative scoring.

A request names its endpoint in `extra`, beside the fields of the body; the rows come back in `Completion.message`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from ttc.backends.base import Capabilities, Completion, Meter, Pricing, Request, TokenPrices
from ttc.backends.foreign import a_list, ids_in, models_in, reading
from ttc.backends.limiter import Limiter
from ttc.backends.render import estimate_prompt
from ttc.backends.retry import Backoff, Place, Unreached
from ttc.backends.transport import Call, HttpChannel, Json, Patience
from ttc.backends.wire import read_usage
from ttc.errors import BackendError

ENDPOINTS = ("pooling", "classify", "score", "generative_scoring")


class PoolingBackend:
    """A server of vLLM that scores texts instead of writing them.

    `Request.extra` holds `endpoint` (one of ENDPOINTS) and what else the body needs. Where it has no `input`, `text_1`
    or `query`, the request's messages go out, with its prefix as the assistant's answer. Two fields are ours:

    - `pieces` are texts that are tokenised one by one and sent as token ids. `message["ends"]` then tells how many
      tokens there are up to the end of each.
    - `labels` are texts of one token each, sent as `label_token_ids`.

    The reply's entries are in `message["data"]`. Prompt tokens are charged for every attempt that the server took.

    Args:
        base_url: With or without /v1.
        model: Its name; None = the one that the server has.
        api_key: The key; None = that of the environment.
        api_key_env: The environment variable that holds the key.
        concurrency: Requests in flight at most; None = no bound.
        pricing: How tokens turn into money and compute.
        retries: Attempts after the first one failed; each is charged.
        patience: How long to wait for the server.
    """

    capabilities = Capabilities(prefill=True)

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        *,
        api_key: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        concurrency: int | None = None,
        pricing: Pricing = TokenPrices(),  # noqa: B008 (frozen)
        retries: int = 4,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
    ):
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"the base URL is {base_url!r}; it must look like http://localhost:8000")
        url = base_url.rstrip("/").removesuffix("/v1") + "/v1"
        place = Place(url, model or "", api_key_env, api_key or os.environ.get(api_key_env, ""))
        self.pricing = pricing
        self.limiter = Limiter(concurrency)
        self._model = model or ""
        self._channel = HttpChannel(url, place, patience)
        self._backoff = Backoff(retries)
        self._ids: dict[str, tuple[int, ...]] = {}

    @property
    def model(self) -> str:
        """Name of the model that scores; known after `prepare`, unless it was given."""
        return self._model

    async def prepare(self) -> None:
        """Find out the model, if it was not given."""
        if not self._model:
            served = models_in(await self._channel.look("models"), self._channel.place)
            if not served:
                raise BackendError(f"{self._channel.place.url} lists no models; name one: PoolingBackend(url, model)")
            self._model = str(served[0]["id"])

    async def count(self, request: Request) -> int:
        """An upper estimate of the prompt's tokens."""
        return estimate_prompt(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._channel.aclose()

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """One completion without text, whose message holds the rows."""
        if request.n != 1:
            raise ValueError(f"n is {request.n}; a score is the same every time, ask for it once")
        call, ends = await self._call(request)
        attempt = 0
        while True:
            try:
                payload = await self._attempt(call, request, meter)
                break
            except BackendError as error:
                if not self._backoff.allows(error, attempt):
                    raise
                await asyncio.sleep(self._backoff.pause(error, attempt))
                attempt += 1
        with reading(self._channel.place):
            data = a_list(payload.get("data"), "data")
        if not data:
            raise BackendError(f"{self._channel.place.url}{call.path[1:]} sent no data")
        return [Completion("", 0, message={"data": data, "ends": ends})]

    async def _attempt(self, call: Call, request: Request, meter: Meter) -> Json:
        async with self.limiter:
            meter.attempt()
            try:
                payload = await self._channel.fetch(call)
            except BaseException as error:
                refused = isinstance(error, BackendError) and error.status is not None
                if not refused and not isinstance(error, Unreached):
                    meter.prompt(estimate_prompt(request))
                raise
        with reading(self._channel.place):
            usage = read_usage(payload)
        prompt = None if usage is None else usage.prompt
        meter.prompt(estimate_prompt(request) if prompt is None else prompt, 0 if usage is None else usage.cached)
        return payload

    async def _call(self, request: Request) -> tuple[Call, list[int]]:
        """The HTTP request, and the token counts at the ends of its pieces."""
        fields: dict[str, Any] = dict(request.extra)
        endpoint = fields.pop("endpoint", None)
        if endpoint not in ENDPOINTS:
            raise ValueError(f"extra['endpoint'] is {endpoint!r}; it must be one of {', '.join(ENDPOINTS)}")
        ends: list[int] = []
        if "pieces" in fields:
            tokens = [await self.tokenize(piece) for piece in fields.pop("pieces")]
            ends = list(accumulate(map(len, tokens)))
            fields["input"] = [token for piece in tokens for token in piece]
        if "labels" in fields:
            fields["label_token_ids"] = [await self._one_token(label) for label in fields.pop("labels")]
        if not fields.keys() & {"input", "text_1", "query"}:
            fields["messages"] = [*request.messages, *_answer(request)]
        return Call(f"//{endpoint}", self._channel.encode({"model": self._model, **fields})), ends

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Token ids of a plain text, by the server; asked for once."""
        if text not in self._ids:
            body = {"model": self._model, "prompt": text, "add_special_tokens": False}
            reply = await self._channel.fetch(Call("//tokenize", self._channel.encode(body)))
            self._ids[text] = ids_in(reply, self._channel.place)
        return self._ids[text]

    async def _one_token(self, label: str) -> int:
        tokens = await self.tokenize(label)
        if len(tokens) != 1:
            raise BackendError(f"the label {label!r} has {len(tokens)} tokens on {self._channel.place.url}, not one")
        return tokens[0]


def _answer(request: Request) -> list[Mapping[str, str]]:
    return [{"role": "assistant", "content": request.prefix}] if request.prefix else []
