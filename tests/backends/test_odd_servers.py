"""Replies of servers that speak the OpenAI protocol with an accent of their own."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.backends.asking import ask
from ttc.backends.base import Completion, TokenPrices
from ttc.backends.openai import OpenAIBackend
from ttc.backends.retry import Backoff
from ttc.backends.wire import read_logprobs
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter
from ttc.types import Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]
DONE = "data: [DONE]\n\n"


@asynccontextmanager
async def served(handler: Handler, models: object = None) -> AsyncIterator[str]:
    """The base URL of a server whose chats are answered by `handler`."""

    async def chat(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    async def listed(_: web.Request) -> web.StreamResponse:
        return web.json_response(models or {"data": [{"id": "toy"}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", listed)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


async def _json(body: object) -> web.StreamResponse:
    return web.json_response(body)


def says(body: Json) -> Handler:
    """A server that answers everything with this JSON, streams too."""
    return lambda _: _json(body)


def streams(*pieces: Json | str, until: asyncio.Event | None = None) -> Handler:
    """A server that sends these events (texts as they are), and keeps the connection open until an event is set."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in pieces:
            text = piece if isinstance(piece, str) else f"data: {json.dumps(piece)}\n\n"
            await response.write(text.encode())
        if until is not None:
            await until.wait()
        return response

    return handler


def event(text: object, finish: str | None = None, **fields: object) -> Json:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **fields}


def reply(content: object, finish: str = "stop", **fields: object) -> Json:
    return {"choices": [{"index": 0, "message": {"content": content}, "finish_reason": finish, **fields}]}


async def complete(
    handler: Handler, meter: CountingMeter | None = None, models: object = None, retries: int = 0, **fields: object
) -> Completion:
    """The first completion of one call."""
    async with served(handler, models) as url:
        backend = OpenAIBackend(url, retries=retries, api_key=" a-key\n")
        try:
            await backend.prepare()
            return (await backend.complete(ask(**fields), meter or CountingMeter()))[0]
        finally:
            await backend.aclose()


@pytest.mark.parametrize(
    "handler",
    [
        streams(event("4", error=None), event("2", "stop", error=None), DONE),
        streams("data:\n\n", event("4"), "data: \n\n", event("2", "stop"), DONE),
        streams(": PROCESSING\r\n\r\n", f"data: {json.dumps(event('42', 'stop'))}\r\n\r\n", "data: [DONE]\r\n\r\n"),
        streams(event("4"), f"data: {json.dumps(event('2', 'stop'))}"),
        streams({"choices": None, "usage": None}, event([{"type": "text", "text": "4"}], ""), event("2", "stop")),
        says(reply("42") | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}),
    ],
    ids=["null-errors", "empty-data", "crlf", "no-last-newline", "parts-and-empty-finish", "no-streams"],
)
async def test_an_odd_stream_is_read_at_the_first_attempt(handler: Handler):
    done = await complete(handler, stream=True)
    assert (done.text, done.finish) == ("42", "stop")


async def test_a_stream_that_is_kept_open_after_its_end_is_left():
    never = asyncio.Event()
    done = await asyncio.wait_for(complete(streams(event("42", "stop"), DONE, until=never), stream=True), 20)
    assert done.text == "42"


async def test_an_empty_finish_reason_is_none():
    with pytest.raises(BackendError, match="before the text"):
        await complete(streams(event("4", ""), event("2", "")), stream=True)


async def test_content_in_parts_is_joined_without_the_thoughts():
    thoughts = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    assert (await complete(says(reply([thoughts, {"type": "text", "text": "42"}])))).text == "42"


async def test_a_prompt_that_nobody_counts_leaves_the_room_that_it_likely_leaves():
    sent: list[Json] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        sent.append(await request.json())
        return web.json_response(reply("42") | {"usage": {"prompt_tokens": 2000, "completion_tokens": 1}})

    prose = "the quick brown fox jumps over the lazy dog and back. " * 160  # about 2,000 tokens
    models = {"data": [{"id": "toy", "owned_by": "sglang", "max_model_len": 4096}]}
    await complete(handler, models=models, text=prose, max_tokens=1024)
    assert sent[0]["max_tokens"] == 1024


async def test_a_prompt_that_the_server_counts_as_nothing_is_charged_by_its_size():
    meter = CountingMeter()
    done = await complete(says(reply("42") | {"usage": {"prompt_tokens": 0, "completion_tokens": 0}}), meter)
    assert (done.text, done.output_tokens) == ("42", 1)
    assert meter.prompt_tokens > 5


async def test_counts_that_are_no_whole_numbers_become_such():
    meter = CountingMeter()
    done = await complete(says(reply("42") | {"usage": {"prompt_tokens": "9", "completion_tokens": 2.0}}), meter)
    assert (done.output_tokens, meter.prompt_tokens) == (2, 9)
    assert type(done.output_tokens) is int


@pytest.mark.parametrize("finish", ["max_tokens", "model_length"])
async def test_a_text_that_was_cut_is_not_finished(finish: str):
    assert (await complete(says(reply("4", finish)))).finish == "length"


@pytest.mark.parametrize("finish", ["error", "insufficient_system_resource"])
async def test_a_choice_that_failed_is_asked_for_again(finish: str):
    replies = [reply("4", finish, error={"code": 502}), reply("42")]
    done = await complete(lambda _: _json(replies.pop(0)), retries=1)
    assert (done.text, done.finish) == ("42", "stop")


@pytest.mark.parametrize(("code", "attempts"), [(400, 1), ("402", 1), (429, 2), ("oops", 2)])
async def test_an_error_under_the_status_200_is_told_and_retried_only_where_it_may_pass(code: object, attempts: int):
    meter = CountingMeter()
    with pytest.raises(BackendError, match="no credits"):
        await complete(says({"error": {"message": "no credits", "code": code}}), meter, retries=1)
    assert meter.calls == attempts


async def test_a_server_that_leaves_n_out_of_account_in_streams_is_not_taken_for_broken():
    meter = CountingMeter()
    async with served(streams(event("42", "stop"), DONE)) as url:
        backend = OpenAIBackend(url, retries=0)
        await backend.prepare()
        done = await backend.complete(ask(n=4, stream=True), meter)
        await backend.aclose()
    assert [completion.text for completion in done] == ["42"] * 4
    assert meter.calls == 4


@pytest.mark.parametrize(
    ("found", "sampled", "top"),
    [
        (-0.5, None, None),
        ({"content": None}, None, None),
        ({"content": [{"token": "a", "logprob": -0.5, "top_logprobs": None}]}, (-0.5,), ((),)),
        ({"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": None}, (-0.5,), None),
    ],
)
def test_logprobs_that_are_not_there_are_none(found: object, sampled: object, top: object):
    assert read_logprobs(found, 2) == (sampled, top)


async def test_a_choice_without_a_number_and_a_bare_list_of_models():
    body = {"choices": [{"index": None, "message": {"content": "42"}, "finish_reason": "stop"}]}
    assert (await complete(says(body), models=[{"id": "toy"}])).text == "42"


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("seconds", [None, 60.0])
async def test_a_server_that_takes_no_n_costs_no_more_usd_than_the_budget(refuses: bool, seconds: float | None):
    """Every completion pays for the prompt there: 2,000 tokens, 2 USD."""

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if refuses and body.get("n", 1) > 1:
            return web.json_response({"error": {"message": "n must be 1"}}, status=400)
        usage = {"prompt_tokens": 2000, "completion_tokens": 8}
        if body.get("stream"):
            return await streams(event("42", "stop"), {"choices": [], "usage": usage}, DONE)(request)
        return web.json_response(reply("42") | {"usage": usage})

    async with served(handler) as url:
        backend = OpenAIBackend(url, pricing=TokenPrices(prompt=1000.0, output=1000.0))
        await backend.prepare()
        for usd in (5.0, 5.0, 20.0):  # the second time it is known
            ledger = Ledger(Budget(usd=usd))
            door = Door(backend, Trace(), deadline=seconds or math.inf)
            done = await Session(Problem("?"), door, ledger).ask("vote", "x" * 6000, n=4, max_tokens=50)
            assert 2.0 <= (ledger.cost.usd or 0.0) <= usd
        assert [completion.text for completion in done] == ["42"] * 4
        await backend.aclose()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "said", "attempts"),
    [
        (400, "no such field", 1),
        (415, "this type is not taken", 1),
        (422, "a field is wrong", 1),
        (500, "image input is not supported - hint: you may need to provide the mmproj", 1),  # llama.cpp
        (501, "later", 1),
        (500, "out of memory", 3),
        (503, "loading model", 3),
    ],
)
async def test_a_refusal_of_the_content_is_not_asked_again(status: int, said: str, attempts: int, stream: bool) -> None:
    async def refused(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": said}}, status=status)

    meter = CountingMeter()
    async with served(refused) as url:
        backend = OpenAIBackend(url, retries=2)
        backend._backoff = Backoff(2, first=0.01)
        await backend.prepare()
        with pytest.raises(BackendError, match=said[:10]) as error:
            await backend.complete(ask(n=2, stream=stream), meter)
        await backend.aclose()
    assert error.value.refused == (attempts == 1)
    assert meter.calls == 2 * attempts or attempts == 1


@pytest.mark.parametrize(
    "error",
    [
        {"message": "too long", "type": "invalid_request_error"},
        {"message": "too long", "code": "context_length_exceeded"},
        {"message": "audio input is not supported", "code": 500},
        {"message": "too long", "type": "BadRequestError", "code": 400},
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_refusal_under_the_status_200_is_not_asked_again(error: Json, stream: bool) -> None:
    meter = CountingMeter()
    handler = streams(f"data: {json.dumps({'error': error})}\n\n") if stream else says({"error": error})
    async with served(handler) as url:
        backend = OpenAIBackend(url, retries=2)
        await backend.prepare()
        with pytest.raises(BackendError, match=str(error["message"])):
            await backend.complete(ask(stream=stream), meter)
        await backend.aclose()
    assert meter.calls == 1


async def test_errors_of_an_embedded_model_name_it_and_no_address() -> None:
    async with served(says({"error": {"message": "no credits", "code": 400}})) as url:
        backend = OpenAIBackend(url, called="the embedded model small")
        await backend.prepare()
        with pytest.raises(BackendError, match=r"^the embedded model small answered 400") as error:
            await backend.complete(ask(), CountingMeter())
        await backend.aclose()
    assert "127.0.0.1" not in str(error.value)
