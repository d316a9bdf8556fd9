"""The report: one HTML file that needs nothing else, and the same tables as Markdown."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ttc.evaluation.append_only import Row
from ttc.evaluation.report import plots, problem_pages, tables, verifiers
from ttc.evaluation.report.contents import Gathered
from ttc.evaluation.report.style import CSS, SCRIPT
from ttc.evaluation.report.tables import CURRENCIES, Table, safe
from ttc.evaluation.summary import warnings_of

NOTES = (
    "Intervals are 95 %, over problems. Those of accuracies are Wilson's, with as many independent problems as the "
    "spread between problems tells: one for each problem where a problem was run once. Those of costs and of paired "
    "differences resample problems (bootstrap, 4000 resamples). SE is the standard deviation of per-problem means over "
    "the square root of the number of problems. p is two-sided, from random sign flips of paired per-problem "
    "differences; Holm's correction covers all pairs. A text that was cut off counts as wrong and abstains in votes. "
    "Gain at equal tokens: accuracy above a plain vote over as many samples as cost the same tokens, interpolated in "
    "log tokens; only where both were run on the same problems. Costs are means over problems of all calls: solving, "
    "verifying and judging."
)


def html(gathered: Gathered, shown: int = 50) -> str:
    """The page; at most `shown` problems get a section, those on which cells disagree first."""
    summary = gathered.summary
    parts = [f"<h1>{safe(gathered.title)}</h1>", _facts(gathered), "<h2>Accuracy against cost</h2>", _plots(summary)]
    parts += ["<h2>Cells</h2>", tables.as_html(tables.cells_table(summary))]
    for title, table in _more_tables(summary):
        folded = len(table.rows) > 24
        content = tables.as_html(table)
        told = f"<details><summary>{len(table.rows)} rows</summary>{content}</details>" if folded else content
        parts += [f"<h2>{title}</h2>", told]
    parts += ["<h2>Calibration</h2>", _diagrams(summary), *_verifiers(gathered)]
    parts += ["<h2>Problems</h2>", _problems(gathered, shown)]
    parts += ["<h2>How this was computed</h2>", f'<p class="dim">{NOTES}</p>', f"<script>{SCRIPT}</script>"]
    return _document(gathered.title, "\n".join(parts))


def markdown(gathered: Gathered) -> str:
    """The tables as Markdown."""
    summary = gathered.summary
    facts = (f"- {tables.marked(name)}: {tables.marked(value)}" for name, value in _known(gathered))
    lines = [f"# {tables.marked(gathered.title)}", "", *facts, ""]
    more = _more_tables(summary)
    if judged := verifiers.judged(gathered):
        more.append(("Verifiers", verifiers.table(judged)))
    for title, table in [("Cells", tables.cells_table(summary)), *more]:
        lines += [f"## {title}", "", tables.as_markdown(table), ""]
    lines += [verifiers.TOLD, ""] if judged else []
    return "\n".join([*lines, NOTES, ""])


@dataclass(frozen=True)
class Panel:
    """The plot of the cells that were run on the same problems: no line may run through different sets."""

    problems: int
    points: list[plots.Point]
    curve: list[tuple[float, float]]
    """Plain voting with growing n on these problems; empty where it was not drawn on them."""


def panels(summary: Row, currency: str) -> list[Panel]:
    """Accuracy against a cost where it is known, one panel for each set of problems; most cells first."""
    apart: dict[str, list[Row]] = {}
    for cell in summary["cells"]:
        if cell["cost"][currency]["value"] and cell["accuracy"]["value"] is not None:
            apart.setdefault(cell["problem_set"], []).append(cell)
    key = {"tokens": "tokens", "calls": "n"}.get(currency)
    found = []
    for name, cells in apart.items():
        drawn = summary["uniform"] if key and name == summary.get("uniform_problem_set") else []
        curve = [(row[key], row["accuracy"]) for row in drawn]
        found.append(Panel(cells[0]["accuracy"]["n"], [_point(cell, currency) for cell in cells], curve))
    return sorted(found, key=lambda panel: (-len(panel.points), -panel.problems))


def _point(cell: Row, currency: str) -> plots.Point:
    accuracy, kind = cell["accuracy"], cell["cell"].partition(": ")[2] or cell["cell"]
    low, high = (math.nan if accuracy[end] is None else accuracy[end] for end in ("low", "high"))
    return plots.Point(cell["cell"], cell["cost"][currency]["value"], accuracy["value"], low, high, kind.split(" ")[0])


def write_png(panel: Panel, path: Path) -> None:
    """Accuracy against tokens as PNG, 200 dots an inch; needs matplotlib."""
    try:
        figure = import_module("matplotlib.figure").Figure(figsize=(7, 4.2), layout="constrained")
    except ImportError:
        raise ValueError(
            "a PNG needs matplotlib (pip install 'ttc-llm[eval]'); the SVG beside the report does not"
        ) from None
    points, curve = panel.points, panel.curve
    axes = figure.add_subplot()
    kinds = list(dict.fromkeys(point.kind for point in points))
    if curve:
        axes.plot(*zip(*curve, strict=True), "--", color="#888888", label="plain vote over n samples")
    for kind in kinds:
        own = [point for point in points if point.kind == kind]
        gaps = [[p.accuracy - p.low for p in own], [p.high - p.accuracy for p in own]]
        colour = plots.COLOURS[kinds.index(kind) % len(plots.COLOURS)]
        x, y = [p.cost for p in own], [p.accuracy for p in own]
        axes.errorbar(x, y, gaps, fmt="o", color=colour, capsize=3, label=kind.replace("$", r"\$"))
    axes.set(xscale="log", xlabel="tokens of a problem, mean", ylabel="accuracy, with 95 % interval")
    axes.grid(color="#e6e6e6")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=200)


def _document(title: str, body: str) -> str:
    """A page that may run its own script and load nothing, whatever stands in the texts."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title><style>{CSS}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _known(gathered: Gathered) -> list[tuple[str, str]]:
    """What a reader must know to trust or to repeat the numbers."""
    summary, facts = gathered.summary, list[tuple[str, str]]()
    for about in gathered.about:
        sampling = ", ".join(f"{k} {v!r}" for k, v in about["sampling"].items() if v is not None)
        versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
        told = [f"model {about['model']}", f"seed {about['seed']}", f"grader {about['grader']}", sampling, versions]
        told += [f"configuration {about['config_hash']}"] if about.get("config_hash") else []
        facts.append((about["folder"], "; ".join(told)))
    counts = f"{summary['n_problems']} problems, {summary['n_runs']:,} runs, {summary['n_samples']:,} samples"
    facts.append(("size", counts))
    facts += [("note", warning) for warning in warnings_of(summary)]
    return facts


def _facts(gathered: Gathered) -> str:
    rows = "".join(f"<dt>{safe(name)}</dt><dd>{safe(value)}</dd>" for name, value in _known(gathered))
    return f'<dl class="facts">{rows}</dl>'


def _plots(summary: Row) -> str:
    """Tokens first; the other currencies folded. Cells on different problems stand in different plots."""
    parts = []
    for currency, name in CURRENCIES.items():
        drawn = panels(summary, currency) if currency != "verify_calls" else []
        pictures = []
        for panel in drawn:
            told = f'<p class="dim">on {panel.problems} problems of their own:</p>' if len(drawn) > 1 else ""
            pictures.append(f'{told}<div class="wide">{plots.pareto(panel.points, name, panel.curve)}</div>')
        if pictures:
            folded = f"<details><summary>against {name}</summary>{''.join(pictures)}</details>"
            parts.append("".join(pictures) if currency == "tokens" else folded)
    return "\n".join(parts)


def _more_tables(summary: Row) -> list[tuple[str, Table]]:
    """The tables that are not empty, with their titles."""
    found = [("Paired comparisons", tables.comparisons_table(summary)), ("Samples", tables.samples_table(summary))]
    found += [(f"By {name}", tables.strata_table(summary, f"by_{name}")) for name in ("level", "subject")]
    return [(title, table) for title, table in found if table.rows and len(table.headers) > 1]


def _diagrams(summary: Row) -> str:
    drawn = [
        plots.reliability(cell["calibration"]["bins"], cell["cell"], what="runs")
        for cell in summary["cells"]
        if cell["calibration"]["bins"]
    ]
    told = '<p class="dim">Share of right answers against confidence; on the diagonal both are equal.</p>'
    return f'{told}<div class="diagrams">{"".join(drawn)}</div>' if drawn else '<p class="dim">No cell gave one.</p>'


def _verifiers(gathered: Gathered) -> list[str]:
    """The section on verifiers, where samples were scored."""
    cells = verifiers.judged(gathered)
    if not cells:
        return []
    told = f'<p class="dim">{verifiers.TOLD}</p>'
    return ["<h2>Verifiers</h2>", told, tables.as_html(verifiers.table(cells)), verifiers.diagrams(cells)]


def _problems(gathered: Gathered, shown: int) -> str:
    names = problem_pages.in_order(gathered)
    told = f"{min(shown, len(names))} of {len(names)} problems; first those on which cells or repeats disagree."
    controls = (
        '<div class="controls"><input id="words" type="search" placeholder="search" aria-label="search problems">'
        '<select id="state" aria-label="which problems"><option value="">all</option>'
        '<option value="some">cells disagree</option><option value="none">none is right</option>'
        '<option value="all">all are right</option></select></div>'
    )
    pages = "\n".join(problem_pages.page(name, gathered) for name in names[:shown])
    return f'<p class="dim">{told}</p>{controls}{pages}'
