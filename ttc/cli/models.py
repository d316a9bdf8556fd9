"""`ttc models`: what can answer here."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from ttc.cli.download import downloaded
from ttc.cli.from_config import Options, from_config
from ttc.cli.output import console, table
from ttc.cli.source import Source
from ttc.errors import BackendError
from ttc.lab import lab_model_path


@from_config
def models(
    *,
    source: Annotated[Source, Options(only=("base_url", "api_key_env"))],
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models that are available: the one that ships with ttc, downloaded ones, and a server's.

    Examples:

        ttc models

        ttc models --base-url http://localhost:8000/v1
    """
    rows = [{"name": "lab", "where": str(lab_model_path()), "use": "the default"}]
    rows += [{"name": path.stem, "where": str(path), "use": f"--gguf {path}"} for path in downloaded()]
    if (url := source.base_url) is not None:
        served = asyncio.run(_served(url, source.api_key_env))
        rows += [{"name": name, "where": url, "use": f"--base-url {url} --model {name}"} for name in served]
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
        return
    shown = table("name", "where", "use")
    for row in rows:
        shown.add_row(row["name"], row["where"], row["use"])
    console(highlight=True).print(shown)


async def _served(base_url: str, key_env: str) -> list[str]:
    """The names that the server lists. Raises BackendError where it lists none."""
    from ttc.backends.openai import OpenAIBackend  # aiohttp is heavy

    backend = OpenAIBackend(base_url, api_key_env=key_env)
    try:
        if not (names := await backend.served()):
            raise BackendError(f"{base_url} lists no models; name one that it knows: --model NAME")
        return names
    finally:
        await backend.aclose()
