"""The gateway: an OpenAI-compatible server before another one. A model's name can ask for a strategy and a budget.

A *job* is one chat completion that asks for a strategy, read and checked (`job.py`); `strategy_runs.py` answers it. A
*tenant* is the owner of one API key, with a budget, a rate and a credential of the model server of its own
(`tenants.py`). All other requests are passed on byte by byte (`relay.py`). The *upstream* is the model server.

The packages starlette and uvicorn (extra `serve`) are imported late.

May import: what a run uses, `answers`, `api`, `backends`, `connect`, `registry`, `solver`, `strategies`, `values`,
`verifiers`.
"""
