"""Errors as clients of the OpenAI protocol know them, without anything of the inside: no URLs, no keys, no paths."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re

from ttc.errors import BackendError, BudgetExhausted, MissingNeed, TTCError

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_URL = re.compile(r"https?://[^\s,;]+?(?=:? |$)")
LOG = logging.getLogger("ttc.serve")


class Refusal(Exception):
    """A request that is answered by an error. `retry_after` is in seconds."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ):
        super().__init__(message)
        self.status, self.code, self.param, self.retry_after = status, code, param, retry_after

    def body(self) -> bytes:
        """The error as JSON."""
        kind = TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        error = {"message": str(self), "type": kind, "param": self.param, "code": self.code}
        return json.dumps({"error": error}).encode()

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the reply."""
        found = [(b"content-type", b"application/json")]
        if self.retry_after is not None and math.isfinite(self.retry_after):
            found.append((b"retry-after", str(max(1, math.ceil(self.retry_after))).encode()))
        if self.status == 401:
            found.append((b"www-authenticate", b"Bearer"))
        return found


def refusal_of(error: BaseException) -> Refusal:
    """The refusal that tells a client of an error. Where the model server is stays untold."""
    if isinstance(error, Refusal):
        return error
    said = _URL.sub("the model server", error.sent if isinstance(error, MissingNeed) else str(error))
    if isinstance(error, BudgetExhausted):
        return quota(error.limit)
    if isinstance(error, BackendError):
        return _of_backend(error, said)
    if isinstance(error, ValueError | TTCError):
        return Refusal(400, said)
    if isinstance(error, TimeoutError):
        return Refusal(504, "the request took longer than the gateway allows", code="timeout")
    if not isinstance(error, asyncio.CancelledError):
        LOG.error("a request failed", exc_info=error)
    return Refusal(500, "the gateway failed; its log says why", code="internal_error")


def quota(limit: str, retry_after: float | None = None) -> Refusal:
    """What a key hears when its own budget is used up."""
    return Refusal(
        429, f"the budget of {limit} of this key is used up", code="insufficient_quota", retry_after=retry_after
    )


def unpriced() -> Refusal:
    """What a key with a budget in US dollars hears of a model without prices: it could not be held."""
    return Refusal(400, "this key's budget is in US dollars, and the model's prices are not known", param="model")


def _of_backend(error: BackendError, said: str) -> Refusal:
    if error.status in (401, 403):  # the server's words may repeat the credential, and it is not the client's anyway
        return Refusal(502, "the model server refused the gateway's credential", code="upstream_credential")
    if error.status == 429:
        return Refusal(429, said, code="upstream_rate_limit", retry_after=error.retry_after or 1.0)
    if error.status == 404:
        return Refusal(404, said, code="model_not_found")
    if error.refused and error.status is not None:
        return Refusal(error.status if error.status < 500 else 400, said)
    return Refusal(502, said, code="upstream_error", retry_after=error.retry_after)
