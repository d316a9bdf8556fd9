"""A user's own AsyncOpenAI client (Azure, hosted models, vendor authentication) as a backend."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ttc.backends.affinity import AFFINITY_HEADERS
from ttc.backends.base import Pricing, TokenPrices
from ttc.backends.chat_server import ServerBackend
from ttc.backends.dialect import DIALECTS, kind_of
from ttc.backends.foreign import models_in, whole_signs
from ttc.backends.loops import Kept
from ttc.backends.retry import Garbled, Place, Unreached
from ttc.backends.transport import Call, Json
from ttc.errors import BackendError, TTCError

if TYPE_CHECKING:
    import openai
    from openai import AsyncOpenAI

_HOMES: WeakKeyDictionary[Any, weakref.ref[asyncio.AbstractEventLoop]] = WeakKeyDictionary()
"""The event loop in which each HTTP client was used first."""
NAMED = ("model", "messages", "prompt", "stream")  # what the client's own methods take; the rest is extra_body


class ClientChannel:
    """Calls through an AsyncOpenAI object, whose own retries and timeout are switched off.

    Connections belong to an event loop, and `ttc.solve` makes one for each call. So after the first one every loop gets
    an HTTP client of its own here, unless the user chose one.
    """

    def __init__(self, client: AsyncOpenAI, place: Place):
        self._given = _staying(client.with_options(max_retries=0, timeout=None))
        self._chosen = type(client._client).__name__ != "AsyncHttpxClientWrapper"
        self._clients: Kept[AsyncOpenAI] = Kept()
        self.place = place

    @property
    def _client(self) -> AsyncOpenAI:
        """The client for this event loop."""
        loop = asyncio.get_running_loop()
        if self._chosen or _HOMES.setdefault(self._given._client, weakref.ref(loop))() is loop:
            return self._given
        client = self._clients.get()
        if client is None:
            own = type(self._given._client)(timeout=None)
            client = _staying(self._given.with_options(http_client=own))
            self._clients.keep(client, client.close)
        return client

    def encode(self, body: Json) -> Json:
        """The body as it is: the client takes it apart."""
        return body

    async def fetch(self, call: Call) -> Json:
        """The whole reply of a POST."""
        try:
            if call.path.startswith("//"):
                client: Any = self._client
                return _plain(await client.post(self._root(call.path), cast_to=object, body=call.body))
            return _plain(await self._create(call))
        except Exception as error:
            raise self._translate(error) from error

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Json]]:
        """The events of a POST. Leaving the context before their end closes the stream, which stops the server."""
        try:
            events = await self._create(call)
        except Exception as error:
            raise self._translate(error) from error
        async with events:
            yield self._events(events)

    async def _events(self, events: AsyncIterator[Any]) -> AsyncIterator[Json]:
        try:
            async for event in events:
                yield _plain(event)
        except Exception as error:
            raise self._translate(error) from error

    async def look(self, path: str) -> Json:
        """The reply of a GET."""
        client: Any = self._client
        try:
            if path == "models":
                return {"data": [_plain(model) async for model in client.models.list()]}
            return _plain(await client.get(self._root(path), cast_to=object))
        except Exception as error:
            raise self._translate(error) from error

    async def aclose(self) -> None:
        """Close the connections of this event loop; the client that was given is its owner's to close."""
        await self._clients.aclose()

    async def _create(self, call: Call) -> Any:
        named = {name: value for name, value in call.body.items() if name in NAMED}
        rest = {name: value for name, value in call.body.items() if name not in NAMED}
        room = self._client.chat.completions if call.path == "chat/completions" else self._client.completions
        create: Any = room.create
        return await create(**named, extra_body=rest, extra_headers=call.headers)

    def _root(self, path: str) -> str:
        return str(self._client.base_url).rstrip("/").removesuffix("/v1") + path[1:]

    def _translate(self, error: Exception) -> Exception:
        """The BackendError for whatever the client raised; errors of our own pass."""
        import openai

        where = self.place.url
        if isinstance(error, TTCError):
            return error
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error)
        if isinstance(error, openai.APIConnectionError) and "Connect" in type(error.__cause__).__name__:
            return Unreached(f"cannot reach {where}: is the server running?", retryable=True)
        if isinstance(error, openai.OpenAIError) and not isinstance(error, openai.APIError):
            return BackendError(f"the OpenAI client failed: {self.place.without_key(str(error))}")
        broken = isinstance(error, openai.APIError)  # a broken connection, a time-out, or an error event in a stream
        what = self.place.without_key(str(error)) if broken else f"a reply ({type(error).__name__})"
        return Garbled(f"{where} broke off: {what}")

    def _refusal(self, error: openai.APIStatusError) -> BackendError:
        onward = error.response.headers.get("Location")
        if error.status_code < 400 and onward:
            return self.place.elsewhere(error.status_code, onward)
        return self.place.refusal(error.status_code, _words(error), error.response.headers)


def _words(error: Any) -> str:
    """What the server said in an error's body."""
    return json.dumps(error.body) if error.body is not None else str(error)


class ClientBackend(ServerBackend):
    """A model through a client of the user. The client is not closed.

    It costs about 5 ms of CPU a call, ten times OpenAIBackend: use it where the client's own authentication is needed.

    Args:
        client: An openai.AsyncOpenAI or AsyncAzureOpenAI (openai >= 2).
        model: Its name; None = the only one that the server has.
        api_key_env: The environment variable that errors about the key name.
        concurrency: Requests in flight at most; None = no bound.
        requests_per_second: Starts of requests at most; None = no bound.
        pricing: How tokens turn into money and compute.
        retries: Attempts after the first one failed; each is charged.
        affinity_headers: Headers that carry `Request.affinity`.
        stream: As for OpenAIBackend.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str | None = None,
        *,
        api_key_env: str = "OPENAI_API_KEY",
        concurrency: int | None = None,
        requests_per_second: float | None = None,
        pricing: Pricing = TokenPrices(),  # noqa: B008 (frozen)
        retries: int = 4,
        affinity_headers: Sequence[str] = AFFINITY_HEADERS,
        stream: Literal["auto", "always"] = "auto",
    ):
        url = str(client.base_url).rstrip("/")
        super().__init__(
            ClientChannel(client, Place(url, model or "", api_key_env, str(client.api_key or ""))),
            pricing,
            concurrency=concurrency,
            requests_per_second=requests_per_second,
            retries=retries,
            affinity_headers=affinity_headers,
            stream=stream,
        )
        self._host, self._wanted, self._ready = urlsplit(url).hostname or "", model, False
        self._model = model or ""

    def __repr__(self) -> str:
        return f"ClientBackend({self._channel.place.url!r}, model={self._model!r}, kind={self._dialect.name!r})"

    async def prepare(self) -> None:
        """Find out the kind of server by its list of models; a hosted service is not asked when the model is named."""
        if self._ready:
            return
        kind = kind_of(set(), self._host)
        served: tuple[str, ...] = ()
        if kind is None or self._wanted is None:
            entries = await self._listed()
            served = tuple(str(entry["id"]) for entry in entries)
            kind = kind or kind_of({str(entry.get("owned_by")) for entry in entries}, self._host) or "generic"
        if self._wanted is None and len(served) != 1:
            raise BackendError(f"name the model; {self._channel.place.url} serves {', '.join(served[:8]) or 'no list'}")
        model = self._wanted or served[0]
        self._channel.place = replace(self._channel.place, served=served, model=model)
        self._configure(replace(DIALECTS[kind], native=False), model)
        self._ready = True

    async def _listed(self) -> list[Mapping[str, Any]]:
        try:
            return models_in(await self._channel.look("models"), self._channel.place)
        except BackendError as error:
            if self._wanted is not None and error.status in (404, 405, 501):
                return []
            raise


def _staying(client: AsyncOpenAI) -> AsyncOpenAI:
    """The client, a copy of our own, so that it follows no redirect: prompts go to no other host."""
    prepare = client._prepare_options

    async def prepared(options: Any) -> Any:
        options = await prepare(options)
        options.follow_redirects = False
        return options

    client._prepare_options = prepared  # type: ignore[method-assign]  # the client's hook for its subclasses
    return client


def _plain(found: Any) -> Json:
    """A pydantic object of the client as the JSON that it was made from. What is not JSON the client leaves as text."""
    made = found.model_dump(exclude_unset=True, warnings=False) if hasattr(found, "model_dump") else found
    if not isinstance(made, dict):
        raise Garbled("the server sent something that is not an object of JSON", len(str(found)))
    whole: Json = whole_signs(made)
    return whole
