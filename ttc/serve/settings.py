"""What a gateway is told at its start: where the model is, what one request may use, and who may ask."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ttc.backends.base import TokenPrices
from ttc.budget.budget import Budget
from ttc.types import Domain


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Limits(_Strict):
    """What one request, and all together, may use; the table [limits] of the configuration."""

    body_bytes: Count = 16 * 2**20
    n: Count = 256
    """Candidates that a strategy may be told to draw, and choices that a plain request may ask for."""
    calls: Count = 4096
    """Completions of one request with a strategy, retries included."""
    max_tokens: Count = 131_072
    """Of one completion. A request that asks for more is refused."""
    seconds: Positive = 1800.0
    """Of one request. A strategy then answers with the best that it has; a plain request is ended."""
    in_flight: Count = 4096
    """Requests at once, over all keys; more are told to come back later (429)."""
    header_seconds: Positive = 10.0
    body_seconds: Positive = 60.0
    write_seconds: Positive = 60.0
    """How long a client may take to send its headers, its body, and to read what was sent to it."""


class TenantConfig(_Strict):
    """One key: a table [tenants.NAME] of the configuration."""

    key_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """SHA-256 of the key, in hexadecimal digits; the key itself is nowhere."""
    credential_env: str | None = None
    """The environment variable with the key that the model server wants; None = the one the server was started with."""
    requests_per_minute: Positive | None = None
    """In the long run. So many may also come at once; then one is allowed whenever its share of a minute has passed."""
    at_once: Count | None = None
    budget: dict[str, float] = {}
    """tokens, calls and usd for all requests of the key together, counted from the start of the gateway."""
    every_hours: Positive | None = None
    """The budget starts anew after so many hours; None = never."""

    def limits(self) -> Budget:
        """The budget as ttc counts it."""
        if unknown := set(self.budget) - {"tokens", "calls", "usd"}:
            raise ValueError(f"a key's budget is in tokens, calls and usd, not {sorted(unknown)[0]!r}")
        return Budget(**self.budget)  # type: ignore[arg-type]


class _Prices(_Strict):
    prompt: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cached: Annotated[float, Field(ge=0)] | None = None


class _File(_Strict):
    limits: Limits = Limits()
    prices: dict[str, _Prices] = {}
    tenants: dict[Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")], TenantConfig] = {}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about one gateway.

    base_url: the model server, or None for a model in this process: the GGUF at `gguf`, or the laboratory model.
    prices: USD per million tokens by model name, "*" for all others. domain: how answers are compared where a request
    does not say. progress: whether streams show what is being tried. concurrency: calls in flight to the server, for
    each key and model. max_tokens: of a candidate where the request does not say. values: what is believed of the
    model, a file of `ttc fit` or the name of a shipped profile.
    """

    base_url: str | None = None
    gguf: str | None = None
    host: str = field(default="127.0.0.1", metadata={"help": "Anything but loopback needs keys (--config)."})
    port: int = 0
    credential_env: str = "OPENAI_API_KEY"
    tenants: Mapping[str, TenantConfig] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    prices: Mapping[str, TokenPrices] = field(default_factory=dict)
    domain: Domain = field(default="math", metadata={"help": "How answers compare unless a request says it."})
    progress: bool = field(default=True, metadata={"help": "Streams show what is tried."})
    concurrency: int = field(default=512, metadata={"help": "Calls in flight for each key and model."})
    max_tokens: int = field(default=1024, metadata={"help": "Of a candidate, unless a request says it."})
    values: str | None = field(
        default=None, metadata={"help": "Value profile: a file of ttc fit, or a shipped one's name."}
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(
                f"port is {self.port}; it must lie between 1 and 65535, 8100 is usual, or 0 for a free one"
            )
        if not self.tenants and not is_loopback(self.host):
            raise ValueError(
                f"host is {self.host!r}: others could use the model without a key; "
                "give --config FILE with [tenants], or stay on 127.0.0.1"
            )
        for name, tenant in self.tenants.items():
            tenant.limits()
            if tenant.credential_env is not None and not os.environ.get(tenant.credential_env):
                raise ValueError(f"tenant {name!r} names {tenant.credential_env} as its credential, which is not set")

    def prices_of(self, model: str | None) -> TokenPrices | None:
        """The price list of a model, if there is one."""
        return self.prices.get(model or "*") or self.prices.get("*")


def read_config(path: str | Path) -> dict[str, Any]:
    """`limits`, `prices` and `tenants` for Settings from a TOML file. Raises ValueError that names the bad field."""
    try:
        found = _File.model_validate(tomllib.loads(Path(path).read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{path}: {explained(error)}") from None
    hashes = [tenant.key_sha256 for tenant in found.tenants.values()]
    if len(set(hashes)) < len(hashes):
        raise ValueError(f"{path}: two tenants have the same key")
    prices = {model: TokenPrices(p.prompt, p.output, p.cached) for model, p in found.prices.items()}
    return {"limits": found.limits, "prices": prices, "tenants": found.tenants}


def explained(error: Exception) -> str:
    """The first problem of a validation, without the value that was given: it may be a secret."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {re.sub('^Value error, ', '', first['msg'])}"


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
