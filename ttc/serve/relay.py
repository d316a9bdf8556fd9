"""Plain model names pass through: the client's bytes go to the server, the server's bytes come back, untouched."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from ttc.backends.retry import retry_after
from ttc.backends.wire import Usage
from ttc.budget.ledger import Lease, Need
from ttc.serve.asgi import RawHeaders, Reply
from ttc.serve.metrics import Metrics
from ttc.serve.refusals import Refusal, unpriced
from ttc.serve.settings import Settings
from ttc.serve.tenants import Headers, Tenant
from ttc.serve.usage import Tally, without_usage
from ttc.types import Cost

FORWARDED = (b"content-type", b"accept", b"x-session-id", b"x-request-id")
"""Of the client's headers; its credential and its cookies are for the gateway alone."""
RETURNED = ("Content-Type", "Content-Length", "Retry-After", "retry-after-ms", "x-request-id")
LIMITS_OF_TOKENS = ("max_tokens", "max_completion_tokens")
SPENDING = ("best_of", "n_predict", "max_new_tokens", "min_tokens", "use_beam_search", "ignore_eos")
"""Fields with which some servers generate more than max_tokens says; refused where a budget has to hold."""
LONGEST_ERROR = 65_536  # bytes


class Relay:
    """Passes requests on. Where the key has a budget, the worst case is held before and what was used is booked."""

    def __init__(self, settings: Settings, metrics: Metrics):
        self._settings, self._metrics = settings, metrics

    async def __call__(
        self, tenant: Tenant, path: str, raw: bytes, body: Mapping[str, Any], headers: Headers, reply: Reply
    ) -> None:
        """Answer one request. Raises Refusal or TimeoutError; once the reply has started they end the connection."""
        n, most = self._checked(body)
        ledger, stream, started = tenant.ledger, bool(body.get("stream")), time.monotonic()
        tally, lease, hide = Tally(stream), None, False
        if ledger.limited:
            lease = await ledger.hold(self._need(tenant, body, raw, n, most))
        try:
            if lease is not None:
                raw, hide = _capped(body, lease.tokens // n), stream and not _wants_usage(body)
            async with asyncio.timeout(self._settings.limits.seconds):
                await self._pass(tenant, path, raw, headers, reply, tally, hide)
        finally:
            used = tally.usage(len(raw)) if reply.status == 200 else Usage(0, 0, 0)
            self._book(tenant, lease, used, body, time.monotonic() - started)

    def _checked(self, body: Mapping[str, Any]) -> tuple[int, int | None]:
        """Choices, and the most tokens of each where the request says it. Raises Refusal beyond the limits."""
        limits, n = self._settings.limits, 1 if body.get("n") is None else body["n"]
        prompts = body.get("prompt")
        if isinstance(prompts, list) and any(isinstance(prompt, str | list) for prompt in prompts):
            n = n * len(prompts) if isinstance(n, int) else n  # the older completions take several prompts at once
        said = [
            ("max_tokens", value, limits.max_tokens)
            for name in LIMITS_OF_TOKENS
            if (value := body.get(name)) is not None
        ]
        for name, value, most in [("n", n, limits.n), *said]:
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise Refusal(400, f"{name} is {str(value)[:40]}; the gateway allows 1 to {most}", param=name)
        return n, max((value for _, value, _ in said), default=None)

    def _need(self, tenant: Tenant, body: Mapping[str, Any], raw: bytes, n: int, most: int | None) -> Need:
        """The worst case: half the request's bytes as prompt, and all the tokens that it may generate."""
        for name in SPENDING:
            if body.get(name):
                raise Refusal(400, f"{name} is not allowed for a key with a budget", param=name)
        prices, prompt = self._settings.prices_of(str(body["model"])), len(raw) // 2
        if prices is None and tenant.ledger.priced:
            raise unpriced()
        usd = 0.0 if prices is None else prices.usd(prompt, 0, 0) or 0.0
        each = 0.0 if prices is None else prices.usd(0, 0, 1) or 0.0
        return Need(n, n, n * (most or self._settings.max_tokens), lambda tokens: (0.0, usd + each * tokens))

    async def _pass(
        self, tenant: Tenant, path: str, raw: bytes, headers: Headers, reply: Reply, tally: Tally, hide: bool
    ) -> None:
        upstream = tenant.upstream
        sent = {name.decode(): headers[name].decode("latin-1") for name in FORWARDED if name in headers}
        sent["Accept-Encoding"] = "identity"
        try:
            async with upstream.session.post(
                upstream.base + path, data=raw, headers=sent, allow_redirects=False
            ) as response:
                if response.status >= 300:
                    await _pass_error(response, upstream.key, reply)
                    return
                await reply.start(response.status, _returned(response, keep_length=not hide))
                pending = b""
                async for chunk in response.content.iter_any():
                    tally.see(chunk)
                    shown, pending = without_usage(pending, chunk) if hide else (chunk, b"")
                    if shown:
                        await reply.write(shown)
                await reply.write(pending, more=False)
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
                raise Refusal(502, "the model server cannot be reached", code="upstream_unreachable") from None
            raise Refusal(502, "the model server dropped the connection", code="upstream_error") from None

    def _book(self, tenant: Tenant, lease: Lease | None, used: Usage, body: Mapping[str, Any], seconds: float) -> None:
        counts = used.prompt or 0, used.cached, used.output or 0
        prices = self._settings.prices_of(str(body["model"]))
        calls = 0 if lease is None else int(lease.held["calls"])
        cost = Cost(calls, *counts, seconds, None, prices.usd(*counts) if prices else None)
        if lease is not None:
            lease.settle(cost)
        self._metrics.charge(tenant.name, cost)


def _capped(body: Mapping[str, Any], each: int) -> bytes:
    """The body with the tokens that the lease covers, and with usage asked for, since the booking needs it."""
    names = [name for name in LIMITS_OF_TOKENS if body.get(name) is not None] or ["max_tokens"]
    capped = {**body, **{name: min(body.get(name) or each, each) for name in names}}
    if body.get("stream"):
        options = body.get("stream_options")
        capped["stream_options"] = {**(options if isinstance(options, Mapping) else {}), "include_usage": True}
    return json.dumps(capped).encode()


def _wants_usage(body: Mapping[str, Any]) -> bool:
    options = body.get("stream_options")
    return isinstance(options, Mapping) and bool(options.get("include_usage"))


def _returned(response: aiohttp.ClientResponse, keep_length: bool) -> RawHeaders:
    found = [(name, response.headers[name]) for name in RETURNED if name in response.headers]
    return [
        (n.lower().encode(), v.encode("latin-1", "replace")) for n, v in found if keep_length or n != "Content-Length"
    ]


async def _pass_error(response: aiohttp.ClientResponse, key: str, reply: Reply) -> None:
    """The server's own error, unless it is about the gateway's credential; and never with the credential in it."""
    if response.status in (401, 403):
        raise Refusal(502, "the model server refused the gateway's credential", code="upstream_credential")
    if response.status < 400:
        raise Refusal(502, "the model server answered with a redirection", code="upstream_error")
    said = await response.content.read(LONGEST_ERROR)
    if key:
        said = said.replace(key.encode(), b"[key]")
    headers = [(n, v) for n, v in _returned(response, keep_length=False) if n != b"retry-after"]
    wait = retry_after(response.headers)
    if wait is None and response.status == 429:
        wait = 1.0
    if wait is not None:
        headers += [pair for pair in Refusal(429, "", retry_after=wait).headers() if pair[0] == b"retry-after"]
    await reply.whole(response.status, headers, said)
