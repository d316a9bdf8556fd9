"""The live view of an evaluation, and its table at the end. `ttc eval` imports it when it runs, for rich is heavy."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ttc.evaluation.runner import Runner
    from ttc.evaluation.runs import Run

LINE_SECONDS = 30.0
"""Without a terminal one line is written so often."""


class Tally:
    """Right answers of one cell so far, by problem, with the 95 % interval of a normal law."""

    def __init__(self) -> None:
        self.right: dict[str, list[bool]] = {}
        self.tokens = 0.0
        self.runs = 0

    def add(self, run: Run) -> None:
        """Count a run."""
        self.right.setdefault(run.id, []).append(run.correct)
        self.tokens += run.cost["tokens"]
        self.runs += 1

    def accuracy(self) -> tuple[float, float]:
        """The mean over problems and half the width of its interval."""
        means = [sum(right) / len(right) for right in self.right.values()]
        mean = sum(means) / len(means)
        if len(means) < 2:
            return mean, math.nan
        variance = sum((value - mean) ** 2 for value in means) / (len(means) - 1)
        return mean, 1.96 * math.sqrt(variance / len(means))


class EvalProgress:
    """Accuracy so far, tokens, rate, time left and cost: live on a terminal, else a line now and then."""

    def __init__(self, live: bool):
        self.cells: dict[str, Tally] = {}
        self.done = self.total = self.resumed = 0
        self.tokens = self.usd = 0.0
        self._start = self._last = time.monotonic()
        self._live: Any = None
        if live:
            self._live = Live(console=Console(stderr=True), get_renderable=self._table, refresh_per_second=4)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, runner: Runner) -> None:
        """Take the runner that starts now."""
        self.total = runner.n_runs
        self.cells = {cell.name: Tally() for cell in runner.cells}
        self.resumed = len(runner.finished())
        self._start = self._last = time.monotonic()

    def watch(self, run: Run) -> None:
        """Take a finished run."""
        self.done += 1
        self.cells[run.cell].add(run)
        if self.done > self.resumed:  # what was read back costs nothing now
            self.tokens += run.cost["tokens"]
            self.usd += 0.0 if math.isnan(run.cost["usd"]) else run.cost["usd"]
        if self._live is None and time.monotonic() - self._last > LINE_SECONDS:
            self._last = time.monotonic()
            print(f"ttc: {self.line()}", file=sys.stderr)

    def report(self, message: str) -> None:
        """Say something that a person should know."""
        if self._live is not None:
            self._live.console.print(escape(f"ttc: {message}"))
        else:
            print(f"ttc: {message}", file=sys.stderr)

    def line(self) -> str:
        """Where the evaluation is, in one line."""
        seconds = max(1e-9, time.monotonic() - self._start)
        fresh = self.done - self.resumed
        left = (self.total - self.done) * seconds / fresh if fresh > 0 else math.inf
        parts = [f"{self.done} of {self.total} runs", f"{self.tokens:,.0f} tokens", f"{self.tokens / seconds:,.0f}/s"]
        parts.append(f"{_clock(seconds)} so far" + (f", {_clock(left)} left" if math.isfinite(left) else ""))
        parts += [f"${self.usd:.4f}"] if self.usd else []
        parts += [f"{self.resumed} read back"] if self.resumed else []
        return ", ".join(parts)

    def _table(self) -> Table:
        table = Table("cell", "runs", "accuracy", "tokens each", box=None, header_style="bold", pad_edge=False)
        table.title, table.title_justify, table.title_style = self.line(), "left", ""
        for name, tally in self.cells.items():
            if tally.runs:
                mean, half = tally.accuracy()
                row = (str(tally.runs), f"{mean:.3f} ± {half:.3f}", f"{tally.tokens / tally.runs:,.0f}")
                table.add_row(Text(name), *row)
        return table


def show_summary(summary: dict[str, Any]) -> None:
    """The table of cells for people."""
    console = Console(highlight=False)
    table = Table(
        "cell", "accuracy", "95 % interval", "SE", "samples", "tokens", "calls", box=None, header_style="bold"
    )
    for cell in summary["cells"]:
        accuracy, cost = cell["accuracy"], cell["cost"]
        interval = "" if accuracy["low"] is None else f"{accuracy['low']:.3f} to {accuracy['high']:.3f}"
        table.add_row(
            Text(cell["cell"]),
            _number(accuracy["value"]),
            interval,
            _number(accuracy["se"]),
            _number(cell["samples"]["value"], 1),
            _number(cost["tokens"]["value"], 0),
            _number(cost["calls"]["value"], 1),
        )
    console.print(table)
    samples = summary["samples"]
    if samples:
        console.print("of the samples: " + ", ".join(f"{k} {_number(v['value'])}" for k, v in samples.items()))
    short = sum(cell["pool_exhausted"] for cell in summary["cells"])
    if short:
        console.print(f"[yellow]{short} runs asked for more samples than the pool holds[/]")
    errors = sum(cell["stopped"].get("error", 0) for cell in summary["cells"])
    if errors:
        console.print(f"[red]{errors} runs were refused by the server and count as wrong[/]")


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
