"""Conformance suites: subclass one, give it what it tests, and pytest runs all that the contract asks for.

`BackendConformance` needs a fixture `backend`; the suites of strategies and verifiers stand in files of their own.
Also here: a meter that counts, an event loop whose sleeps take no time, and generated problems with known answers.
Needs pytest and pytest-asyncio (extra `dev`).
"""
