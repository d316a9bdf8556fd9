"""Conformance suites: subclass one, give it what it tests, and pytest runs all that the contract asks for.

`BackendConformance` needs a fixture `backend`; the suites of strategies and verifiers stand in files of their own.
Also here: a meter that counts, an event loop whose sleeps take no time, and a server whose model calls a calculator.
Needs pytest and pytest-asyncio (extra `dev`).

May import: what a run uses, `answers`, `api`, `backends`, `connect`, `prompts`, `strategies`, `verifiers`.
No other room of ttc imports it.
"""
