"""The live line of a run: what is being tried, what it has cost so far."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ttc.types import Event


class Live:
    """A status line on standard error that follows the events of a run."""

    def __init__(self, enabled: bool = True):
        self.tokens = self.calls = self.candidates = 0
        self.phase, self.best = "starting", ""
        self._status = None
        if enabled:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Take one event of the run."""
        if event.name == "ask":
            self.calls += event.data["calls"]
            self.tokens += event.data["output_tokens"]
        elif event.name == "candidate" and event.data["done"]:
            self.candidates += 1
        elif event.name == "begin":
            self.phase = event.data["span"]
        elif event.name == "propose" and event.data["answer"] is not None:
            self.best = f", leading: {event.data['answer']}"
        if self._status is not None:
            from rich.markup import escape

            line = f"{self.phase}: {self.candidates} candidates, {self.calls} calls, {self.tokens} tokens{self.best}"
            self._status.update(escape(f"{line} ({event.at:.1f} s)"))
