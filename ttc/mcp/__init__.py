"""A Model Context Protocol server: solve, verify, compare and plan as tools of an agent.

The package `mcp` is the official SDK (extra `mcp`), imported where the server is made. What an agent may ask for is
what a client of the gateway may: no verifier that runs code, reads files or calls another server.

May import: what a run uses, `api`, `backends`, `measure`, `plan`, `serve`, `strategies`, `values`.
"""
