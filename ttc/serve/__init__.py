"""The gateway: an OpenAI-compatible server before another one. A model's name can ask for a strategy and a budget.

A *job* is one chat completion that asks for a strategy, read and checked (`job.py`); `strategy_runs.py` answers it. A
*tenant* is the owner of one API key, with a budget, a rate and a credential of the model server of its own
(`tenants.py`). All other requests are passed on byte by byte (`relay.py`). The *upstream* is the model server.

The room may import what every run uses, `api`, `connect`, and the registries of strategies, verifiers and backends. It
may not import `plan`, `evaluation` or `cli`. The packages starlette and uvicorn (extra `serve`) are imported late.
"""
