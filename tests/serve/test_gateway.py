"""The gateway before a scripted server: what passes through, what is cancelled, what is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.serve.upstream import call, gateway, scripted
from tests.servers import ScriptedServer
from ttc.backends.retry import Place
from ttc.errors import MissingNeed
from ttc.serve.refusals import refusal_of
from ttc.serve.settings import Limits

ASKED = [{"role": "user", "content": "What is 6 * 7?"}]
VOTE = {"strategy": "self_consistency", "knobs": {"n": 4, "stop": "none"}}


async def post(url: str, body: Any, headers: dict[str, str] | None = None, path: str = "/chat/completions") -> Any:
    """Status, headers and body of a reply."""
    data = body if isinstance(body, bytes) else json.dumps({"model": "toy", "messages": ASKED, **body}).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(url + path, data=data, headers={"Content-Type": "application/json", **(headers or {})}) as reply,
    ):
        return reply.status, reply.headers, await reply.read()


def error_of(data: bytes) -> Any:
    return json.loads(data)["error"]


# ---- what passes through ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/chat/completions", "/completions"])
async def test_plain_names_pass_byte_for_byte(stream: bool, path: str) -> None:
    message = {"content": "a\r\nb é", "tool_calls": [call("f", {"a": 1})], "vendor_field": [1]}
    body = b'{"model":"toy",  "messages":[{"role":"user","content":"\\u00e9"}], "vendor": 1, "stream": %s}'
    raw = body % (b"true" if stream else b"false")
    async with scripted(message) as upstream, gateway(upstream) as url:
        status, headers, data = await post(url, raw, path=path)
    assert status == 200
    assert upstream.raw == [raw]
    assert data == upstream.sent[0]
    assert headers["Content-Type"] == ("text/event-stream" if stream else "application/json")


async def test_credentials_and_cookies_stop_at_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSTREAM_KEY", "upstream-secret")
    mine = {"Authorization": "Bearer mine", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "x-session-id": "s"}
    theirs = {"Set-Cookie": "track=1", "Server": "vendor/1", "X-Internal": "1", "x-request-id": "r1"}
    async with (
        scripted({"content": "x"}, headers=theirs) as upstream,
        gateway(upstream, credential_env="UPSTREAM_KEY") as url,
    ):
        _, plain, _ = await post(url, {}, mine)
        _, thought, _ = await post(url, {"ttc": VOTE}, mine)
    assert [seen["Authorization"] for seen in upstream.seen] == ["Bearer upstream-secret"] * 2
    for seen in upstream.seen:
        assert not {"Cookie", "X-Forwarded-For"} & set(seen)
    assert upstream.seen[0]["x-session-id"] == "s"
    assert plain["x-request-id"] == "r1"
    for headers in (plain, thought):
        assert not {"Set-Cookie", "Server", "X-Internal"} & set(headers)


async def test_errors_of_the_server_pass_with_their_status() -> None:
    async with ScriptedServer() as upstream, gateway(upstream) as url:
        upstream.say("429:7", "418", "500")
        replies = [await post(url, {"max_tokens": 4}) for _ in range(3)]
    assert [status for status, _, _ in replies] == [429, 418, 500]
    assert replies[0][1]["Retry-After"] == "7"
    assert error_of(replies[1][2])["message"] == "as scripted"


async def test_a_stream_that_breaks_off_is_not_taken_for_whole() -> None:
    async with ScriptedServer() as upstream, gateway(upstream) as url:
        upstream.say("reset-mid")
        with pytest.raises(aiohttp.ClientPayloadError):
            await post(url, {"max_tokens": 8, "stream": True})


async def test_a_server_that_is_not_there() -> None:
    class Nowhere:
        url = "http://127.0.0.1:9"

    async with gateway(Nowhere) as url:
        for body in ({}, {"ttc": VOTE}):
            status, _, data = await post(url, body)
            assert status == 502
            assert error_of(data)["type"] == "server_error"
            assert "127.0.0.1:9" not in data.decode()


# ---- strategies ---------------------------------------------------------------------------------------------------


async def test_name_header_and_field_say_the_same_and_the_field_counts_most() -> None:
    async with scripted({"content": "\\boxed{1}"}) as upstream, gateway(upstream) as url:
        ways: list[tuple[Any, Any]] = [
            ({"model": "ttc/self_consistency@2calls:toy"}, None),
            ({}, {"x-ttc": '{"strategy": "self_consistency", "budget": "2calls"}'}),
            ({"ttc": {"strategy": "self_consistency", "budget": {"calls": 2}}}, None),
            ({"model": "ttc/tournament@9calls:toy", "ttc": {"strategy": "self_consistency", "budget": "2calls"}}, None),
            ({"model": "ttc/self-consistency@2calls"}, {"x-ttc": '{"strategy": "tournament"}'}),
        ]
        for body, headers in ways:
            status, _, data = await post(url, body, headers)
            found = json.loads(data)["ttc"]
            assert (status, found["strategy"], found["cost"]["calls"]) == (200, "self_consistency", 2)
    assert all("ttc" not in sent and sent["model"] == "toy" for sent in upstream.bodies)


async def test_usage_counts_every_attempt() -> None:
    async with ScriptedServer(tokens=8) as upstream, gateway(upstream) as url:
        upstream.refuses_n = True
        upstream.say("ok", "reset-mid")
        body = {"ttc": {"strategy": "short_m", "knobs": {"n": 3, "m": 3}}, "max_tokens": 8}
        _, _, data = await post(url, body)
    usage = json.loads(data)["usage"]
    assert usage["completion_tokens"] == upstream.sent == 8 * 3 + 3  # three tokens of the stream that broke off
    assert usage["prompt_tokens"] == 7 * len(upstream.bodies)


async def test_an_error_after_the_first_candidate_is_an_event_of_the_stream() -> None:
    async with ScriptedServer() as upstream, gateway(upstream) as url:
        upstream.say("ok", *["400"] * 20)  # the candidates come, their judge does not
        ttc = {"strategy": "tournament", "domain": "open", "knobs": {"n": 2, "votes": 1}}
        status, _, data = await post(url, {"stream": True, "max_tokens": 8, "ttc": ttc})
    assert status == 200
    *_, error, done, _ = data.split(b"\n\n")
    assert error_of(error.removeprefix(b"data: "))["message"] == "the model server answered 400: as scripted"
    assert done == b"data: [DONE]"
    assert b"candidate 0: " in data


async def test_an_error_before_the_first_candidate_has_a_status() -> None:
    async with ScriptedServer() as upstream, gateway(upstream) as url:
        upstream.refuses_n = True
        body = {"stream": True, "max_tokens": 8, "ttc": VOTE}
        upstream.say(*["400"] * 20)
        status, _, data = await post(url, body)
        assert status == 400
        assert error_of(data)["message"].startswith("the model server answered 400")


# ---- who hangs up -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("ttc", [None, VOTE, {"strategy": "short_m", "knobs": {"n": 6, "m": 6}}])
async def test_a_client_that_hangs_up_ends_everything_upstream(stream: bool, ttc: Any) -> None:
    body = {"model": "toy", "messages": ASKED, "stream": stream, "max_tokens": 400, **({"ttc": ttc} if ttc else {})}
    async with ScriptedServer(tokens=400, pace=0.05) as upstream, gateway(upstream) as url:
        session = aiohttp.ClientSession()
        asked = asyncio.create_task(session.post(f"{url}/chat/completions", json=body))
        while not upstream.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        running = upstream.in_flight
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        if asked.cancelled() is False and asked.exception() is None:
            asked.result().close()
        await session.close()
        while upstream.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert upstream.aborted == running > 0
        assert upstream.finished == 0
        assert upstream.sent < 100 * running  # of 400 each, which take 20 s
        async with aiohttp.ClientSession() as other, other.get(url.removesuffix("/v1") + "/metrics") as reply:
            text = await reply.text()
        assert "ttc_disconnects_total 1\n" in text
        assert "ttc_in_flight 0\n" in text


# ---- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"x" * 3000, 413, "larger than the 2000 bytes"),
        (b"[" * 1500, 400, "JSON object"),
        (b"\xff\xfe{}", 400, "JSON object"),
        (b"{}", 400, "model"),
        ({"model": 7}, 400, "model"),
        ({"n": 9}, 400, "n is 9"),
        ({"max_tokens": 101}, 400, "max_tokens is 101"),
        ({"max_completion_tokens": True}, 400, "max_tokens"),
        ({"ttc": {"knobs": {"n": 9}}}, 400, "n is 9"),
        ({"ttc": VOTE, "max_tokens": 101}, 400, "max_tokens is 101"),
        ({"ttc": []}, 400, "must be an object"),
        ({"ttc": {"strategie": "auto"}}, 400, "strategie"),
        ({"ttc": {"budget": "20 parsecs"}}, 400, "20k"),
        ({"ttc": {"budget": {"tokens": -1}}}, 400, "positive"),
        ({"ttc": {"budget": "$1"}}, 400, "prices"),
        ({"ttc": {"verifier": "execute"}}, 400, "not offered"),
        ({"ttc": {"verifier": "panel:folder=/etc"}}, 400, "not offered"),
        ({"ttc": {"strategy": "ets", "knobs": {"embed": "some/model"}}}, 400, "not offered"),
        ({"ttc": {"strategy": "tournament", "knobs": {"votes": 99999}}}, 400, "at most"),
        ({"model": "ttc/auto@:toy"}, 400, "ttc/STRATEGY"),
        ({"model": "ttc/auto:toy", "prompt": "x"}, 400, "messages must"),
    ],
)
async def test_what_goes_too_far_is_refused(body: Any, status: int, words: str) -> None:
    if isinstance(body, dict) and "prompt" in body:
        body = {**body, "messages": []}
    async with scripted({"content": "x"}) as upstream, gateway(upstream, limits=TIGHT) as url:
        got, _, data = await post(url, body)
        assert (got, error_of(data)["type"]) == (status, "invalid_request_error")
        assert words in error_of(data)["message"]
    assert not upstream.raw


TIGHT = Limits(body_bytes=2000, n=8, max_tokens=100)


async def test_time_is_limited_and_a_strategy_answers_with_what_it_has() -> None:
    async with ScriptedServer(tokens=10, pace=0.3) as upstream, gateway(upstream, limits=Limits(seconds=0.5)) as url:
        upstream.refuses_n = True
        status, _, data = await post(url, {"max_tokens": 10})
        assert (status, error_of(data)["code"]) == (504, "timeout")
        status, _, data = await post(url, {"max_tokens": 10, "ttc": VOTE})
        assert (status, error_of(data)["code"]) == (504, "timeout")  # no candidate was complete
        body = {"max_tokens": 10, "ttc": {"strategy": "short_m", "knobs": {"n": 4, "m": 4}}}
        upstream.pace, upstream.tokens = 0.0, 4
        status, _, data = await post(url, body)
        assert status == 200


async def test_a_full_gateway_says_when_to_come_back() -> None:
    async with ScriptedServer(latency=0.5) as upstream, gateway(upstream, limits=Limits(in_flight=2)) as url:
        replies = await asyncio.gather(*(post(url, {"max_tokens": 4}) for _ in range(5)))
        assert sorted(status for status, _, _ in replies) == [200, 200, 429, 429, 429]
        refused = next(reply for reply in replies if reply[0] == 429)
        assert refused[1]["Retry-After"] == "1"
        assert error_of(refused[2])["code"] == "overloaded"
        assert (await post(url, {"max_tokens": 4}))[0] == 200


async def test_unknown_paths_are_refused_in_json() -> None:
    async with scripted({"content": "x"}) as upstream, gateway(upstream) as url:
        status, _, data = await post(url, {}, path="/nothing")
        assert (status, error_of(data)["type"]) == (404, "not_found_error")
        async with aiohttp.ClientSession() as session, session.get(f"{url}/chat/completions") as reply:
            assert reply.status == 404
        async with aiohttp.ClientSession() as session, session.get(url.removesuffix("/v1") + "/health") as reply:
            assert (await reply.json())["status"] == "ok"


async def test_a_thousand_clients_at_once() -> None:
    async with ScriptedServer(tokens=2, latency=1.0) as upstream, gateway(upstream) as url:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one() -> int:
                body = {"model": "toy", "messages": ASKED, "max_tokens": 2}
                async with session.post(f"{url}/chat/completions", json=body) as reply:
                    await reply.read()
                    return reply.status

            assert set(await asyncio.gather(*(one() for _ in range(1000)))) == {200}
        assert upstream.finished == 1000


async def test_health_and_start_tell_of_a_model_server_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        url = "http://127.0.0.1:9"

    async with (
        gateway(Away()) as url,
        aiohttp.ClientSession() as session,
        session.get(url.removesuffix("/v1") + "/health") as reply,
    ):
        assert reply.status == 503
        assert (await reply.json())["status"] == "the model server does not answer"
    (said,) = [record.getMessage() for record in caplog.records if record.name == "ttc.serve"]
    assert "http://127.0.0.1:9/v1 does not answer" in said


@pytest.mark.parametrize(("status", "told"), [(400, 400), (415, 415), (422, 422), (500, 400)])
def test_what_the_model_server_refuses_is_the_clients_own_fault(status: int, told: int) -> None:
    """llama.cpp without a projector answers 500 to a picture."""
    refusal = refusal_of(Place("http://inside:1/v1").refusal(status, "image input is not supported", {}))
    assert (refusal.status, "not supported" in str(refusal)) == (told, True)
    assert "inside" not in str(refusal)


def test_what_a_strategy_lacks_is_told_as_it_is_sent() -> None:
    refusal = refusal_of(MissingNeed("a tournament needs a judge", "judge", "pairwise"))
    assert str(refusal) == 'a tournament needs a judge; send "judge": "pairwise" in the field ttc'
