"""Keys: isolated credentials, budgets and rates that hold under concurrency, nothing secret anywhere."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.serve.test_gateway import ASKED, VOTE, error_of, post
from tests.serve.upstream import gateway, scripted
from tests.servers import ScriptedServer
from ttc.backends.base import TokenPrices
from ttc.serve.refusals import Refusal
from ttc.serve.settings import Limits, Settings, TenantConfig, read_config
from ttc.serve.tenants import Rate, Tenant
from ttc.serve.upstream import Upstream


def key(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-key"}


def tenant(name: str, **fields: Any) -> TenantConfig:
    return TenantConfig(key_sha256=hashlib.sha256(f"{name}-key".encode()).hexdigest(), **fields)


async def total(url: str, name: str, side: str) -> float:
    where = url.removesuffix("/v1") + "/metrics"
    async with aiohttp.ClientSession() as session, session.get(where, headers=key(name)) as reply:
        text = await reply.text()
    start = f'ttc_tokens_total{{key="{name}",side="{side}"}} '
    return float(next(line.removeprefix(start) for line in text.splitlines() if line.startswith(start)))


async def test_each_key_has_its_own_credential_and_no_secret_shows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("KEY_A", "secret-of-ann")
    monkeypatch.setenv("KEY_B", "secret-of-bob")
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-the-house")
    both = {"ann": tenant("ann", credential_env="KEY_A"), "bob": tenant("bob", credential_env="KEY_B")}
    said: list[bytes] = []
    async with ScriptedServer(tokens=4) as upstream, gateway(upstream, tenants=both) as url:
        for name in ("ann", "bob", "ann"):
            for body in ({"max_tokens": 4}, {"max_tokens": 4, "ttc": VOTE}):
                assert (await post(url, body, key(name)))[0] == 200
        seen = [headers["Authorization"] for headers in upstream.headers]
        assert seen == [f"Bearer secret-of-{name}" for name in ("ann", "ann", "bob", "bob", "ann", "ann")]
        upstream.key = "another"  # the server now refuses, and repeats the credential in its words
        for body in ({"max_tokens": 4}, {"max_tokens": 4, "ttc": VOTE}, {"max_tokens": 4, "ttc": VOTE, "stream": True}):
            status, _, data = await post(url, body, key("ann"))
            assert (status, error_of(data)["code"]) == (502, "upstream_credential")
            said.append(data)
        for wrong in ({}, key("eve"), {"Authorization": "Basic ann-key"}, {"Authorization": "Bearer "}):
            status, headers, data = await post(url, {"max_tokens": 4}, wrong)
            assert (status, error_of(data)["code"]) == (401, "invalid_api_key")
            assert headers["WWW-Authenticate"] == "Bearer"
            said.append(data)
        async with aiohttp.ClientSession() as session:
            for path in ("/metrics", "/v1/models"):
                async with session.get(url.removesuffix("/v1") + path) as reply:
                    assert reply.status == 401
    everything = caplog.text + "".join(capfd.readouterr()) + b"".join(said).decode()
    for secret in ("secret-of", "ann-key", "bob-key", "eve-key", "KEY_A"):
        assert secret not in everything


@pytest.mark.parametrize("stream", [False, True])
async def test_a_budget_of_tokens_holds_under_concurrency(stream: bool) -> None:
    poor = {"poor": tenant("poor", budget={"tokens": 100})}
    async with ScriptedServer(tokens=8, pace=0.005) as upstream, gateway(upstream, tenants=poor) as url:
        bodies = [{"max_tokens": 8, "stream": stream}, {"max_tokens": 8, "stream": stream, "ttc": VOTE}] * 15
        replies = await asyncio.gather(*(post(url, body, key("poor")) for body in bodies))
        assert upstream.sent <= 100
        refused = [reply for reply in replies if reply[0] == 429]
        assert refused
        assert {error_of(data)["code"] for _, _, data in refused} == {"insufficient_quota"}
        assert {status for status, _, _ in replies} <= {200, 429}
        assert upstream.sent > 60  # and it can be spent
        assert await total(url, "poor", "output") == upstream.sent


async def test_a_budget_in_dollars_counts_prompts_and_needs_prices() -> None:
    rich = {"rich": tenant("rich", budget={"usd": 0.0005})}
    prices = {"toy": TokenPrices(prompt=10.0, output=20.0)}
    async with ScriptedServer(tokens=8) as upstream, gateway(upstream, tenants=rich, prices=prices) as url:
        replies = await asyncio.gather(*(post(url, {"max_tokens": 8}, key("rich")) for _ in range(20)))
        used = await total(url, "rich", "prompt") * 10e-6 + await total(url, "rich", "output") * 20e-6
        assert 0 < used <= 0.0005
        assert {status for status, _, _ in replies} == {200, 429}
    async with ScriptedServer(tokens=8) as upstream, gateway(upstream, tenants=rich) as url:
        for body in ({"max_tokens": 8}, {"max_tokens": 8, "ttc": VOTE}):
            status, _, data = await post(url, body, key("rich"))
            assert status == 400
            assert "prices" in error_of(data)["message"]
        assert upstream.sent == 0


async def test_with_a_budget_usage_is_asked_for_and_hidden_again_and_tokens_are_capped() -> None:
    poor = {"poor": tenant("poor", budget={"tokens": 30})}
    async with scripted({"content": "hi"}) as upstream, gateway(upstream, tenants=poor, max_tokens=25) as url:
        _, _, data = await post(url, {"stream": True}, key("poor"))
        assert b'"usage"' not in data
        assert data.endswith(b"data: [DONE]\n\n")
        assert (upstream.bodies[0]["max_tokens"], upstream.bodies[0]["stream_options"]["include_usage"]) == (25, True)
        assert await total(url, "poor", "output") == 20  # as the server said
        _, _, data = await post(url, {"stream": True, "stream_options": {"include_usage": True}}, key("poor"))
        assert b'"usage"' in data
        assert upstream.bodies[1]["max_tokens"] == 10  # what was left
        status, _, data = await post(url, {"max_tokens": 1, "best_of": 5}, key("poor"))
        assert status in (400, 429)


async def test_several_prompts_in_one_request_are_several_calls() -> None:
    few = {"few": tenant("few", budget={"calls": 3, "tokens": 1000})}
    async with ScriptedServer(tokens=4) as upstream, gateway(upstream, tenants=few, limits=Limits(n=4)) as url:
        for prompts, status in ((["a"] * 5, 400), (["a"] * 4, 429), ([[1], [2]], 200), ([1, 2], 200), ("a", 429)):
            got, _, _ = await post(url, {"prompt": prompts, "max_tokens": 4}, key("few"), "/completions")
            assert got == status, prompts
        assert len(upstream.bodies) == 2


async def test_what_a_client_used_before_it_hung_up_is_charged() -> None:
    poor = {"poor": tenant("poor", budget={"tokens": 1000})}
    async with ScriptedServer(tokens=100, pace=0.02) as upstream, gateway(upstream, tenants=poor) as url:
        async with aiohttp.ClientSession() as session:
            body = {"model": "toy", "messages": ASKED, "stream": True, "max_tokens": 100}
            async with session.post(f"{url}/chat/completions", json=body, headers=key("poor")) as reply:
                await reply.content.readany()
                await asyncio.sleep(0.3)
                reply.close()
        await asyncio.sleep(0.3)
        assert upstream.aborted
        used = await total(url, "poor", "output")
        assert 5 <= used <= 30
        assert await total(url, "poor", "prompt") > 0


async def test_rates_and_places_hold_under_concurrency() -> None:
    few = {"slow": tenant("slow", requests_per_minute=5), "one": tenant("one", at_once=1)}
    async with ScriptedServer(tokens=4, latency=0.2) as upstream, gateway(upstream, tenants=few) as url:
        slow = await asyncio.gather(*(post(url, {"max_tokens": 4}, key("slow")) for _ in range(12)))
        assert sum(status == 200 for status, _, _ in slow) == 5  # those of a minute may come at once
        refused = [headers for status, headers, _ in slow if status == 429]
        assert {headers["Retry-After"] for headers in refused} == {"12"}
        one = await asyncio.gather(*(post(url, {"max_tokens": 4}, key("one")) for _ in range(4)))
        assert sorted(status for status, _, _ in one) == [200, 429, 429, 429]
        assert (await post(url, {"max_tokens": 4}, key("one")))[0] == 200


def test_a_rate_refills_with_time() -> None:
    now = [0.0]
    rate = Rate(60, lambda: now[0])
    assert [rate.take() for _ in range(61)] == [0.0] * 60 + [1.0]
    now[0] = 1.0
    assert rate.take() == 0.0
    now[0] = 1000.0
    assert [rate.take() for _ in range(61)] == [0.0] * 60 + [1.0]  # no more than the burst is saved up


def test_ten_a_minute_take_ten_quick_requests_and_ten_a_minute_in_the_long_run() -> None:
    now = [0.0]
    rate = Rate(10, lambda: now[0])
    assert [rate.take() for _ in range(11)] == [0.0] * 10 + [6.0]
    taken = 0
    for second in range(1, 601):
        now[0] = float(second)
        taken += rate.take() == 0.0
    assert 99 <= taken <= 100  # of ten minutes


def test_a_budget_starts_anew_in_its_next_window() -> None:
    now = [0.0]
    settings = Settings(base_url="http://127.0.0.1:9")
    limited = Tenant(
        "t", tenant("t", budget={"calls": 1}, every_hours=1), Upstream(settings, ""), lambda: now[0]
    )  # fmt: skip
    with limited.admitted():
        limited.ledger.cost = limited.ledger.cost.__class__(calls=1)
    now[0] = 1800.0
    with pytest.raises(Refusal) as caught, limited.admitted():
        pass
    assert caught.value.retry_after == 1800.0
    now[0] = 3600.0
    with limited.admitted():
        assert limited.ledger.left("calls") == 1
    assert limited.in_flight == 0


# ---- settings -----------------------------------------------------------------------------------------------------


def test_beyond_loopback_keys_are_required() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "gateway.example"):
        with pytest.raises(ValueError, match="without a key"):
            Settings(host=host)
        Settings(host=host, tenants={"a": tenant("a")})
    for host in ("127.0.0.1", "localhost", "::1", "127.9.9.9"):
        Settings(host=host)


def test_a_missing_credential_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match="NO_SUCH_KEY"):
        Settings(tenants={"a": tenant("a", credential_env="NO_SUCH_KEY")})


async def test_without_keys_web_pages_are_refused() -> None:
    async with scripted({"content": "x"}) as upstream, gateway(upstream) as url:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            status, _, data = await post(url, {}, headers)
            assert (status, error_of(data)["type"]) == (403, "permission_error")
        assert (await post(url, {}, {"Origin": "http://localhost:3000"}))[0] == 200
    assert len(upstream.raw) == 1


CONFIG = """
[limits]
max_tokens = 100

[prices."org/model"]
prompt = 1
output = 2

[tenants.ann]
key_sha256 = "%s"
requests_per_minute = 60
budget = { tokens = 1000, usd = 0.5 }
"""


def test_a_configuration_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG % ("a" * 64))
    settings = Settings(base_url="http://x", host="0.0.0.0", **read_config(path))
    assert settings.limits.max_tokens == 100
    assert settings.prices_of("org/model") == TokenPrices(1.0, 2.0)
    assert settings.tenants["ann"].limits().tokens == 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CONFIG % "A-plain-key", "tenants.ann.key_sha256"),
        ("[limits]\nspeed = 1", "limits.speed"),
        ("[limits]\nn = 0", "limits.n"),
        ("x", "gateway.toml"),
        (CONFIG % ("a" * 64) + f'[tenants.bob]\nkey_sha256 = "{"a" * 64}"', "same key"),
    ],
)
def test_a_bad_configuration_names_the_field_and_shows_no_value(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        read_config(path)
    assert words in str(caught.value)
    assert "A-plain-key" not in str(caught.value)


async def test_nothing_in_a_request_or_a_candidate_becomes_a_header() -> None:
    evil = "x\r\nSet-Cookie: a=1\r\n\r\n<html>"
    async with scripted({"content": evil, "reasoning_content": evil}) as upstream, gateway(upstream) as url:
        for body in (
            {"model": f"ttc/auto:{evil}", "ttc": {"knobs": {"n": 1}}},
            {"model": evil},
            {"user": evil, "ttc": {"strategy": evil}},
            {"ttc": {"knobs": {evil: 1}}},
        ):
            _, headers, data = await post(url, body)
            assert set(headers) <= {"date", "Content-Type", "Content-Length", "Transfer-Encoding", "Date"}
            json.loads(data)
        for seen in upstream.seen:
            assert "Set-Cookie" not in seen


@pytest.mark.parametrize(("amount", "words"), [("inf", "tokens is inf"), ("1.5", "whole number")])
def test_a_key_budget_that_is_no_amount_is_told_at_the_start(tmp_path: Path, amount: str, words: str) -> None:
    """TOML knows inf: it was an OverflowError; and 1.5 tokens were silently 1."""
    path = tmp_path / "gateway.toml"
    path.write_text(f'[tenants.ann]\nkey_sha256 = "{"a" * 64}"\nbudget = {{ tokens = {amount} }}')
    with pytest.raises(ValueError, match=words):
        Settings(base_url="http://x", **read_config(path))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_told_at_the_start(port: int) -> None:
    """It was an OverflowError of the socket."""
    with pytest.raises(ValueError, match=f"port is {port}"):
        Settings(port=port)
