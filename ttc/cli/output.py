"""What several commands print: messages, tables, bars of progress, and views that are drawn again and again."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def say(message: str) -> None:
    """A message for people, on standard error."""
    print(f"ttc: {message}", file=sys.stderr)


def console(highlight: bool = False, stderr: bool = False) -> Console:
    """Standard output, or standard error, with colours."""
    from rich.console import Console

    return Console(highlight=highlight, stderr=stderr)


def table(*heads: str, **looks: Any) -> Table:
    """A table without lines."""
    from rich.table import Table

    return Table(*heads, **{"box": None, "header_style": "bold", **looks})


def interval_of(accuracy: dict[str, Any]) -> str:
    """The 95 % interval of an accuracy in a summary; empty where there is none."""
    return "" if accuracy["low"] is None else f"{accuracy['low']:.3f} to {accuracy['high']:.3f}"


@contextlib.contextmanager
def bar(what: str, total: float, shown: bool, timed: bool = False) -> Iterator[Callable[..., None]]:
    """A bar of progress on standard error; its function takes the fields of `rich.progress.Progress.update`."""
    if not shown:
        yield lambda **fields: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()) if timed else ()
    with Progress(*columns, console=console(highlight=True, stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda **fields: progress.update(task, **fields)


class View:
    """A picture on standard error that rich draws again `refreshes` times a second, in a thread of its own.

    It is drawn once at the end of `__init__`, so what it shows must be there before.
    """

    def __init__(self, picture: Callable[[], Any], enabled: bool, refreshes: float, **looks: Any):
        self._live: Any = None
        if enabled:
            from rich.live import Live

            looks = {"console": console(highlight=True, stderr=True), **looks}
            self._live = Live(get_renderable=picture, auto_refresh=False, **looks)
            self._left, self._pause = threading.Event(), 1 / refreshes
            self._drawing = threading.Thread(target=self._draw, name="ttc-view", daemon=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._left.set()
            self._drawing.join()  # rich's own thread would outlive the view for a moment
            self._live.stop()

    def _draw(self) -> None:
        while not self._left.wait(self._pause):
            self._live.refresh()
