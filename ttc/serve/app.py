"""The gateway as an ASGI application: routes, admission, and what to do when something goes wrong."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ttc.backends.base import Backend
from ttc.connect import connect
from ttc.serve.asgi import Disconnected, Receive, Reply, Scope, Send, read_body, unless_disconnected
from ttc.serve.job import job_of
from ttc.serve.metrics import Metrics
from ttc.serve.refusals import LOG, Refusal, refusal_of
from ttc.serve.relay import Relay
from ttc.serve.request_options import PREFIX, options_of
from ttc.serve.settings import Settings
from ttc.serve.strategy_runs import StrategyRuns
from ttc.serve.tenants import Headers, Tenant, Tenants
from ttc.serve.upstream import Upstream

OFFERED = ("auto", "self_consistency", "tournament")
"""Strategies that the list of models names for each model; all others can be asked for as well."""


WHOLE_NUMBERS = frozenset((
    "n", "max_tokens", "max_completion_tokens", "seed", "top_k", "top_logprobs", "best_of", "min_tokens",
))  # fmt: skip
"""Fields that some clients write as 512.0."""
COMPLETIONS = ("/v1/chat/completions", "/v1/completions")


class Gateway:
    """Everything behind the routes. `async with` opens it: the embedded model, if there is one, is loaded then."""

    def __init__(self, settings: Settings):
        self.settings, self.metrics = settings, Metrics()
        self.relay, self.runs = Relay(settings, self.metrics), StrategyRuns(settings, self.metrics)
        self.tenants: Tenants
        self._embedded: Backend | None = None

    async def __aenter__(self) -> Gateway:
        if self.settings.base_url is None:
            source = None if self.settings.gguf is None else Path(self.settings.gguf)
            self._embedded = await connect(source, prices=self.settings.prices_of(None))
        self.tenants = Tenants(self.settings, lambda env: Upstream(self.settings, env, self._embedded))
        if why := await self._upstream().ailing():
            LOG.warning("ttc: %s; requests fail until it answers", why)
        return self

    async def __aexit__(self, *_: object) -> None:
        for tenant in self.tenants:
            await tenant.upstream.aclose()
        if self._embedded is not None:
            await self._embedded.aclose()

    async def completions(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /v1/chat/completions and /v1/completions, as ASGI: what passes through must stay cheap."""
        reply, started, self.metrics.in_flight = Reply(send), time.monotonic(), self.metrics.in_flight + 1
        path = "none"
        try:
            headers = dict(scope["headers"])
            tenant = self.tenants.of(headers)
            if self.metrics.in_flight > self.settings.limits.in_flight:
                raise Refusal(429, "the gateway is full; try again soon", code="overloaded", retry_after=1.0)
            with tenant.admitted():
                raw = await read_body(scope, receive, self.settings.limits)
                body = _parsed(raw)
                options, model = options_of(body, headers.get(b"x-ttc"), self.settings.limits)
                path = "plain" if options is None else options.strategy
                if options is None:
                    work = self.relay(tenant, scope["path"].removeprefix("/v1"), raw, body, headers, reply)
                else:
                    _only_chats(scope["path"])
                    work = self.runs(job_of(body, options, model, self.settings), tenant, reply)
                await unless_disconnected(receive, work)
        except Disconnected:
            self.metrics.add("ttc_disconnects_total")
        except Exception as error:
            await self._refuse(error, reply)
        finally:
            self.metrics.in_flight -= 1
            self.metrics.add("ttc_requests_total", path=path, status=str(reply.status))
            self.metrics.took(time.monotonic() - started, path)

    async def _refuse(self, error: Exception, reply: Reply) -> None:
        """Say what went wrong; a reply that has begun is broken off, so that it is not taken for whole."""
        refusal = refusal_of(error)
        if not reply.started:
            await reply.whole(refusal.status, refusal.headers(), refusal.body())

    async def models(self, request: Request) -> Response:
        """GET /v1/models: the server's list, and each model once more under a few strategies."""
        listed = await self._listed(self._tenant(request))
        more = [
            {"id": f"ttc/{strategy}:{entry.get('id')}", "object": "model", "owned_by": "ttc"}
            for entry in listed
            for strategy in OFFERED
        ]
        return _json({"object": "list", "data": listed + more})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/NAME: the entry of one model, also under a strategy: ttc/STRATEGY@BUDGET:MODEL."""
        name, tenant = str(request.path_params["name"]), self._tenant(request)
        plain = options_of({"model": name}, None, self.settings.limits)[1] if name.startswith(PREFIX) else name
        for entry in await self._listed(tenant):
            if plain in (None, entry.get("id")):
                return _json(entry if plain == name else {"id": name, "object": "model", "owned_by": "ttc"})
        raise Refusal(404, f"the model {name[:100]!r} does not exist", code="model_not_found", param="model")

    async def _listed(self, tenant: Tenant) -> list[dict[str, Any]]:
        """The entries of the server's own list."""
        url = f"{tenant.upstream.base}/models"
        try:
            async with tenant.upstream.session.get(
                url, timeout=aiohttp.ClientTimeout(30), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise Refusal(502, f"the model server answered {response.status}", code="upstream_error")
                listed = [dict(entry) for entry in (await response.json(content_type=None))["data"]]
        except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError):
            raise Refusal(502, "the model server gave no list of models", code="upstream_error") from None
        if self._embedded is not None:
            listed = [{"id": self._embedded.model, "object": "model", "owned_by": "ttc"}]
        return listed

    async def health(self, request: Request) -> Response:
        """GET /health: 200 while the model server answers, else 503. It needs no key, and tells no addresses."""
        well = not await self._upstream().ailing()
        status = "ok" if well else "the model server does not answer"
        return _json({"status": status, "in_flight": self.metrics.in_flight}, 200 if well else 503)

    def _upstream(self) -> Upstream:
        """The way to the model server that is looked at: that of the first key."""
        return next(iter(self.tenants)).upstream

    async def read_metrics(self, request: Request) -> Response:
        """GET /metrics, for Prometheus; with keys, it needs one of them."""
        self._tenant(request)
        return PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4")

    def _tenant(self, request: Request) -> Tenant:
        headers: Headers = dict(request.scope["headers"])
        return self.tenants.of(headers)


class App:
    """The ASGI application of a gateway: completions go straight to it, all else through Starlette.

    The detour would cost a plain request a tenth of what it costs in all. The lifespan opens and closes connections.
    """

    def __init__(self, settings: Settings):
        self.gateway = gateway = Gateway(settings)

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            async with gateway:
                yield

        self._rest = Starlette(
            routes=[
                Route("/v1/models", gateway.models),
                Route("/v1/models/{name:path}", gateway.model),
                Route("/health", gateway.health),
                Route("/metrics", gateway.read_metrics),
            ],
            exception_handlers={Refusal: _say, 404: _unknown, 405: _unknown, 500: _say},
            lifespan=lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or open and close the gateway. A slash at the end of a path makes no difference."""
        if scope["type"] == "http" and len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/")}
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in COMPLETIONS:
            await self.gateway.completions(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


async def _say(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    return Response(refusal.body(), refusal.status, {k.decode(): v.decode() for k, v in refusal.headers()})


async def _unknown(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return await _say(request, Refusal(status, f"there is no {request.method} {request.url.path[:100]} here"))


def _json(found: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(found), status, media_type="application/json")


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object")
    return body | {
        name: int(value)
        for name, value in body.items()
        if name in WHOLE_NUMBERS and isinstance(value, float) and value.is_integer()
    }


def _only_chats(path: str) -> None:
    if path != COMPLETIONS[0]:
        raise Refusal(400, "a strategy needs /v1/chat/completions", param="model")
