"""Who asks: one tenant for each key, with its own budget, rate, place in the queue and way to the model server."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.serve.refusals import Refusal, quota
from ttc.serve.settings import Settings, TenantConfig, is_loopback
from ttc.serve.upstream import Upstream

Clock = Callable[[], float]
Headers = Mapping[bytes, bytes]
BURST = 60.0
"""Seconds whose requests may come all at once: a key of 10 requests a minute may send ten together."""


class Rate:
    """At most `per_minute` requests a minute in the long run, and those of one minute at once: a bucket of tokens.

    The bucket is full at first and fills evenly. So no minute sees more than twice `per_minute`, and none that follows
    a busy one more than `per_minute`.
    """

    def __init__(self, per_minute: float, clock: Clock = time.monotonic):
        self.per_second, self._clock = per_minute / 60, clock
        self.most = max(1.0, self.per_second * BURST)
        self._there, self._at = self.most, clock()

    def take(self) -> float:
        """0 if one more request may come now; else the seconds until it may."""
        now = self._clock()
        self._there, self._at = min(self.most, self._there + (now - self._at) * self.per_second), now
        if self._there < 1.0:
            return (1.0 - self._there) / self.per_second
        self._there -= 1.0
        return 0.0


class Tenant:
    """One key at work. Everything here runs in one event loop, so that a check and its booking are one step."""

    def __init__(self, name: str, config: TenantConfig | None, upstream: Upstream, clock: Clock = time.monotonic):
        self.name, self.upstream, self.in_flight = name, upstream, 0
        self._clock = clock
        self._budget = config.limits() if config else Budget()
        self._at_once = (config and config.at_once) or math.inf
        self._rate = Rate(config.requests_per_minute, clock) if config and config.requests_per_minute else None
        self._window = (config.every_hours or math.inf) * 3600 if config else math.inf
        self._ledger, self._since = Ledger(self._budget), clock()

    @property
    def ledger(self) -> Ledger:
        """The books of the present window, parent of every request's ledger. Calls that still run settle in theirs."""
        if self._clock() - self._since >= self._window:
            self._ledger, self._since = Ledger(self._budget), self._clock()
        return self._ledger

    def refuse_if_spent(self) -> None:
        """Raise the refusal of a key whose budget is used up."""
        ledger = self.ledger
        for currency in ("tokens", "calls", "usd"):
            if ledger.unspent(currency) <= 0:
                raise quota(currency, self._since + self._window - self._clock())

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place for one request. Raises Refusal (429) when there is none, or when they come too fast."""
        if self.in_flight >= self._at_once:
            raise Refusal(429, f"this key has {self.in_flight} requests running already", retry_after=1.0)
        if self._rate is not None and (wait := self._rate.take()):
            raise Refusal(
                429, "this key sends requests faster than it may", code="rate_limit_exceeded", retry_after=wait
            )
        self.refuse_if_spent()
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Tenants:
    """All keys. Without any, whoever reaches the loopback interface is the one tenant, "local"."""

    def __init__(self, settings: Settings, upstream_for: Callable[[str], Upstream]):
        self._by_hash = {
            config.key_sha256: Tenant(name, config, upstream_for(config.credential_env or settings.credential_env))
            for name, config in settings.tenants.items()
        }
        self._local = None if settings.tenants else Tenant("local", None, upstream_for(settings.credential_env))

    def __iter__(self) -> Iterator[Tenant]:
        yield from self._by_hash.values() if self._local is None else (self._local,)

    def of(self, headers: Headers) -> Tenant:
        """The tenant of a request. Raises Refusal: 401 without a known key, 403 for a web page that calls localhost."""
        if self._local is not None:
            _refuse_web_pages(headers)
            return self._local
        kind, _, key = headers.get(b"authorization", b"").partition(b" ")
        found = self._by_hash.get(hashlib.sha256(key.strip()).hexdigest()) if kind.lower() == b"bearer" else None
        if found is None:
            raise Refusal(401, "this gateway needs a valid API key: Authorization: Bearer KEY", code="invalid_api_key")
        return found


def _refuse_web_pages(headers: Headers) -> None:
    """Without keys, a page in a browser of this machine could call the gateway, by its port or by a rebound name."""
    host = headers.get(b"host", b"localhost").decode("latin-1")
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not is_loopback(_name(host)) or (origin and not is_loopback(_name(origin.partition("://")[2]))):
        raise Refusal(403, "without keys the gateway answers only to this machine's own programs (Host, Origin)")


def _name(host: str) -> str:
    """Host without its port."""
    return host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]
