"""The server: the tools under the official SDK, on standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ttc.errors import TTCError
from ttc.mcp.forms import Caps
from ttc.mcp.tools import Tools

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from ttc.backends.base import Backend

INSTRUCTIONS = "Harder thinking by a language model: several tries, checks and votes within a budget."


def server_of(tools: Tools) -> MCPServer[Any]:
    """The server with its four tools. Raises TTCError where the package `mcp` is missing."""
    try:
        from mcp.server import MCPServer
    except ImportError as error:
        raise TTCError(f"the tools need the package {error.name}, version 2: pip install 'ttc-llm[mcp]'") from error
    server: MCPServer[Any] = MCPServer("ttc", instructions=INSTRUCTIONS, log_level="WARNING")
    for tool in (tools.solve, tools.verify, tools.compare, tools.plan):
        server.add_tool(tool)
    return server


async def serve(source: str | Backend | None, caps: Caps, values: str | None = None, **options: Any) -> None:
    """Serve on standard input and output until the client hangs up."""
    async with Tools(source, caps, values, **options) as tools:
        await server_of(tools).run_stdio_async()
