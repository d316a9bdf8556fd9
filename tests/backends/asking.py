"""Requests for tests of backends."""

from __future__ import annotations

from ttc.backends.base import Request


def ask(text: str = "What is 2+2?", **fields: object) -> Request:
    """A request for one short text, with `fields` changed."""
    values: dict[str, object] = {"max_tokens": 32, **fields}
    return Request("test", ({"role": "user", "content": text},), **values)  # type: ignore[arg-type]
