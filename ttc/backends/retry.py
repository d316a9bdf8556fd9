"""What a failure means: whether to try again, when, and the one sentence that tells the user what to do."""

from __future__ import annotations

import email.utils
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttc.errors import BackendError, check_range

REFUSES = re.compile(r"not supported|unsupported|does not support|not a multimodal|not implemented", re.IGNORECASE)
"""How servers refuse what a request holds (an image, a sound) under a status that sounds like an accident."""
REFUSALS = re.compile(r"invalid_request|bad_?request|unprocessable|context_length|not_supported", re.IGNORECASE)
"""Types and codes of such an error."""
LONGEST_MESSAGE = 300  # characters of a server's own words that an error quotes


class Unreached(BackendError):
    """The request never reached the server, so nothing of it was paid for."""


class Garbled(BackendError):
    """A reply arrived that cannot be read. `received` is its size in bytes: what is left to charge it by."""

    def __init__(self, message: str, received: int = 0):
        super().__init__(message, retryable=True)
        self.received = received


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts: doubled each time, and each shortened by up to a quarter.

    Args:
        retries: Attempts after the first one, at most.
        first: Seconds of the first pause.
        longest: Seconds of the longest pause. A server's Retry-After is obeyed in full even if it is longer.
        patience: A Retry-After of more seconds ends the attempts.
    """

    retries: int = 4
    first: float = 0.5
    longest: float = 30.0
    patience: float = 120.0

    def __post_init__(self) -> None:
        check_range("[0, inf)", "4 is usual", retries=self.retries)

    def allows(self, error: BackendError, attempt: int) -> bool:
        """Whether attempt number `attempt` (from 0), which failed so, may be followed by another."""
        return error.retryable and attempt < self.retries and (error.retry_after or 0.0) <= self.patience

    def pause(self, error: BackendError, attempt: int) -> float:
        """Seconds to wait after attempt number `attempt` (from 0) failed."""
        grown = min(self.first * 2.0**attempt, self.longest) * (1.0 - 0.25 * random.random())
        return max(grown, error.retry_after or 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """What an error sentence needs to know of the server it is about.

    Args:
        url: The base URL, without a password.
        model: The model that is asked.
        key_env: The environment variable that should hold the key.
        key: The key, to be kept out of messages.
        served: The models that the server lists.
    """

    url: str
    model: str = ""
    key_env: str = "OPENAI_API_KEY"
    key: str = ""
    served: tuple[str, ...] = ()
    called: str = ""
    """What errors call the server; "" = by its URL. The address of an embedded model tells a user nothing."""

    @property
    def name(self) -> str:
        """What errors call the server."""
        return self.called or self.url

    def __repr__(self) -> str:
        return f"Place(url={self.url!r}, model={self.model!r})"

    def refusal(self, status: int, words: str, headers: Mapping[str, str]) -> BackendError:
        """The error for an HTTP status that is not a success. `words` is the reply's body."""
        said = self.without_key(_message(words))
        wait = retry_after(headers)
        passing = may_pass(status) and not (status >= 500 and REFUSES.search(said))
        return BackendError(self._sentence(status, said), retryable=passing, status=status, retry_after=wait)

    def elsewhere(self, status: int, onward: str) -> BackendError:
        """The error for a redirect that is not followed: a prompt and its key are for the host that was named."""
        shown = printable(onward.partition("?")[0])[:200]
        return BackendError(
            f"{self.url} redirects to {shown} ({status}); if that is the server, make it the base URL", status=status
        )

    def _sentence(self, status: int, said: str) -> str:
        if status in (401, 403):
            fix = "set it to a valid key" if self.key else "it is not set; set it to your key"
            return f"{self.name} refused the API key from {self.key_env} ({status}): {fix} (the server said: {said})"
        if status == 404:
            known = f"it serves {', '.join(self.served[:8])}" if self.served else "check the base URL and the model"
            return f"{self.name} does not know the model {self.model!r} or the path (404): {known} (it said: {said})"
        return f"{self.name} answered {status}: {said}"

    def without_key(self, text: str) -> str:
        """The text without the API key, should a server repeat it."""
        return text.replace(self.key, "[key]") if self.key else text


def may_pass(status: int) -> bool:
    """Whether a request refused with this HTTP status may succeed later."""
    return status in (408, 409, 425, 429) or (status >= 500 and status not in (501, 505))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by Retry-After (a number or a date) or retry-after-ms; None where there is none."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("Retry-After") or headers.get("retry-after")
    try:
        if milliseconds:
            return max(0.0, float(milliseconds) / 1000)
        return max(0.0, float(value)) if value else None
    except ValueError:
        try:
            date = email.utils.parsedate_tz(value or "")
            return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
        except (ValueError, OverflowError, TypeError):  # a year or a zone that no calendar has
            return None


def hidden_error(payload: Mapping[str, Any], place: Place) -> BackendError:
    """The error for a reply that reports one although its status is 200, as routers of hosted models send it."""
    error, words = payload["error"], _as_json(payload)
    if number := _status_in(error):
        return place.refusal(number, words, {})
    said = place.without_key(_message(words))
    return BackendError(f"{place.name} answered: {said}", retryable=not _refuses(error, said))


def stream_error(payload: Mapping[str, Any], place: Place) -> BackendError:
    """The error for an event that reports one in the middle of a stream."""
    error = payload.get("error")
    said, number = place.without_key(_message(_as_json(payload))), _status_in(error)
    lasting = (number > 0 and not may_pass(number)) or _refuses(error, said)
    return BackendError(f"{place.name} broke off a stream: {said}", retryable=not lasting)


def _status_in(error: object) -> int:
    """The HTTP status from 400 to 599 that an error inside a reply has as its code; 0 where it has none."""
    code = str(error.get("code")) if isinstance(error, Mapping) else ""
    return int(code) if re.fullmatch(r"[45][0-9][0-9]", code) else 0


def _as_json(payload: object) -> str:
    try:
        return json.dumps(payload)
    except RecursionError:
        return "an error of too many levels"


def _refuses(error: object, said: str) -> bool:
    """Whether an error inside a reply refuses what was asked, by its type, its code or its words."""
    kinds = " ".join(str(error.get(name)) for name in ("type", "code")) if isinstance(error, Mapping) else ""
    return bool(REFUSALS.search(kinds) or REFUSES.search(said))


def _message(words: str) -> str:
    """The human part of an error body, in one line."""
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        found = words
    for name in ("error", "message", "detail"):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
    text = " ".join((found if isinstance(found, str) else _as_json(found))[: 10 * LONGEST_MESSAGE].split())
    return printable(text[:LONGEST_MESSAGE]) or "nothing"


def printable(text: str) -> str:
    """A text from outside without what would steer a terminal, and without halves of signs."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
