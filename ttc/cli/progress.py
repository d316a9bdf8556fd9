"""The live view of an evaluation, and its table at the end. `ttc eval` imports it when it runs, for rich is heavy."""

from __future__ import annotations

import math
import time
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ttc.cli.output import View, console, interval_of, say, table
from ttc.evaluation.summary import warnings_of

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
        means = [fmean(right) for right in self.right.values()]
        return fmean(means), 1.96 * stdev(means) / math.sqrt(len(means)) if len(means) > 1 else math.nan


class EvalProgress(View):
    """Accuracy so far, tokens, rate, time left and cost: live on a terminal, else a line now and then."""

    def __init__(self, live: bool):
        self.cells: dict[str, Tally] = {}
        self.done = self.total = self.resumed = 0
        self.tokens = self.usd = 0.0
        self._start = self._last = time.monotonic()
        super().__init__(self._table, live, 4)

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
            say(self.line())

    def report(self, message: str) -> None:
        """Say something that a person should know."""
        if self._live is not None:
            self._live.console.print(escape(f"ttc: {message}"))
        else:
            say(message)

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

        looks = {"title": self.line(), "title_justify": "left", "title_style": ""}
        shown = table("cell", "runs", "accuracy", "tokens each", pad_edge=False, **looks)
        for name, tally in self.cells.items():
            if tally.runs:
                mean, half = tally.accuracy()
                row = (str(tally.runs), f"{mean:.3f} ± {half:.3f}", f"{tally.tokens / tally.runs:,.0f}")
                shown.add_row(Text(name), *row)
        return shown


def show_summary(summary: dict[str, Any]) -> None:
    """The table of cells for people."""

    shown = table("cell", "accuracy", "95 % interval", "SE", "samples", "tokens", "calls")
    for cell in summary["cells"]:
        accuracy, cost = cell["accuracy"], cell["cost"]
        row = (_number(accuracy["value"]), interval_of(accuracy), _number(accuracy["se"]))
        amounts = (_number(cell["samples"]["value"], 1), _number(cost["tokens"]["value"], 0))
        shown.add_row(Text(cell["cell"]), *row, *amounts, _number(cost["calls"]["value"], 1))
    out = console()
    out.print(shown)
    if summary["samples"]:
        values = (f"{name} {_number(found['value'])}" for name, found in summary["samples"].items())
        out.print("of the samples: " + ", ".join(values))
    for warning in warnings_of(summary):
        out.print(f"[yellow]{warning}[/]")


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
