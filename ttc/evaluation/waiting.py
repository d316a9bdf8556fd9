"""A backend that waits for its server to come back: a restart in the night costs minutes, not the evaluation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ttc.backends.base import Backend, Completion, Delta, Meter, Request
from ttc.backends.wrapper import MeterWrapper, Wrapper
from ttc.errors import BackendError, check_range
from ttc.evaluation.append_only import cannot_record

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


class Waiting(Wrapper):
    """Asks again while the server is away, for up to `patience` seconds a call after its own retries have failed.

    Every attempt is counted by the meter as always. `report` is told when a wait begins.
    """

    def __init__(self, backend: Backend, patience: float, report: Callable[[str], None] = lambda message: None):
        check_range("[0, inf]", patience=patience)
        super().__init__(backend)
        self.patience, self.report = patience, report
        self._away = 0
        """Calls that wait now; only the first is reported."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """What the backend completes, as soon as it can."""
        until, pause, meter = time.monotonic() + self.patience, FIRST_PAUSE, Written(meter)
        while True:
            try:
                return await self.backend.complete(request, meter)
            except BackendError as error:
                left = until - time.monotonic()
                if not error.retryable or left <= 0:
                    raise
                await self._wait(min(left, max(pause, error.retry_after or 0.0)), error)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _wait(self, seconds: float, error: BackendError) -> None:
        self._away += 1
        if self._away == 1:
            self.report(f"the server is away, waiting for it: {error}")
        try:
            await asyncio.sleep(seconds)
        finally:
            self._away -= 1


class Written(MeterWrapper):
    """A meter that writes to disk as it counts. A full disk is no trouble of the server, which OSError would say."""

    def attempt(self, n: int = 1) -> None:
        """Count an attempt."""
        with _disk():
            super().attempt(n)

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count prompt tokens of one attempt."""
        with _disk():
            super().prompt(tokens, cached)

    def output(self, index: int, delta: Delta) -> bool:
        """Count a delta."""
        with _disk():
            return super().output(index, delta)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_record(error) from error
