"""The errors of ttc. Bad arguments stay ValueError; everything that can happen at run time derives from TTCError."""

from __future__ import annotations

from typing import Any


class TTCError(Exception):
    """Base of all run-time errors of ttc.

    `result` is the partial `ttc.Result` of the failed run, with `stopped` "error", or None if nothing was found. It is
    dropped when the error is pickled, because a result may hold objects that cannot be pickled (a trace, a lock).
    """

    result: Any = None

    def __reduce__(self) -> Any:
        kept = {name: value for name, value in vars(self).items() if name != "result"}
        return _arrived, (type(self), self.args, kept)


class BackendError(TTCError):
    """The model server failed, refused or could not be reached.

    `retryable` says whether the same request may succeed later; `status` is the HTTP status where there was one;
    `retry_after` is the pause in seconds that the server asked for.
    """

    def __init__(
        self, message: str, *, retryable: bool = False, status: int | None = None, retry_after: float | None = None
    ):
        super().__init__(message)
        self.retryable = retryable
        self.status = status
        self.retry_after = retry_after


class BudgetExhausted(TTCError):
    """The next call does not fit into what is left. `limit` names the currency: tokens, calls, eflops or usd."""

    def __init__(self, limit: str, message: str = ""):
        super().__init__(message or f"the budget of {limit} is used up")
        self.limit = limit


class VerifierError(TTCError):
    """A verifier or judge cannot work at all (a single candidate that it cannot judge is a nan verdict instead)."""


class TapeMismatch(TTCError):
    """A replay met a call that the recording does not hold: another problem, strategy, seed or version."""


def _arrived(kind: type[TTCError], args: tuple[object, ...], attributes: dict[str, object]) -> TTCError:
    """An error from another process, as it was: its own __init__ would take its message for something else."""
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(attributes)
    return error
