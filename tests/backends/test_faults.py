"""Each fault is retried or surfaces as one clear error; every token is charged; no finished answer is lost."""

import asyncio

import pytest

from tests.backends.asking import ask
from tests.servers import PROMPT_TOKENS, ScriptedServer
from ttc.backends.openai import OpenAIBackend
from ttc.backends.retry import Backoff
from ttc.backends.transport import Patience
from ttc.errors import BackendError, BudgetExhausted
from ttc.testing.meters import CountingMeter

WHOLE = "s0 w1 w2 w3 w4 w5 w6 w7"


class Noted(Backoff):
    """Notes the pauses that it asks for."""

    def __init__(self, retries: int, first: float):
        super().__init__(retries, first)
        object.__setattr__(self, "pauses", [])

    def pause(self, error: BackendError, attempt: int) -> float:
        self.pauses.append(super().pause(error, attempt))
        return self.pauses[-1]


@pytest.fixture(params=["generic", "vllm"])
async def server(request: pytest.FixtureRequest):
    async with ScriptedServer(request.param) as server:
        yield server


@pytest.fixture
async def backend(server: ScriptedServer):
    backend = OpenAIBackend(server.url, patience=Patience(between=0.15, first=5))
    backend._backoff = Noted(4, first=0.01)
    await backend.prepare()
    yield backend
    await backend.aclose()
    assert backend.limiter.held == 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["429:0.05", "429", "500", "503", "408", "409", "reset"])
async def test_what_fails_before_an_answer_is_retried(backend, server, fault: str, stream: bool):
    server.say(fault, fault)
    meter = CountingMeter()
    (done,) = await backend.complete(ask(stream=stream), meter)
    assert (done.text, done.finish) == (WHOLE, "stop")
    assert meter.calls == len(server.bodies) == 3
    assert meter.output_tokens == 8
    if fault == "429:0.05":
        assert backend._backoff.pauses == [0.05, 0.05]
    if fault != "reset":  # a refusal costs no prompt; after a reset the server may have read it
        assert meter.prompt_tokens == PROMPT_TOKENS


@pytest.mark.parametrize("fault", ["reset-mid", "truncate", "badjson", "error", "silence"])
async def test_a_stream_that_breaks_is_charged_and_retried(backend, server, fault: str):
    server.say(fault)
    meter = CountingMeter()
    (done,) = await backend.complete(ask(stream=True), meter)
    assert done.text == WHOLE
    assert done.output_tokens == 8
    arrived = 2 if fault == "silence" else 3
    assert (meter.calls, meter.output_tokens) == (2, 8 + arrived)
    assert meter.output_tokens == server.sent
    assert meter.prompt_tokens >= 2 * PROMPT_TOKENS  # both prompts were read; the first is an upper estimate
    await asyncio.sleep(0.1)
    assert server.in_flight == 0


async def test_a_plain_reply_that_is_not_json_is_charged_by_its_size(backend, server):
    server.say("badjson")
    meter = CountingMeter()
    (done,) = await backend.complete(ask(max_tokens=200), meter)
    assert done.text == WHOLE
    assert meter.output_tokens == 8 + (len('{"choices": [') + 400) // 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_lasting_refusal_surfaces_at_once(backend, server, status: int):
    server.say(str(status))
    meter = CountingMeter()
    with pytest.raises(BackendError) as caught:
        await backend.complete(ask(), meter)
    assert caught.value.status == status
    assert not caught.value.retryable
    assert "\n" not in str(caught.value)
    assert (len(server.bodies), meter.calls, meter.output_tokens, meter.prompt_tokens) == (1, 1, 0, 0)


async def test_when_retries_end_the_last_error_surfaces(backend, server):
    server.say(*["503"] * 5)
    meter = CountingMeter()
    with pytest.raises(BackendError, match=r"answered 503: as scripted \(gave up after 5 attempts\)") as caught:
        await backend.complete(ask(), meter)
    assert caught.value.retryable
    assert meter.calls == 5


async def test_too_long_a_wait_surfaces_with_its_length(backend, server):
    server.say("429:3600")
    with pytest.raises(BackendError) as caught:
        await backend.complete(ask(), CountingMeter())
    assert caught.value.retry_after == 3600
    assert len(server.bodies) == 1


async def test_a_retry_may_cost_no_more_than_what_is_left(backend, server):
    server.say("reset-mid")
    meter = CountingMeter(tokens=8)
    (done,) = await backend.complete(ask(stream=True, max_tokens=8), meter)
    assert server.bodies[1]["max_tokens"] == 5
    assert done.output_tokens == 5
    assert meter.output_tokens == 8


async def test_without_a_call_or_token_left_there_is_no_retry(backend, server):
    server.say("500", "reset-mid")
    with pytest.raises(BudgetExhausted):
        await backend.complete(ask(), CountingMeter(calls=1))
    with pytest.raises(BudgetExhausted):
        await backend.complete(ask(stream=True, max_tokens=8), CountingMeter(tokens=3))
    assert len(server.bodies) == 2


def first_is_short(body: dict, index: int) -> list[str]:
    return [f"s{body['seed'] + index}"] + [" w1"] * (1 if index == 0 else 7)


async def test_what_has_ended_in_a_broken_stream_is_kept(backend, server):
    server.words = first_is_short
    server.say("reset-mid")
    meter = CountingMeter()
    done = await backend.complete(ask(n=3, stream=True, seed=7), meter)
    assert [c.text.split()[0] for c in done] == ["s7", "s8", "s9"]
    assert [body.get("n", 1) for body in server.bodies] == [3, 1, 1]  # only what was missing, by its own seed
    assert sorted(body["seed"] for body in server.bodies[1:]) == [8, 9]
    assert meter.calls == 5


async def test_one_that_fails_for_good_does_not_take_the_others_with_it(backend, server):
    server.words = first_is_short
    server.say("reset-mid", "400")
    done = await backend.complete(ask(n=2, stream=True, seed=7), CountingMeter())
    assert [c.finish for c in done] == ["stop", "cancelled"]
    assert done[0].text == "s7 w1"


@pytest.mark.parametrize("n", [1, 3])
async def test_a_server_that_miscounts_is_noted(backend, server, n: int):
    server.say("usage:1")
    meter = CountingMeter()
    await backend.complete(ask(n=n, stream=True), meter)
    assert meter.output_tokens == 8 * n
    assert backend.usage_mismatches == 1


async def test_tokens_that_a_server_counts_beyond_the_deltas_are_charged(backend, server):
    server.say("usage:20")
    meter = CountingMeter()
    (done,) = await backend.complete(ask(stream=True), meter)
    assert done.output_tokens == meter.output_tokens == 20


async def test_usage_of_one_choice_for_all_is_not_believed():
    async with ScriptedServer() as server:
        server.say("usage:6")  # as llama.cpp does for n > 1; 8 words of 3 bytes each, four times
        backend = OpenAIBackend(server.url)
        await backend.prepare()
        meter = CountingMeter()
        await backend.complete(ask(n=4), meter)
        await backend.aclose()
    assert meter.output_tokens >= 20
    assert backend.usage_mismatches == 1


async def test_a_stopped_completion_of_several_is_charged_on_and_the_others_end(backend, server):
    server.pace = 0.002
    meter = CountingMeter(watch=lambda index, delta: index != 1 or meter.output_by_index[1] < 3)
    done = await backend.complete(ask(n=3, stream=True), meter)
    assert [c.finish for c in done] == ["stop", "stopped", "stop"]
    assert done[1].text == "s1 w1 w2"
    assert meter.output_by_index[1] == 8  # it was generated all the same
    meter = CountingMeter(watch=lambda index, delta: meter.output_by_index[index] < 3)
    done = await backend.complete(ask(n=2, stream=True), meter)
    assert [c.text for c in done] == ["s0 w1 w2", "s1 w1 w2"]
    await asyncio.sleep(0.2)
    assert server.in_flight == 0
