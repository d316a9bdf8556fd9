"""`ttc serve`: the OpenAI-compatible gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ttc.backends.base import TokenPrices
from ttc.cli.source import BaseUrl, Gguf, KeyEnv, source_of
from ttc.types import Domain

EXAMPLES = """
Clients name a strategy and a budget with the model: ttc/auto:MODEL, ttc/tournament@20k:MODEL (tokens),
ttc/auto@30s:MODEL, ttc/auto@$0.02:MODEL. Plain names pass through. Examples:

    ttc serve

    ttc serve --base-url http://localhost:8000/v1 --port 8100

    ttc serve --base-url http://gpu:8000/v1 --host 0.0.0.0 --config gateway.toml
"""


def serve(
    base_url: BaseUrl = None,
    gguf: Gguf = None,
    host: Annotated[str, typer.Option("--host", help="Anything but loopback needs keys (--config).")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 8100,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML: [limits], [prices.MODEL], [tenants.NAME].")
    ] = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    price_in: Annotated[float | None, typer.Option("--price-in", help="USD per million prompt tokens.")] = None,
    price_out: Annotated[float | None, typer.Option("--price-out", help="USD per million output tokens.")] = None,
    domain: Annotated[str, typer.Option("--domain", help="How answers compare unless a request says it.")] = "math",
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Of a candidate, unless a request says it.")] = 1024,
    concurrency: Annotated[int, typer.Option("--concurrency", help="Calls in flight for each key and model.")] = 512,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Streams show what is tried.")] = True,
) -> None:
    """Serve the OpenAI protocol in front of a model server: change base_url, and the model thinks harder."""
    from ttc.cli.solve import prices_of
    from ttc.serve.server import serve as run
    from ttc.serve.settings import Settings, read_config

    if domain not in ("math", "choice", "code", "json", "open"):
        raise ValueError(f"--domain is {domain!r}; choose math, choice, code, json or open")
    kind: Domain = domain  # type: ignore[assignment]
    source_of(base_url, None, gguf, api_key_env)
    found = read_config(config) if config is not None else {}
    given = prices_of(price_in, price_out)
    usual: dict[str, TokenPrices] = {"*": given["prices"]} if given else {}
    run(
        Settings(
            base_url=base_url,
            gguf=gguf,
            host=host,
            port=port,
            credential_env=api_key_env,
            domain=kind,
            progress=progress,
            concurrency=concurrency,
            max_tokens=max_tokens,
            **{**found, "prices": usual | found.get("prices", {})},
        )
    )


serve.__doc__ = f"{serve.__doc__}\n{EXAMPLES}"
