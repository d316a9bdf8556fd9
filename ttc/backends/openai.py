"""Any OpenAI-compatible server over aiohttp: vLLM, SGLang, llama-server, hosted endpoints."""

from __future__ import annotations

import asyncio
import difflib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from yarl import URL

from ttc.backends.affinity import AFFINITY_HEADERS
from ttc.backends.base import Pricing, TokenPrices
from ttc.backends.chat_server import ServerBackend
from ttc.backends.dialect import DIALECTS, kind_of
from ttc.backends.foreign import count, models_in
from ttc.backends.limiter import Limiter
from ttc.backends.retry import Place
from ttc.backends.transport import HttpChannel, Patience
from ttc.errors import BackendError


class OpenAIBackend(ServerBackend):
    """A server that speaks the OpenAI protocol: vLLM, SGLang, llama-server, a hosted endpoint.

    Args:
        base_url: With or without /v1. It may hold a user and a password.
        model: Its name; None = the one that the server has.
        api_key: The key; None = that of the environment.
        api_key_env: The environment variable that holds the key.
        concurrency: Requests in flight at most; None = no bound.
        requests_per_second: Starts of requests at most; None = no bound.
        pricing: How tokens turn into money and compute.
        retries: Attempts after the first one failed; each is charged.
        patience: How long to wait for the server.
        affinity_headers: Headers that carry `Request.affinity`.
        stream: "always" streams every call. "auto" streams where the request asks for it, and where the server can
            only be stopped in this way.
        called: What errors call the server; "" = by its URL.

    Raises:
        ValueError: The URL is none, or it holds a user and a key is given too.
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
            retries=retries,
            affinity_headers=affinity_headers,
            stream=stream,
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
        self._context = next((count(entry.get("max_model_len")) for entry in listed if entry.get("id") == model), None)
        if kind == "llamacpp":
            await self._http.aclose()
            self._http.reuse = False
            props = await self._channel.look("//props")
            self._fan_out = count(props.get("total_slots")) or 1
            settings = props.get("default_generation_settings")
            self._context = count(settings.get("n_ctx")) if isinstance(settings, Mapping) else None

    async def _models(self) -> list[Mapping[str, Any]]:
        """The entries of /models; none where the server has no such list."""
        for last in (False, True):
            try:
                return models_in(await self._channel.look("models"), self._channel.place)
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
