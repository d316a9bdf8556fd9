"""`ttc models`: what can answer here."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from ttc.cli.source import BaseUrl, KeyEnv


def models(
    base_url: BaseUrl = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models that are available: the one that ships with ttc, downloaded ones, and a server's.

    Examples:

        ttc models

        ttc models --base-url http://localhost:8000/v1
    """
    from ttc.cli.download import downloaded
    from ttc.lab import lab_model_path

    rows = [{"name": "lab", "where": str(lab_model_path()), "use": "the default"}]
    rows += [{"name": path.stem, "where": str(path), "use": f"--gguf {path}"} for path in downloaded()]
    if base_url is not None:
        rows.append(asyncio.run(_served(base_url, api_key_env)))
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "where", "use", box=None, header_style="bold")
    for row in rows:
        table.add_row(row["name"], row["where"], row["use"])
    Console().print(table)


async def _served(base_url: str, key_env: str) -> dict[str, Any]:
    from ttc.backends import open_backend

    backend = open_backend(base_url, api_key_env=key_env)
    try:
        await backend.prepare()
        return {"name": backend.model, "where": base_url, "use": f"--base-url {base_url} --model {backend.model}"}
    finally:
        await backend.aclose()
