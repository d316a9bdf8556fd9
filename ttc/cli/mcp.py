"""`ttc mcp`: tools for agents over the Model Context Protocol."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ttc.cli.source import BaseUrl, Concurrency, Gguf, KeyEnv, Model, source_of

EXAMPLES = """
An MCP host starts it; its configuration names the command and these arguments. The limits hold for each tool call,
whatever the agent asks for; --total-tokens holds for the life of the server. Examples:

    ttc mcp

    ttc mcp --base-url http://localhost:8000/v1 --tokens 20000 --seconds 120 --total-tokens 1000000
"""


def mcp(
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    tokens: Annotated[int, typer.Option("--tokens", help="Most output tokens of a tool call.")] = 32_768,
    calls: Annotated[int, typer.Option("--calls", help="Most completions of a tool call.")] = 512,
    seconds: Annotated[float, typer.Option("--seconds", help="Most seconds of a tool call.")] = 300.0,
    n: Annotated[int, typer.Option("--n", help="Most candidates, solutions or votes of a tool call.")] = 64,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Of one candidate.")] = 1024,
    total_tokens: Annotated[int | None, typer.Option("--total-tokens", help="Of all tool calls together.")] = None,
    concurrency: Concurrency = None,
) -> None:
    """Serve the tools solve, verify, compare and plan to an agent (MCP, standard input and output; extra mcp)."""
    from ttc.mcp.forms import Caps
    from ttc.mcp.server import serve

    caps = Caps(tokens, calls, seconds, n, max_tokens, total_tokens)
    source, options = source_of(base_url, model, gguf, api_key_env)
    asyncio.run(serve(source, caps, concurrency=concurrency, **options))


mcp.__doc__ = f"{mcp.__doc__}\n{EXAMPLES}"
