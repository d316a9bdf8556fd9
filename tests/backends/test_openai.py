"""The HTTP backend against a scripted server: plain calls, fan-out, streams, continuation."""

import asyncio
import logging

import pytest

from tests.backends.asking import ask
from tests.servers import PROMPT_TOKENS, ScriptedServer
from ttc.backends.base import Backend
from ttc.backends.openai import OpenAIBackend
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter


async def backend_for(server: ScriptedServer, **options: object) -> OpenAIBackend:
    backend = OpenAIBackend(server.url, **options)  # type: ignore[arg-type]
    await backend.prepare()
    return backend


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["generic", "vllm", "sglang"])
async def test_one_completion(kind: str, stream: bool):
    async with ScriptedServer(kind) as server:
        backend, meter = await backend_for(server), CountingMeter()
        assert isinstance(backend, Backend)
        (done,) = await backend.complete(ask(seed=5, stream=stream), meter)
        await backend.aclose()
    assert (done.text, done.finish, done.output_tokens) == ("s5 w1 w2 w3 w4 w5 w6 w7", "stop", 8)
    assert done.token_ids == ((5, 1, 2, 3, 4, 5, 6, 7) if kind == "vllm" and stream else None)
    assert (meter.calls, meter.prompt_tokens, meter.cached_tokens, meter.output_tokens) == (1, PROMPT_TOKENS, 4, 8)
    assert meter.text_by_index[0] == done.text
    assert backend.usage_mismatches == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_fan_out_is_one_request_and_seeds_go_up(stream: bool):
    async with ScriptedServer("vllm") as server:
        backend, meter = await backend_for(server), CountingMeter()
        done = await backend.complete(ask(n=5, seed=10, stream=stream), meter)
        await backend.aclose()
    assert [c.text.split()[0] for c in done] == ["s10", "s11", "s12", "s13", "s14"]
    assert len(server.bodies) == 1
    assert (meter.calls, meter.output_tokens, meter.prompt_tokens) == (5, 40, PROMPT_TOKENS)


async def test_a_server_that_refuses_n_gets_single_requests_with_the_same_seeds():
    async with ScriptedServer() as server:
        server.refuses_n = True
        backend, meter = await backend_for(server), CountingMeter(calls=8)
        first = await backend.complete(ask(n=4, seed=3), meter)
        again = await backend.complete(ask(n=4, seed=3), meter)
        await backend.aclose()
    assert [c.text.split()[0] for c in first] == ["s3", "s4", "s5", "s6"]
    assert [c.text for c in again] == [c.text for c in first]
    assert len(server.bodies) == 1 + 4 + 4  # refused once, and remembered
    assert meter.calls == 8  # the refused request is not a second call


async def test_choices_that_do_not_come_are_asked_for_again():
    async with ScriptedServer() as server:
        server.say("short")
        backend, meter = await backend_for(server), CountingMeter()
        done = await backend.complete(ask(n=3, seed=0), meter)
        await backend.aclose()
    assert [c.text.split()[0] for c in done] == ["s0", "s1", "s2"]
    assert meter.calls == 3
    assert meter.output_tokens == server.sent == 24


@pytest.mark.parametrize("kind", ["generic", "vllm"])
@pytest.mark.parametrize("stream", [False, True])
async def test_logprobs_come_only_on_request(kind: str, stream: bool):
    async with ScriptedServer(kind) as server:
        backend = await backend_for(server)
        none, sampled, top = [
            (await backend.complete(ask(logprobs=k, stream=stream), CountingMeter()))[0] for k in (None, 0, 2)
        ]
        await backend.aclose()
    assert "logprobs" not in server.bodies[0]
    assert none.logprobs is None
    assert (sampled.logprobs, sampled.top) == ((-0.5,) * 8, None)
    assert top.top == ((("alt0", -1.0), ("alt1", -2.0)),) * 8


async def test_a_text_is_continued_by_ids_over_completions_and_by_text_over_chat():
    async with ScriptedServer("vllm") as server:
        backend, meter = await backend_for(server), CountingMeter()
        await backend.complete(ask(prefix="So far", prefix_ids=(1, 2)), meter)
        (done,) = await backend.complete(ask(prefix="So far", prefix_ids=(1, 2, 3), logprobs=2), meter)
        await backend.complete(ask(prefix="So far"), meter)
        assert await backend.count(ask()) == 5
        await backend.aclose()
    by_ids, more, by_text = server.bodies
    assert by_ids["prompt"] == [100, 101, 102, 103, 104, 1, 2]
    assert more["prompt"][-3:] == [1, 2, 3]
    assert done.top is not None
    assert done.top[0] == (("a", -0.5), ("b", -1.5))
    assert by_text["messages"][-1] == {"role": "assistant", "content": "So far"}
    assert by_text["continue_final_message"] is True
    assert by_text["add_generation_prompt"] is False


async def test_a_server_without_priorities_is_asked_once():
    async with ScriptedServer("vllm") as server:
        server.refuses_priority = True
        backend, meter = await backend_for(server), CountingMeter(calls=2)
        assert backend.capabilities.priority
        for _ in range(2):
            await backend.complete(ask(priority=1), meter)
        await backend.aclose()
    assert [body.get("priority") for body in server.bodies] == [1, None, None]
    assert not backend.capabilities.priority


async def test_what_a_server_cannot_do_is_said_at_once():
    async with ScriptedServer() as server:
        backend = await backend_for(server)
        with pytest.raises(BackendError, match="cannot continue"):
            await backend.complete(ask(prefix="So far"), CountingMeter())
        with pytest.raises(BackendError, match="token ids"):
            await backend.complete(ask(prefix_ids=(1,)), CountingMeter())
        await backend.aclose()
    assert server.bodies == []


async def test_affinity_goes_into_headers():
    async with ScriptedServer() as server:
        backend = await backend_for(server)
        for affinity in ("problem/1", "problem/1", "problem/2"):
            await backend.complete(ask(affinity=affinity), CountingMeter())
        await backend.aclose()
    sessions = [headers["x-session-id"] for headers in server.headers]
    assert sessions[0] == sessions[1] != sessions[2]
    assert server.headers[0]["x-smg-routing-key"] == sessions[0]
    assert "problem" not in sessions[0]


async def test_the_key_comes_from_the_environment_and_shows_nowhere(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TOY_KEY", "sk-secret")
    async with ScriptedServer() as server:
        server.key = "sk-secret"
        backend = await backend_for(server, api_key_env="TOY_KEY")
        assert (await backend.complete(ask(), CountingMeter()))[0].text
        server.key = "another"
        with pytest.raises(BackendError, match="TOY_KEY") as caught:
            await backend.complete(ask(), CountingMeter())
        await backend.aclose()
    assert caught.value.status == 401
    for shown in (str(caught.value), repr(backend), repr(backend._channel.place), caplog.text):
        assert "sk-secret" not in shown


async def test_a_missing_key_names_the_variable_to_set(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with ScriptedServer() as server:
        server.key = "x"
        with pytest.raises(BackendError, match=r"OPENAI_API_KEY .401.: it is not set"):
            await backend_for(server)


async def test_an_unknown_model_lists_what_is_served():
    async with ScriptedServer("vllm") as server:
        with pytest.raises(BackendError, match=r"does not serve 'toyy'; it serves toy"):
            await backend_for(server, model="toyy")


async def test_an_unreachable_server_is_one_clear_sentence():
    backend = OpenAIBackend("http://127.0.0.1:9/v1")
    with pytest.raises(BackendError, match=r"cannot reach http://127.0.0.1:9/v1 .*is the server running"):
        await backend.prepare()
    await backend.aclose()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://"])
def test_a_bad_base_url_is_a_value_error(url: str):
    with pytest.raises(ValueError, match="must look like"):
        OpenAIBackend(url)


async def test_a_user_in_the_url_goes_before_a_key_in_the_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    async with ScriptedServer() as server:
        url = server.url.replace("//", "//me:word@")
        backend = OpenAIBackend(url)
        await backend.prepare()
        await backend.complete(ask(), CountingMeter())
        await backend.aclose()
    assert server.headers[0]["Authorization"].startswith("Basic ")
    with pytest.raises(ValueError, match="one of them"):
        OpenAIBackend(url, api_key="sk-mine")


def test_one_backend_serves_several_event_loops():
    backend: list[OpenAIBackend] = []

    async def once() -> str:
        async with ScriptedServer() as server:
            backend.append(await backend_for(server))
            (done,) = await backend[-1].complete(ask(), CountingMeter())
            await backend[-1].aclose()
            return done.text

    assert asyncio.run(once()) == asyncio.run(once())


async def test_concurrency_is_what_was_asked_for():
    async with ScriptedServer(latency=0.02) as server:
        backend = await backend_for(server, concurrency=7)
        await asyncio.gather(*(backend.complete(ask(), CountingMeter()) for _ in range(40)))
        await backend.aclose()
    assert server.peak == 7
    assert backend.limiter.held == 0


async def test_a_usage_that_surprises_is_noted_and_believed_where_it_is_above_the_text():
    async with ScriptedServer() as server:
        server.say("usage:0", "usage:9999")
        backend, meter = await backend_for(server), CountingMeter()
        for _ in range(2):
            await backend.complete(ask(), meter)
        await backend.aclose()
    assert backend.usage_mismatches == 2
    assert meter.output_tokens == len("s0 w1 w2 w3 w4 w5 w6 w7") // 4 + 9999  # reasoning that is not shown
