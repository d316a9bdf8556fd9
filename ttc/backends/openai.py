"""Any OpenAI-compatible server over aiohttp: vLLM, SGLang, llama-server, hosted endpoints."""

from __future__ import annotations

import asyncio
import difflib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from yarl import URL

from ttc.backends.affinity import AFFINITY_HEADERS
from ttc.backends.base import Pricing, TokenPrices
from ttc.backends.chat_server import ServerBackend
from ttc.backends.dialect import DIALECTS, kind_of
from ttc.backends.limiter import Limiter
from ttc.backends.retry import Backoff, Place
from ttc.backends.transport import HttpChannel, Json, Patience
from ttc.errors import BackendError


class OpenAIBackend(ServerBackend):
    """A server at `base_url` (with or without /v1). `model` None = the one it serves.

    The key is `api_key`, or else the environment variable `api_key_env`. `concurrency` bounds requests in flight and
    `requests_per_second` their starts (None = no bound); `retries` follow a failed attempt, each charged.
    `stream` "always" streams every call; "auto" only where the request asks or where the server stops nothing else.
    `called` is what errors call the server; "" = by its URL.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        *,
        api_key: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        concurrency: int | None = None,
        requests_per_second: float | None = None,
        pricing: Pricing = TokenPrices(),  # noqa: B008 (frozen)
        retries: int = 4,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
        affinity_headers: Sequence[str] = AFFINITY_HEADERS,
        stream: Literal["auto", "always"] = "auto",
        called: str = "",
    ):
        url = _base(base_url)
        key = (api_key or ("" if url.user else os.environ.get(api_key_env, ""))).strip()
        if key and url.user:
            raise ValueError(f"{url.with_user(None)} is given an api_key and a user in its URL; give one of them")
        self._http = HttpChannel(
            str(url), Place(str(url.with_user(None)), model or "", api_key_env, key, called=called), patience
        )
        super().__init__(
            self._http,
            pricing,
            concurrency=concurrency,
            requests_per_second=requests_per_second,
            backoff=Backoff(retries),
            affinity_headers=affinity_headers,
            always_stream=stream == "always",
        )
        self._wanted, self._host, self._ready = model, url.host or "", False
        self._model = model or ""
        self._preparing = Limiter(1)

    def __repr__(self) -> str:
        return f"OpenAIBackend({self._channel.place.url!r}, model={self._model!r}, kind={self._dialect.name!r})"

    async def prepare(self) -> None:
        """Find out the model and the kind of server. Raises BackendError when it cannot be reached or used."""
        async with self._preparing:
            if self._ready:
                return
            try:
                await self._find_out()
            except BackendError:
                await self.aclose()
                raise
            self._ready = True

    async def served(self) -> list[str]:
        """The names of the models that the server lists; [] where it has no list. Needs no `prepare`."""
        return [str(entry.get("id")) for entry in await self._models()]

    async def _find_out(self) -> None:
        listed = await self._models()
        kind = kind_of({str(entry.get("owned_by")) for entry in listed}, self._host) or await self._probe()
        served = tuple(str(entry.get("id")) for entry in listed)
        self._channel.place = replace(self._channel.place, served=served)
        model = self._choose(served, strict=DIALECTS[kind].lists_models)
        self._channel.place = replace(self._channel.place, model=model)
        self._configure(DIALECTS[kind], model)
        self._context = next((entry.get("max_model_len") for entry in listed if entry.get("id") == model), None)
        if kind == "llamacpp":
            await self._http.aclose()
            self._http.reuse = False
            props = await self._channel.look("//props")
            self._fan_out = props.get("total_slots") or 1
            self._context = props.get("default_generation_settings", {}).get("n_ctx")

    async def _models(self) -> list[Json]:
        """The entries of /models; none where the server has no such list."""
        for last in (False, True):
            try:
                found = await self._channel.look("models")
                return list(found.get("data") or found.get("list") or ())
            except BackendError as error:
                if error.status in (404, 405, 501) and self._wanted:
                    return []
                if last or not error.retryable:
                    raise
                await asyncio.sleep(0.2)
        raise AssertionError("unreachable")

    async def _probe(self) -> str:
        """The kind of a server whose list of models does not tell it."""
        with suppress(BackendError):
            if "total_slots" in await self._channel.look("//props"):
                return "llamacpp"
        with suppress(BackendError):
            if set(await self._channel.look("//version")) == {"version"}:
                return "vllm"
        return "generic"

    def _choose(self, served: Sequence[str], *, strict: bool) -> str:
        place = self._channel.place
        if self._wanted is None:
            if not served:
                raise BackendError(f"{place.name} lists no models; name one, as in {place.url}#model")
            if len(served) > 1 and not strict:
                raise BackendError(f"{place.name} serves several models; name one: {', '.join(served[:8])}")
            return served[0]
        if strict and self._wanted not in served:
            near = difflib.get_close_matches(self._wanted, served, n=5, cutoff=0.0) or ["no model"]
            raise BackendError(f"{place.name} does not serve {self._wanted!r}; it serves {', '.join(near)}", status=404)
        return self._wanted


def _base(base_url: str) -> Any:
    """The URL with /v1 where it has no path of its own."""
    url = URL(base_url)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"the base URL is {base_url!r}; it must look like http://localhost:8000/v1")
    url = url.with_fragment(None).with_query(None)
    return url.with_path(url.path.rstrip("/") or "/v1")
