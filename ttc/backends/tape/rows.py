"""The lines of a tape: JSON objects, one for each event, and what stands in them.

The first line is the header. Every other line has `event`. Events that a replay reproduces in order also have `t`,
the seconds since the start. They have `hops`, their place after the event before (`ttc.backends.tape.causal_clock`):

    start    call, key, hash, n, max_tokens, seed        a call was made
    attempt  call, n, [refused]                          the meter counted an attempt
    prompt   call, tokens, cached                        the meter counted prompt tokens
    output   call, index, tokens, text, ..., [stop]      the meter counted output; stop: it said that this is enough
    end      call, outcome, cost, completions or error   done, stopped, cancelled or error
    mark     name, data                                  something the session wants to find again (a deadline)
    price, count                                         what the backend said a call would cost; not in order
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ttc.backends.base import Completion, Delta, Request
from ttc.backends.tape import checks
from ttc.errors import BackendError, BudgetExhausted, TapeMismatch

Row = dict[str, Any]
VERSION = 1

_NAMED = r"""(?ix)
    ( (?: \b [\w-]{0,20} (?: api[-_ ]?key | token | secret | password ) | \b authorization ) ["']? \s* [=:] \s* ["']?
      (?: (?: bearer | basic ) \s+ )?
    | \b bearer \s+ | [?&] key = ) [^\s,;&"']+"""
"""A name of a credential, also as JSON or a query quotes it, and what follows."""
_SECRETS = (
    (re.compile(r"(?<=://)[^/\s@]+@"), ""),
    (re.compile(_NAMED), r"\1***"),
    (re.compile(r"\b(?:sk-|hf_|gsk_|xai-|ghp_|nvapi-|AIza|AKIA|ASIA)[\w-]{8,}"), "***"),
)


def scrubbed(text: str) -> str:
    """A text from outside without credentials: those in URLs, bearer tokens, keys."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def hash_of(request: Request) -> str:
    """A hash of all that determines the completions (24 hexadecimal digits): not the key, not how they are sent."""
    content = [
        request.messages, request.prefix, request.prefix_ids, request.n, request.max_tokens, request.temperature,
        request.top_p, request.stop, request.logprobs, request.seed, request.extra,
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, default=_plain)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def delta_row(delta: Delta) -> Row:
    """A delta as a row."""
    row = {"tokens": delta.tokens, "text": delta.text, "ids": delta.token_ids, "lp": delta.logprobs, "top": delta.top}
    return {name: value for name, value in row.items() if value is not None}


def delta_of(row: Row) -> Delta:
    """The delta of a row."""
    return Delta(row["text"], row["tokens"], *_lists(row))


def completion_row(completion: Completion) -> Row:
    """A completion as a row."""
    row = {
        "text": completion.text, "tokens": completion.output_tokens, "finish": completion.finish,
        "reason": completion.stop_reason, "ids": completion.token_ids, "lp": completion.logprobs,
        "top": completion.top, "message": completion.message,
    }  # fmt: skip
    return {name: value for name, value in row.items() if value is not None}


def completion_of(row: Row) -> Completion:
    """The completion of a row."""
    head = (row["text"], row["tokens"], row["finish"], row.get("reason"))
    return Completion(*head, *_lists(row), message=row.get("message"))


def error_row(error: BaseException) -> Row:
    """An error as a row, without credentials."""
    row: Row = {"type": type(error).__name__, "message": scrubbed(str(error))}
    if isinstance(error, BackendError):
        row |= {"retryable": error.retryable, "status": error.status, "retry_after": error.retry_after}
    elif isinstance(error, BudgetExhausted):
        row["limit"] = error.limit
    return {name: value for name, value in row.items() if value is not None}


def error_of(row: Row) -> Exception:
    """The error of a row; what is neither ours nor a ValueError comes back as a BackendError."""
    if row["type"] == "BudgetExhausted":
        return BudgetExhausted(row["limit"], row["message"])
    if row["type"] == "ValueError":
        return ValueError(row["message"])
    details = {name: row.get(name) for name in ("status", "retry_after")}
    return BackendError(row["message"], retryable=row.get("retryable", False), **details)


def begun(path: Path) -> bool:
    """Whether there is anything to resume: False without a file, and for a tape that ends within its header."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        line, start = file.readline(), b'{"tape":'
    return line.endswith(b"\n") or line[: len(start)] != start[: len(line)]


def read(path: Path) -> tuple[Row, list[Row], int]:
    """Header, rows and the length in bytes of a tape up to its last whole line; the rest was lost in a crash.

    Raises TapeMismatch, with the number of the line, where the file is no tape or is damaged.
    """
    rows: list[Row] = []
    length, order = 0, checks.Order()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            rows.append(_row(path, number, line))
            length += len(line)
            if number == 1:
                _check_header(path, rows[0])
            elif fault := order.fault(rows[-1]):
                raise TapeMismatch(f"line {number} of {path} is damaged: it {fault}")
    if not rows:
        raise TapeMismatch(f"{path} is not a tape of version {VERSION}")
    return rows[0], rows[1:], length


def _row(path: Path, number: int, line: bytes) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise TapeMismatch(
            f"line {number} of {path} is damaged: it is no object of JSON"
            if number > 1
            else f"{path} is not a tape of version {VERSION}"
        )
    return row


def _check_header(path: Path, header: Row) -> None:
    if header.get("tape") != VERSION:
        raise TapeMismatch(f"{path} is not a tape of version {VERSION}")
    if fault := checks.wrong(header, checks.HEADER):
        raise TapeMismatch(f"line 1 of {path} is damaged: it {fault}")


def _lists(row: Row) -> tuple[Any, Any, Any]:
    ids, logprobs, top = row.get("ids"), row.get("lp"), row.get("top")
    return (
        None if ids is None else tuple(ids),
        None if logprobs is None else tuple(logprobs),
        None if top is None else tuple(tuple((token, lp) for token, lp in place) for place in top),
    )


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
