"""`ttc mcp`: tools for agents over the Model Context Protocol."""

from __future__ import annotations

import asyncio

from ttc.cli.from_config import from_config
from ttc.cli.options import Values
from ttc.cli.source import Concurrency, Source
from ttc.mcp.forms import Caps
from ttc.mcp.server import serve


@from_config
def mcp(*, source: Source, caps: Caps, values: Values = None, concurrency: Concurrency = None) -> None:
    """Serve the tools solve, verify, compare and plan to an agent (MCP, standard input and output; extra mcp).

    An MCP host starts it; its configuration names the command and these arguments. The limits hold for each tool call,
    whatever the agent asks for; --total-tokens holds for the life of the server. Examples:

        ttc mcp

        ttc mcp --base-url http://localhost:8000/v1 --tokens 20000 --seconds 120 --total-tokens 1000000
    """
    place, options = source.backend()
    asyncio.run(serve(place, caps, values, concurrency=concurrency, **options))
