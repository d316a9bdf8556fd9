"""Tables of a report, once as values, then as HTML or Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ttc.search.tree import printable

Row = Mapping[str, Any]

CURRENCIES = {
    "tokens": "tokens", "calls": "calls", "verify_calls": "verifier calls", "seconds": "seconds", "usd": "USD",
    "eflops": "T eFLOPs",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Headers and cells; a cell is a text, or a number with the digits to show of it."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str | tuple[float | None, int]]]


def cells_table(summary: Row) -> Table:
    """One row for each cell: accuracy, its interval, what it cost."""
    known = [c for c in CURRENCIES if any(cell["cost"][c]["value"] for cell in summary["cells"])]
    headers = ["cell", "accuracy", "low", "high", "SE", "coverage", "samples", *(CURRENCIES[c] for c in known)]
    headers += ["gain at equal tokens", "ECE", "problems", "runs"]
    rows = []
    for cell in summary["cells"]:
        accuracy = cell["accuracy"]
        digits = {"tokens": 0, "calls": 1, "verify_calls": 1, "seconds": 2, "usd": 5, "eflops": 1}
        rows.append(
            [
                cell["cell"], (accuracy["value"], 3), (accuracy["low"], 3), (accuracy["high"], 3), (accuracy["se"], 3),
                (cell["coverage"]["value"], 3), (cell["samples"]["value"], 1),
                *((cell["cost"][c]["value"], digits[c]) for c in known),
                (cell["gain_at_equal_cost"], 3), (cell["calibration"]["ece"], 3), (accuracy["n"], 0),
                (cell["n_runs"], 0),
            ]
        )  # fmt: skip
    return Table(headers, rows)


def comparisons_table(summary: Row) -> Table:
    """Paired differences of all pairs of cells."""
    headers = ["first", "second", "first - second", "low", "high", "SE", "p", "p (Holm)", "problems"]
    rows = [
        [
            gap["first"], gap["second"], (gap["value"], 3), (gap["low"], 3), (gap["high"], 3), (gap["se"], 3),
            (gap["p"], 4), (gap["p_holm"], 4), (gap["n"], 0),
        ]
        for gap in summary["comparisons"]
    ]  # fmt: skip
    return Table(headers, rows)


def samples_table(summary: Row) -> Table:
    """avg@n, pass@k, maj@k and so on of the samples themselves."""
    rows = [
        [name, (found["value"], 3), (found["low"], 3), (found["high"], 3), (found["se"], 3), (found["n"], 0)]
        for name, found in summary["samples"].items()
    ]
    return Table(["metric", "value", "low", "high", "SE", "problems"], rows)


def strata_table(summary: Row, key: str) -> Table:
    """Accuracy of each cell by level or subject, with the number of problems."""
    sizes: dict[str, int] = {}
    for cell in summary["cells"]:
        for name, found in cell[key].items():
            sizes[name] = max(sizes.get(name, 0), found["n"])
    names = sorted(sizes)
    rows = [[cell["cell"], *((cell[key].get(name, {}).get("value"), 3) for name in names)] for cell in summary["cells"]]
    return Table(["cell", *(f"{name} ({sizes[name]})" for name in names)], rows)


def as_html(table: Table) -> str:
    """A sortable table; everything is escaped."""
    head = "".join(f'<th scope="col"><button>{safe(name)}</button></th>' for name in table.headers)
    body = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in table.rows)
    return (
        f'<div class="wide"><table class="sortable"><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'
    )


def as_markdown(table: Table) -> str:
    """A table of GitHub's Markdown."""
    lines = [list(table.headers), ["---"] * len(table.headers)]
    lines += [[_shown(cell) for cell in row] for row in table.rows]
    return "\n".join("| " + " | ".join(map(marked, line)) + " |" for line in lines)


def safe(text: object) -> str:
    """Text that was written by anyone, a model too, made harmless inside HTML."""
    return escape(printable(str(text)))


def _cell(value: str | tuple[float | None, int]) -> str:
    if isinstance(value, str):
        return f"<td>{safe(value)}</td>"
    sort = "" if value[0] is None else f' data-sort="{value[0]!r}"'
    return f'<td class="number"{sort}>{safe(_shown(value))}</td>'


def _shown(value: str | tuple[float | None, int]) -> str:
    if isinstance(value, str):
        return value
    number, digits = value
    return "" if number is None else f"{number:,.{digits}f}"


def marked(text: str) -> str:
    """The same for Markdown: its signs and those of HTML lose their meaning."""
    return text if text == "---" else re.sub(r"([|\\`*_\[\]])", r"\\\1", safe(" ".join(text.split())))
