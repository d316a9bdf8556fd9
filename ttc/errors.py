"""The errors of ttc. Bad arguments stay ValueError; everything that can happen at run time derives from TTCError."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class TTCError(Exception):
    """Base of all run-time errors of ttc.

    `result` is the partial `ttc.Result` of the failed run, with `stopped` "error", or None if nothing was found. It is
    dropped when the error is pickled, because a result may hold objects that cannot be pickled (a trace, a lock).

    >>> issubclass(BackendError, TTCError), TTCError("no reply").result
    (True, None)
    """

    result: Any = None

    def __reduce__(self) -> Any:
        kept = {name: value for name, value in vars(self).items() if name != "result"}
        return _arrived, (type(self), self.args, kept)


class BackendError(TTCError):
    """The model server failed, refused or could not be reached.

    >>> BackendError("the server is busy", retryable=True, status=503).status
    503

    Args:
        message: What happened, and where.
        retryable: Whether the same request may succeed later.
        status: The HTTP status, where there was one.
        retry_after: The pause in seconds that the server asked for.
    """

    def __init__(
        self, message: str, *, retryable: bool = False, status: int | None = None, retry_after: float | None = None
    ):
        super().__init__(message)
        self.retryable = retryable
        self.status = status
        self.retry_after = retry_after

    @property
    def refused(self) -> bool:
        """Whether the server refused this very request, its content or its size: asking again cannot help."""
        status = self.status or 0
        return not self.retryable and (status in (400, 413, 415, 422) or status >= 500)


class BudgetExhausted(TTCError):
    """The next call does not fit into what is left. `limit` names the currency: tokens, calls, eflops or usd.

    >>> str(BudgetExhausted("tokens"))
    'the budget of tokens is used up'
    """

    def __init__(self, limit: str, message: str = ""):
        super().__init__(message or f"the budget of {limit} is used up")
        self.limit = limit


class VerifierError(TTCError):
    """A verifier or judge cannot work at all. A single candidate that it cannot judge is a nan verdict instead.

    >>> raise VerifierError("this strategy needs a verifier")
    Traceback (most recent call last):
    ttc.errors.VerifierError: this strategy needs a verifier
    """


class MissingNeed(VerifierError):
    """A run has not what its strategy, verifier or judge needs. It is raised before the first token.

    The message says so in Python's words; `typed` says it in those of the command line, `sent` in those of a request.

    Args:
        what: What is missing.
        option: An argument of `ttc.solve` that is one way out; "" if there is none.
        value: What to give it.
    """

    def __init__(self, what: str, option: str = "", value: str = ""):
        super().__init__(f"{what}; pass {option}={value!r}" if option else what)
        self.what, self.option, self.value = what, option, value

    @property
    def typed(self) -> str:
        """What to type on the command line."""
        return f"{self.what}; add --{self.option} {self.value}" if self.option else self.what

    @property
    def sent(self) -> str:
        """What to send to the gateway, in the field `ttc`."""
        return f'{self.what}; send "{self.option}": "{self.value}" in the field ttc' if self.option else self.what


class TapeMismatch(TTCError):
    """A replay met a call that the recording does not hold: another problem, strategy, seed or version."""


def check_range(interval: str, hint: str = "", /, **values: float | None) -> None:
    """Raise ValueError for the first value outside an interval; None always passes.

    >>> check_range("(0, 1]", "0.5 is usual", share=1.5)
    Traceback (most recent call last):
    ValueError: share is 1.5; it must lie in (0, 1], 0.5 is usual

    Args:
        interval: "[1, inf)", "(0, 1]" and so on. Nan lies in no interval, infinity in "[1, inf]" alone.
        hint: What follows the rule in the message.
        values: Name, as the caller knows it, and value.
    """
    least, most = interval[1:-1].split(", ")
    low, high = float(least), float(most)
    ends = {low} if interval[0] == "[" else set()
    ends |= {high} if interval[-1] == "]" else set()
    for name, value in values.items():
        if value is not None and not low < value < high and value not in ends:
            rule = f"be {'at least' if low in ends else 'above'} {least}" if most == "inf" else f"lie in {interval}"
            raise ValueError(f"{name} is {value}; it must {rule}" + (f", {hint}" if hint else ""))


def check_choice(choices: Iterable[str | None], /, **values: str | None) -> None:
    """Raise ValueError, with the nearest choice, for the first value that is none of them."""
    known = tuple(choices)
    for name, value in values.items():
        if value not in known:
            raise ValueError(f"{name} is {value!r}; {nearest(str(value), filter(None, known))}")


def nearest(name: str, choices: Iterable[str]) -> str:
    """A hint for an error: the nearest choice, or all of them."""
    names = sorted(choices)
    close = get_close_matches(name.replace("-", "_").lower(), names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else "choose one of: " + ", ".join(names)


def _arrived(kind: type[TTCError], args: tuple[object, ...], attributes: dict[str, object]) -> TTCError:
    """An error from another process, as it was: its own __init__ would take its message for something else."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(attributes)
    return error
