"""What a line of a tape must be: a damaged tape is refused when it is read, and never waited for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ttc.backends.base import Capabilities

Check = Callable[[Any], bool]
OUTCOMES = ("done", "stopped", "cancelled", "error")


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 2**63


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _all(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(entry) for entry in value)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _text(value[0]) and _number(value[1])


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _capabilities(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() <= {field.name for field in fields(Capabilities)}


def _completion(value: Any) -> bool:
    return isinstance(value, dict) and not wrong(value, COMPLETION)


def _error(value: Any) -> bool:
    return isinstance(value, dict) and not wrong(value, ERROR)


TOKENS: Mapping[str, Check] = {
    "tokens": _whole, "text": _text, "ids?": _all(_whole), "lp?": _all(_number), "top?": _all(_all(_pair)),
}  # fmt: skip
COMPLETION: Mapping[str, Check] = {**TOKENS, "finish": _text, "reason?": _text, "message?": _object}
ERROR: Mapping[str, Check] = {
    "type": _text, "message": _text, "retryable?": _flag, "status?": _whole, "retry_after?": _number, "limit?": _text,
}  # fmt: skip
PLAYED: Mapping[str, Check] = {"t": lambda value: _number(value) and value >= 0, "hops": _or_none(_whole)}
EVENTS: Mapping[str, Mapping[str, Check]] = {
    "start": {
        **PLAYED, "call": _whole, "key": _text, "hash": _text, "n": _whole, "max_tokens": _whole, "seed": _whole,
    },
    "attempt": {**PLAYED, "call": _whole, "n": _whole, "refused?": _flag},
    "prompt": {**PLAYED, "call": _whole, "tokens": _whole, "cached": _whole},
    "output": {**PLAYED, "call": _whole, "index": _whole, **TOKENS, "stop?": _flag},
    "end": {
        **PLAYED, "call": _whole, "outcome": OUTCOMES.__contains__, "completions?": _all(_completion),
        "error?": _error,
    },
    "mark": {**PLAYED, "name": _text},
    "price": {"of": _all(_scalar), "value": _or_none(_number)},
    "count": {"hash": _text, "tokens": _whole},
    "aside": {"number": _whole, "model": _text, "capabilities": _capabilities},
}  # fmt: skip
"""The fields of each event and what they hold; "?" marks one that may be missing."""
HEADER: Mapping[str, Check] = {"model": _text, "capabilities": _capabilities}


def wrong(row: Mapping[str, Any], checks: Mapping[str, Check]) -> str:
    """The first field that is missing or not what it must be; "" if there is none."""
    for name, check in checks.items():
        field = name.removesuffix("?")
        if field not in row:
            if field == name:
                return f"has no {field!r}"
        elif not check(row[field]):
            return f"has an impossible {field!r}"
    return ""


class Order:
    """Follows the calls through the lines of a tape: each starts once, before all else of it, and ends at most once."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._ended: set[int] = set()

    def fault(self, row: Mapping[str, Any]) -> str:
        """What is wrong with the next line; "" if it may stand here. Events of later versions are passed over."""
        event = row.get("event")
        checks = EVENTS.get(event) if isinstance(event, str) else None
        if checks is None:
            return "" if isinstance(event, str) else "names no event"
        if fault := wrong(row, checks):
            return fault
        if event == "end" and (missing := self._missing(row)):
            return f"has no {missing!r}"
        return self._moved(event, row["call"]) if "call" in checks else ""

    def _missing(self, row: Mapping[str, Any]) -> str:
        needed = {"done": "completions", "stopped": "completions", "error": "error"}.get(row["outcome"], "outcome")
        return "" if needed in row else needed

    def _moved(self, event: Any, call: int) -> str:
        if event == "start":
            if call in self._running or call in self._ended:
                return f"starts call {call} a second time"
            self._running.add(call)
        elif call not in self._running:
            return f"is of call {call}, which does not run there"
        elif event == "end":
            self._running.remove(call)
            self._ended.add(call)
        return ""
