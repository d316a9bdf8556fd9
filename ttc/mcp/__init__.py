"""A Model Context Protocol server: solve, verify, compare and plan as tools of an agent.

The package `mcp` is the official SDK (extra `mcp`), imported where the server is made. What an agent may ask for is
what a client of the gateway may: no verifier that runs code, reads files or calls another server.

The room may import what every run uses, `api`, `auto`, `plan`, `backends` and `strategies`, and `serve` for the checks
of what a client may ask for.
"""
