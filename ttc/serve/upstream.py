"""The way to the model server with one credential: raw connections for what passes through, backends for strategies."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from ttc.backends.base import Backend, Reachable
from ttc.connect import connect
from ttc.serve.refusals import Refusal
from ttc.serve.settings import Settings

MOST_MODELS = 64
LOOK_SECONDS = 5.0
"""How long a look at the model server may take, and how long what it saw is believed."""


class Upstream:
    """One credential's connections. `embedded` is the model in this process that all share, if there is no server."""

    def __init__(self, settings: Settings, credential_env: str, embedded: Backend | None = None):
        self._settings, self._env, self._embedded = settings, credential_env, embedded
        url = embedded.url if isinstance(embedded, Reachable) else str(settings.base_url) if embedded is None else ""
        self.base = url if URL(url).path.strip("/") else url.rstrip("/") + "/v1"
        self.key = os.environ.get(credential_env, "") if embedded is None else ""
        self._session: aiohttp.ClientSession | None = None
        self._backends: dict[str | None, asyncio.Task[Backend]] = {}
        self._look: asyncio.Task[str] | None = None
        self._looked_at = -math.inf

    @property
    def session(self) -> aiohttp.ClientSession:
        """Connections for raw requests, with this credential and no other."""
        if self._session is None:
            # llama.cpp may drop an idle connection just as a request comes; other servers hang up after 5 s
            local = self._embedded is not None
            reuse: Mapping[str, Any] = {"force_close": True} if local else {"keepalive_timeout": 4.0}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, **reuse),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=30.0),
                headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent",),
            )
        return self._session

    async def ailing(self) -> str:
        """Why the model server is not there, in words; empty while it answers. It is asked every few seconds at most.

        Any answer below 500 will do, also a refusal: a credential or a path may be right for other requests.
        """
        if self._look is None or (self._look.done() and time.monotonic() - self._looked_at > LOOK_SECONDS):
            self._look, self._looked_at = asyncio.create_task(self._seen()), time.monotonic()
        return await asyncio.shield(self._look)

    async def _seen(self) -> str:
        try:
            async with self.session.get(f"{self.base}/models", timeout=aiohttp.ClientTimeout(LOOK_SECONDS)) as response:
                return "" if response.status < 500 else f"the model server {self.base} answers {response.status}"
        except (aiohttp.ClientError, OSError) as error:
            return f"the model server {self.base} does not answer ({type(error).__name__})"

    async def backend(self, model: str | None) -> Backend:
        """The backend of a model (None = the only one), connected once. Raises BackendError."""
        if self._embedded is not None:
            if model not in (None, "lab", self._embedded.model):
                raise Refusal(
                    404, f"this gateway serves {self._embedded.model!r}", code="model_not_found", param="model"
                )
            return self._embedded
        task = self._backends.get(model)
        if task is None:
            if len(self._backends) >= MOST_MODELS:
                raise Refusal(400, f"this key has used {MOST_MODELS} models; more need a restart", param="model")
            task = self._backends[model] = asyncio.create_task(self._connect(model))
        try:
            return await asyncio.shield(task)
        except Exception:
            self._backends.pop(model, None)
            raise

    async def _connect(self, model: str | None) -> Backend:
        return await connect(
            self.base if model is None else f"{self.base}#{model}",
            api_key_env=self._env,
            prices=self._settings.prices_of(model),
            concurrency=self._settings.concurrency,
        )

    async def aclose(self) -> None:
        """Close all connections of this credential; an embedded model is its owner's to close."""
        if self._session is not None:
            await self._session.close()
        for task in self._backends.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().aclose()
            task.cancel()
