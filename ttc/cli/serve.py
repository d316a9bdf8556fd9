"""`ttc serve`: the OpenAI-compatible gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.backends.base import TokenPrices
from ttc.cli.from_config import Options, from_config
from ttc.cli.options import DOMAINS, domain_of
from ttc.cli.source import PricedSource
from ttc.serve.server import serve as serve_forever
from ttc.serve.settings import Settings, read_config

ServedSource = Annotated[PricedSource, Options(only=("base_url", "gguf", "api_key_env", "price_in", "price_out"))]
PROGRESS = ("--progress/--no-progress",)


@from_config
def serve(
    *,
    source: ServedSource,
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 8100,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML: [limits], [prices.MODEL], [tenants.NAME].")
    ] = None,
    given: Annotated[dict[str, Any], Options(config=Settings, flags={"progress": PROGRESS})],
) -> None:
    """Serve the OpenAI protocol in front of a model server: change base_url, and the model thinks harder.

    Clients name a strategy and a budget with the model: ttc/auto:MODEL, ttc/tournament@20k:MODEL (tokens),
    ttc/auto@30s:MODEL, ttc/auto@$0.02:MODEL. Plain names pass through. Examples:

        ttc serve

        ttc serve --base-url http://localhost:8000/v1 --port 8100

        ttc serve --base-url http://gpu:8000/v1 --host 0.0.0.0 --config gateway.toml
    """
    domain_of(given["domain"], (*DOMAINS[:3], "json", DOMAINS[3]))
    source.backend()
    found = read_config(config) if config is not None else {}
    usual: dict[str, TokenPrices] = {} if source.prices is None else {"*": source.prices}
    given |= {**found, "prices": usual | found.get("prices", {}), "credential_env": source.api_key_env}
    serve_forever(Settings(base_url=source.base_url, gguf=source.gguf, port=port, **given))
