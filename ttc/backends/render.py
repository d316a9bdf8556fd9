"""Token ids of a rendered chat, asked for once per problem, and the count of a request's prompt."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from ttc.backends.base import Request
from ttc.backends.dialect import Dialect
from ttc.backends.foreign import a_text, ids_in, reading
from ttc.backends.transport import Call, Channel, Json

REMEMBERED = 4096  # chats whose token ids or counts are kept


class Renderer:
    """Turns messages into token ids with the server's own template and tokenizer."""

    def __init__(self, channel: Channel, dialect: Dialect, model: str):
        self._channel, self._dialect, self._model = channel, dialect, model
        self._ids: OrderedDict[Hashable, tuple[int, ...]] = OrderedDict()
        self._counts: OrderedDict[Hashable, int] = OrderedDict()
        self._asking: dict[Hashable, asyncio.Future[None]] = {}

    async def prompt_ids(self, request: Request) -> tuple[int, ...]:
        """Ids of the whole prompt: the rendered chat, then what the assistant has said so far."""
        chat = await self._chat_ids(request)
        if request.prefix_ids is not None:
            return chat + request.prefix_ids
        return chat + await self.tokenize(request.prefix) if request.prefix else chat

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text, in which nothing is a special token."""
        if self._dialect.native:
            body: dict[str, Any] = {"content": text, "add_special": False, "parse_special": False}
        else:
            body = {"model": self._model, "prompt": text, "add_special_tokens": False}
        return ids_in(await self._post("//tokenize", body), self._channel.place)

    async def _post(self, path: str, body: Json) -> Json:
        return await self._channel.fetch(Call(path, self._channel.encode(body)))

    async def _chat_ids(self, request: Request) -> tuple[int, ...]:
        """Concurrent samples of a chat share one tokenise request; if it fails, the next waiter retries."""
        key = chat_key(request)
        while key not in self._ids:
            if key not in self._asking:
                return await self._first(key, request)
            await asyncio.wait([self._asking[key]])
        return self._ids[key]

    async def _first(self, key: Hashable, request: Request) -> tuple[int, ...]:
        """Ask the server, while the others with the same chat wait."""
        done = self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            ids = await self._render(request)
            remember(self._ids, key, ids)
            return ids
        finally:
            del self._asking[key]
            done.set_result(None)

    async def _render(self, request: Request) -> tuple[int, ...]:
        messages = list(request.messages)
        tools = _template_fields(request)
        if not self._dialect.native:
            body = {"model": self._model, "messages": messages, "add_generation_prompt": True, **tools}
            return ids_in(await self._post("//tokenize", body), self._channel.place)
        reply = await self._post("//apply-template", {"messages": messages, **tools})
        with reading(self._channel.place):
            text = a_text(reply["prompt"], "prompt")
        body = {"content": text, "add_special": True, "parse_special": True}
        return ids_in(await self._post("//tokenize", body), self._channel.place)

    async def count(self, request: Request) -> int:
        """Number of prompt tokens: exact where the server tokenises or has told, else `estimate_prompt`."""
        if self._dialect.capabilities.token_ids:
            return len(await self.prompt_ids(request))
        return self.known_count(request)

    def known_count(self, request: Request) -> int:
        """The best count without asking the server."""
        ids = self._ids.get(chat_key(request))
        if ids is not None:
            return len(ids) + (len(request.prefix_ids) if request.prefix_ids is not None else _guess(request.prefix))
        return self._counts.get(chat_key(request, request.prefix)) or estimate_prompt(request)

    def likely_count(self, request: Request) -> int:
        """Like `known_count`, but a third of the bytes where it is not known: more would leave a reply no room."""
        known = self.known_count(request)
        exact = chat_key(request) in self._ids or chat_key(request, request.prefix) in self._counts
        return known if exact else known * 2 // 3

    def learn(self, request: Request, tokens: int, ids: Sequence[int] | None) -> None:
        """Remember what the server said it counted, and the prompt's ids where it sent them with its reply."""
        if not self._dialect.capabilities.token_ids:
            remember(self._counts, chat_key(request, request.prefix), tokens)
        elif ids and not request.prefix and not request.prefix_ids and (key := chat_key(request)) not in self._ids:
            remember(self._ids, key, tuple(ids))


def estimate_prompt(request: Request) -> int:
    """An upper estimate of the prompt's tokens: half its UTF-8 bytes, 8 for each message and 32 for the template.

    Prose has about four bytes a token; only text of mostly single digits or rare scripts exceeds half its bytes.
    """
    return (
        sum(_guess(json.dumps(message, ensure_ascii=False)) + 8 for message in request.messages)
        + 32
        + _guess(request.prefix)
        + sum(_guess(json.dumps(field)) for field in _template_fields(request).values())
    )


def _template_fields(request: Request) -> dict[str, Any]:
    """The request's tools, and what it tells the template: they become part of the prompt."""
    return {name: request.extra[name] for name in ("tools", "chat_template_kwargs") if name in request.extra}


def _guess(text: str) -> int:
    return (len(text.encode()) + 1) // 2


def chat_key(request: Request, prefix: str = "") -> Hashable:
    """What tells chats apart; quick, as it is made for every call."""
    key = (prefix, *(value for message in request.messages for value in message.values()))
    fields = _template_fields(request) if request.extra else None
    if not fields:
        try:
            hash(key)
            return key
        except TypeError:  # content in parts
            pass
    return json.dumps((key, fields))


def remember(memory: OrderedDict[Hashable, Any], key: Hashable, value: Any) -> None:
    """Keep a value; of more than REMEMBERED the oldest goes."""
    memory[key] = value
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
