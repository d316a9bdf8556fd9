"""Servers that mean harm, or are broken so that it looks like it: on the loopback, each attack with a small bound."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from aiohttp import web

from tests.backends.asking import ask
from tests.backends.test_odd_servers import DONE, Handler, complete, event, reply, says, served, streams
from ttc.backends import body
from ttc.backends.openai import OpenAIBackend
from ttc.backends.pieces import join
from ttc.backends.retry import retry_after
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter

# ---- redirects -------------------------------------------------------------------------------------------------------


def sends_on(status: int, place: str, seen: list[str]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(status=status, headers={"Location": place})

    return handler


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_prompt_is_sent_to_no_other_host(status: int, stream: bool) -> None:
    async def spied(request: web.Request) -> web.StreamResponse:
        taken.append(await request.text())
        return web.json_response(reply("42"))

    taken: list[str] = []
    async with served(spied) as other:
        with pytest.raises(BackendError, match="redirects to http") as caught:
            await complete(sends_on(status, other + "/v1/chat/completions?key=x", []), stream=stream)
    assert taken == []
    assert caught.value.status == status
    assert not caught.value.retryable
    assert "key=x" not in str(caught.value)


@pytest.mark.parametrize("place", ["https://127.0.0.1/v1/x", "//localhost/v1/x", "http://[::1", "file:///etc/passwd"])
async def test_another_scheme_or_name_is_another_host(place: str) -> None:
    with pytest.raises(BackendError, match="redirects to"):
        await complete(sends_on(307, place, []))


@pytest.mark.parametrize("status", [307, 308])
async def test_a_path_on_the_same_server_is_followed(status: int) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if not request.query:
            return web.Response(status=status, headers={"Location": "/v1/chat/completions?again=1"})
        return web.json_response(reply((await request.json())["messages"][0]["content"]))

    assert (await complete(handler, text="to and fro")).text == "to and fro"


async def test_a_circle_of_redirects_ends() -> None:
    seen: list[str] = []
    with pytest.raises(BackendError, match="redirects from one path to the next"):
        await complete(sends_on(307, "/v1/chat/completions", seen))
    assert len(seen) == 5


async def test_the_users_client_follows_no_redirect_either() -> None:
    openai = pytest.importorskip("openai")
    from ttc.backends.client import ClientBackend  # the extra may be missing

    taken: list[str] = []

    async def spied(request: web.Request) -> web.StreamResponse:
        taken.append(await request.text())
        return web.json_response(reply("42"))

    async with served(spied) as other, served(sends_on(307, other + "/v1/chat/completions", [])) as url:
        client = openai.AsyncOpenAI(base_url=url + "/v1", api_key="a-key")
        backend = ClientBackend(client, "toy", retries=0)
        await backend.prepare()
        for stream in (False, True):
            with pytest.raises(BackendError, match="redirects to"):
                await backend.complete(ask(stream=stream), CountingMeter())
        assert client._client.follow_redirects  # the user's own is as it was
        await client.close()
    assert taken == []


# ---- bombs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
async def test_a_large_index_of_a_tool_call_takes_no_memory(stream: bool) -> None:
    call = {"index": 20_000_000, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "tool_calls": [call]}
    part = {"index": 0, "delta" if stream else "message": message, "finish_reason": "tool_calls"}
    sent = streams({"choices": [part]}, DONE) if stream else says({"choices": [part]})
    tracemalloc.start()
    done = await complete(sent, stream=stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.message is not None
    assert done.message["tool_calls"] == [call]
    assert peak < 2**24


def test_joining_a_message_goes_with_its_size() -> None:
    calls = [{"tool_calls": [{"index": i % 3, "function": {"arguments": "x"}}]} for i in range(3000)]
    joined = join(calls)
    assert [len(call["function"]["arguments"]) for call in joined["tool_calls"]] == [1000] * 3
    assert join([{"a": "x"}, {"a": 7}, {"a": [1]}, {"b": [1]}, {"b": [2, 3]}]) == {"a": [1], "b": [2, 3]}


async def test_a_line_without_an_end_is_cut_off_and_read_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "LARGEST", 2**21)
    seen = 0
    add = body.Lines.add

    def counted(self: body.Lines, part: bytes) -> list[bytes]:
        nonlocal seen
        seen += len(part)
        return add(self, part)

    monkeypatch.setattr(body.Lines, "add", counted)
    with pytest.raises(BackendError, match="a line of a stream of more than 2 MiB"):
        await complete(streams("data: " + "x" * 2**23), stream=True)
    assert seen < 2**23


async def test_a_reply_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "LARGEST", 2**20)
    with pytest.raises(BackendError, match="a reply of more than 1 MiB"):
        await complete(says({"choices": ["x" * 2**21]}))


def packed(data: bytes, encoding: str) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=data, headers={"Content-Encoding": encoding}, content_type="application/json")

    return handler


@pytest.mark.parametrize("stream", [False, True])
async def test_a_packed_bomb_is_unpacked_no_further_than_allowed(monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    monkeypatch.setattr(body, "LARGEST", 2**22)
    bomb = gzip.compress(b"{" + b" " * 2**27)
    assert len(bomb) < 2**18
    tracemalloc.start()
    with pytest.raises(BackendError, match="of more than 4 MiB"):
        await complete(packed(bomb, "gzip"), stream=stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**25


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_packed_replies_are_read(encoding: str, pack: Any) -> None:
    assert (await complete(packed(pack(json.dumps(reply("42")).encode()), encoding))).text == "42"


@pytest.mark.parametrize(("data", "encoding"), [(b"no zip", "gzip"), (b"x", "br"), (b"x", "zstd")])
async def test_what_cannot_be_unpacked_is_a_backend_error(data: bytes, encoding: str) -> None:
    with pytest.raises(BackendError, match=r"unpacked|was not asked for"):
        await complete(packed(data, encoding))


async def test_a_stream_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttc.backends.pieces.ENDLESS_TOKENS", 50)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(f"data: {json.dumps(event('x'))}\n\n".encode())

    with pytest.raises(BackendError, match="far beyond max_tokens"):
        await asyncio.wait_for(complete(handler, stream=True, max_tokens=10), 30)


async def test_a_long_error_is_cut() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=400, text="x\x1b[31m" * 2**20)

    with pytest.raises(BackendError) as caught:
        await complete(handler)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_no_date_of_a_server_is_too_far() -> None:
    for value in ("Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 31 Dec 9999 99:99:99 +9999", "nan", "\x00", "1" * 400):
        assert (retry_after({"Retry-After": value}) or 0.0) >= 0.0


# ---- sockets of loops that have ended --------------------------------------------------------------------------------


def test_a_loop_that_ends_takes_its_connections_along() -> None:
    backend = OpenAIBackend("http://127.0.0.1:9", "toy", retries=0)
    sessions = []

    async def used() -> None:
        sessions.append(backend._http._session())

    for _ in range(3):
        asyncio.run(used())
    assert all(session.closed for session in sessions)
    assert len(backend._http._sessions._things) == 0
