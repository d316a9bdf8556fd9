"""Values in the JSON of a server, checked: what is of a wrong shape is a BackendError, whatever it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ttc.backends.retry import Garbled, Place, printable

MOST = 10**12
"""No count of tokens is larger: beyond it a number is a fault of the server."""
LONGEST_NAME = 300
"""Characters of a model's name."""
DEEPEST = 32
"""Levels of lists and objects that a message may have."""
LEAST_LOGPROB = -9999.0
"""What vLLM sends for a token of no probability at all."""
FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@contextmanager
def reading(place: Place) -> Iterator[None]:
    """Around code that reads a reply: what goes wrong there is a Garbled that says so."""
    try:
        yield
    except FAULTS as error:
        raise wrong_shape(place, error) from error


def wrong_shape(place: Place, error: Exception, payload: Any = None) -> Garbled:
    """The error for a reply that is JSON, but not what was to be sent."""
    return Garbled(f"{place.url} sent a reply of a wrong shape ({error})", 0 if payload is None else len(str(payload)))


def an_object(value: Any, name: str) -> Mapping[str, Any]:
    """The value, if it is an object; none (null) is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is {_shown(value)}, not an object")
    return value


def a_list(value: Any, name: str) -> Sequence[Any]:
    """The value, if it is a list; none (null) is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name} is {_shown(value)}, not a list")
    return value


def a_text(value: Any, name: str) -> str:
    """The value, if it is a text; none (null) is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {_shown(value)}, not a text")
    return value


def a_place(value: Any, name: str) -> int:
    """A number of a choice, from 0; none (null) is 0."""
    if value is None:
        return 0
    found = count(value)
    if found is None:
        raise ValueError(f"{name} is {_shown(value)}, not a whole number from 0")
    return found


def count(value: Any) -> int | None:
    """A count of tokens in [0, MOST], also where it comes as 2.0 or "2"; None for all else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return None  # nan too
    return int(value)


def token_ids(value: Any, name: str) -> tuple[int, ...]:
    """A list of token ids."""
    ids = tuple(a_list(value, name))
    if any(type(token) is not int or not 0 <= token < 2**31 for token in ids):
        raise ValueError(f"{name} holds something that is no token id")
    return ids


def logprob(value: Any) -> float:
    """A natural log-probability in [LEAST_LOGPROB, 0]; none (null) is 0: some servers have none for a prompt."""
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ValueError(f"a log-probability is {_shown(value)}")
    return float(min(0.0, max(LEAST_LOGPROB, value)))


def models_in(reply: Mapping[str, Any], place: Place) -> list[Mapping[str, Any]]:
    """The entries of a list of models, each with an `id`; some servers list bare names."""
    with reading(place):
        entries = a_list(reply.get("data") or reply.get("list"), "the list of models")
        found = [{"id": entry} if isinstance(entry, str) else an_object(entry, "a model") for entry in entries]
        return [{**entry, "id": printable(str(entry.get("id"))[:LONGEST_NAME])} for entry in found]


def ids_in(reply: Mapping[str, Any], place: Place) -> tuple[int, ...]:
    """The token ids in the reply to a tokenise request."""
    with reading(place):
        if "tokens" not in reply:
            raise ValueError("it has no tokens")
        return token_ids(reply["tokens"], "tokens")


def checked_depth(value: Any, name: str) -> Any:
    """The value, if it has at most DEEPEST levels: what is deeper could be neither joined nor written down."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, Mapping | list)
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
        ]
        if not level:
            return value
    raise ValueError(f"{name} has more than {DEEPEST} levels")


def whole_signs(value: Any) -> Any:
    """Parsed JSON in which halves of signs (lone surrogates, which no file or socket takes) are U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [whole_signs(inner) for inner in value]
    if isinstance(value, dict):
        return {whole_signs(name): whole_signs(inner) for name, inner in value.items()}
    return value


def _shown(value: Any) -> str:
    text = f"{type(value).__name__} {str(value)[:40]!r}" if isinstance(value, str | int | float) else ""
    return text or type(value).__name__
