"""Replies of a wrong shape: each is a BackendError, and what it says of itself gives nothing back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.backends.asking import ask
from tests.backends.test_odd_servers import DONE, complete, event, reply, says, served, streams
from ttc.backends.base import TokenPrices
from ttc.backends.openai import OpenAIBackend
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.trace import Trace
from ttc.errors import BackendError
from ttc.measure.server_metrics import Limits, read_limits
from ttc.testing.meters import CountingMeter

# ---- replies of a wrong shape ----------------------------------------------------------------------------------------

DEEP: Any = 0
for _ in range(200):
    DEEP = [DEEP]
WRONG: list[Any] = [
    {"choices": ["x"]},
    {"choices": [None, 7]},
    {"choices": 7},
    {"choices": {"a": 1}},
    {"choices": [{"message": "x"}]},
    {"choices": [{"message": {"content": 7}}]},
    {"choices": [{"message": {"content": [{"text": 7}]}}]},
    {"choices": [{"message": {"content": "a"}, "index": "x"}]},
    {"choices": [{"message": {"content": "a"}, "index": -1}]},
    {"choices": [{"message": {"content": "a"}, "index": 1e400}]},
    {"choices": [{"message": {"content": "a"}, "finish_reason": {}}]},
    {"choices": [{"message": {"content": "a"}, "finish_reason": "stop", "token_ids": ["x"]}]},
    {"choices": [{"message": {"content": "a", "tool_calls": ["x"]}, "finish_reason": "stop"}]},
    {"choices": [{"message": {"content": "a", "tool_calls": [{"function": "x"}]}, "finish_reason": "stop"}]},
    {"choices": [{"message": {"content": "a", "reasoning": DEEP}, "finish_reason": "stop"}]},
    {"choices": [{"message": {"content": "a", "audio": DEEP}, "finish_reason": "stop"}]},
    {"error": DEEP},
    {"error": {"message": json.loads("[" * 900 + "]" * 900)}},
    {"error": {"code": "²²²", "message": 7}},
    {"error": {"code": 10**400}},
]
BAD_LOGPROBS: list[Any] = [
    {"content": ["x"]},
    {"content": [{"token": "a"}]},
    {"content": [{"token": "a", "logprob": "x"}]},
    {"content": [{"token": "a", "logprob": float("nan")}]},
    {"content": [{"token": "a", "logprob": -1, "top_logprobs": [{"token": 7, "logprob": -1}]}]},
    {"token_logprobs": 7},
    {"token_logprobs": [-1], "top_logprobs": [7]},
]


@pytest.mark.parametrize("body", WRONG, ids=lambda body: json.dumps(body)[:60])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_reply_of_a_wrong_shape_is_a_backend_error(body: Any, stream: bool) -> None:
    with pytest.raises(BackendError) as caught:
        await complete(says(body), stream=stream)
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("found", BAD_LOGPROBS, ids=json.dumps)
async def test_bad_log_probabilities_are_a_backend_error(found: Any) -> None:
    with pytest.raises(BackendError, match="wrong shape"):
        await complete(says(reply("4", logprobs=found)), logprobs=2)


async def test_log_probabilities_are_never_above_nothing() -> None:
    content = [{"token": "a", "logprob": 1e5, "top_logprobs": [{"token": "a", "logprob": -1e999}]}]
    done = await complete(says(reply("4", logprobs={"content": content})), logprobs=1)
    assert (done.logprobs, done.top) == ((0.0,), ((("a", -9999.0),),))


async def test_a_wrong_shape_is_tried_again_and_charged_by_its_size() -> None:
    bodies: list[Any] = [{"choices": ["x" * 400]}, reply("42")]

    async def answered(_: web.Request) -> web.StreamResponse:
        return web.json_response(bodies.pop(0))

    meter = CountingMeter()
    done = await complete(answered, meter, retries=1, max_tokens=200)
    assert done.text == "42"
    assert 100 <= meter.output_tokens <= 120


async def test_halves_of_signs_do_no_harm() -> None:
    raw = '{"choices": [{"message": {"content": "a\\ud83d", "reasoning": "\\ude00"}, "finish_reason": "stop"}]}'
    done = await complete(lambda _: _text(raw))
    assert done.text == "a\N{REPLACEMENT CHARACTER}"
    assert done.message is not None
    json.dumps(done.message, ensure_ascii=False).encode()


async def _text(raw: str) -> web.StreamResponse:
    return web.Response(text=raw, content_type="application/json")


@pytest.mark.parametrize(
    "models", [["x"], {"data": 7}, {"data": [7]}, {"data": ["toy"]}, {"data": [{"id": {}}]}, {"data": {"a": 1}}]
)
async def test_an_odd_list_of_models_is_read_or_a_backend_error(models: Any) -> None:
    try:
        done = await complete(says(reply("42")), models=models)
    except BackendError:
        return
    assert done.text == "42"


@pytest.mark.parametrize("length", ["4096", 4096.0, "x", -1, 1e400, True, None, [7]])
async def test_a_context_of_an_odd_type_is_read_or_unknown(length: Any) -> None:
    async with served(says(reply("42")), {"data": [{"id": "toy", "max_model_len": length}]}) as url:
        backend = OpenAIBackend(url, retries=0)
        await backend.prepare()
        assert backend.capabilities.context == (4096 if str(length).startswith("4096") else None)
        await backend.complete(ask(), CountingMeter())
        await backend.aclose()


@pytest.mark.parametrize("tokens", [7, None, ["x"], {"a": 1}, [-1], "12"])
async def test_an_odd_tokenise_reply_is_a_backend_error(tokens: Any) -> None:
    async with routed({"/tokenize": {"tokens": tokens}}, owner="vllm") as url:
        backend = OpenAIBackend(url, retries=0)
        await backend.prepare()
        if tokens is None:
            assert await backend.count(ask()) == 0
        else:
            with pytest.raises(BackendError):
                await backend.count(ask())
        await backend.aclose()


@pytest.mark.parametrize(
    "page", [b"sglang:max_total_num_tokens nan\n", b"sglang:max_total_num_tokens 1e999\n", b"\xff"]
)
async def test_metrics_that_are_no_numbers_say_nothing(page: bytes) -> None:
    async with routed({"/metrics": page}) as url:
        assert await read_limits(url) == Limits()


@asynccontextmanager
async def routed(pages: dict[str, Any], owner: str = "x") -> AsyncIterator[str]:
    """The base URL of a server with these pages."""

    async def page(request: web.Request) -> web.StreamResponse:
        found = pages.get(request.path)
        if request.path == "/v1/models":
            found = {"data": [{"id": "toy", "owned_by": owner}]}
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found) if isinstance(found, bytes) else web.json_response(found)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("body", WRONG[:14], ids=lambda body: json.dumps(body)[:60])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_users_client_gives_backend_errors_too(body: Any, stream: bool) -> None:
    openai = pytest.importorskip("openai")
    from ttc.backends.client import ClientBackend  # the extra may be missing

    sent = streams(body, DONE) if stream else says(body)
    async with served(sent) as url:
        client = openai.AsyncOpenAI(base_url=url + "/v1", api_key="a-key")
        backend = ClientBackend(client, "toy", retries=0)
        await backend.prepare()
        with pytest.raises(BackendError):
            await backend.complete(ask(stream=stream), CountingMeter())
        await client.close()


# ---- usage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("logprobs", [None, 0])
async def test_usage_above_max_tokens_is_charged(stream: bool, logprobs: int | None) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 5000}
    places = {"content": [{"token": "42", "logprob": -0.5}]}
    events = streams({**event("42", "stop"), "usage": usage}, DONE)
    whole = says(reply("42", logprobs=places) | {"usage": usage})
    meter = CountingMeter()
    done = await complete(events if stream else whole, meter, stream=stream, max_tokens=100, logprobs=logprobs)
    assert done.output_tokens == meter.output_tokens == 5000


async def test_reasoning_that_only_the_total_counts_is_charged() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 5014}
    meter = CountingMeter()
    await complete(says(reply("42") | {"usage": usage}), meter)
    assert meter.output_tokens == 5005


@pytest.mark.parametrize("bad", [-(10**6), -1.5, float("nan"), 1e400, 10**400, "x", [], {}, True, "9" * 5000])
@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens", "cached_tokens", "total_tokens"])
async def test_usage_that_is_no_count_gives_nothing_back(name: str, bad: Any) -> None:
    usage: dict[str, Any] = {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50}
    usage |= {"prompt_tokens_details": {"cached_tokens": bad}} if name == "cached_tokens" else {name: bad}
    meter = CountingMeter()
    done = await complete(says(reply("42 and so on, to the end") | {"usage": usage}), meter)
    assert done.text.startswith("42")
    assert meter.output_tokens > 0
    assert meter.prompt_tokens >= 30
    assert meter.cached_tokens == 0


async def test_more_cached_than_there_is_costs_no_less_than_all_cached() -> None:
    usage = {"prompt_tokens": 40, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 10**9}}
    meter = CountingMeter()
    await complete(says(reply("42") | {"usage": usage}), meter)
    assert (meter.prompt_tokens, meter.cached_tokens) == (40, 40)


class Failing:
    """Prices that cannot be told for calls that were made."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        if cached or not prompt:
            raise ValueError("no price")
        return output / 1000

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        return None


async def test_a_lease_is_settled_though_the_price_cannot_be_told() -> None:
    class Odd(SimulatedBackend):
        async def complete(self, request: Any, meter: Any) -> Any:
            meter.attempt()
            return []

    backend = Odd()
    backend.pricing = Failing()  # type: ignore[misc, assignment]
    door, ledger = Door(backend, Trace()), Ledger(Budget(tokens=10**6, usd=1.0))
    with pytest.raises(ValueError, match="no price"):
        await door.ask(ledger, ask(max_tokens=100))
    assert ledger._leases == 0
    assert ledger.left("tokens") == 10**6
    assert ledger.left("usd") == pytest.approx(0.9)  # all that was held: what it cost is not known


async def test_a_backend_that_counts_wrongly_cannot_make_money() -> None:
    class Odd(SimulatedBackend):
        async def complete(self, request: Any, meter: Any) -> Any:
            meter.attempt()
            meter.prompt(-1000, -5)
            meter.prompt(10, 10**6)
            return []

    backend = Odd()
    backend.pricing = TokenPrices(prompt=1.0, output=1.0, cached=0.5)  # type: ignore[misc]
    door, ledger = Door(backend, Trace()), Ledger(Budget(usd=1.0))
    await door.ask(ledger, ask(max_tokens=100))
    assert ledger.cost.usd == pytest.approx(5e-6)
