"""`ttc regrade`: another answer verifier's view of a finished evaluation."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

EXAMPLES = """
Examples:

    ttc regrade runs/math --grader math_verify

    ttc regrade runs/math --grader mymodule:same_answer --out runs/math-mine

    ttc report runs/math runs/math/regraded-math_verify
"""
SHOWN = 20
"""Differences that are printed."""


def regrade(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A folder that `ttc eval --out` wrote.")],
    grader: Annotated[str, typer.Option("--grader", help="equivalence, identical, math_verify, or MODULE:FUNCTION.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder.  [default: RUN/regraded-GRADER]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print both tables and the differences as JSON.")] = False,
) -> None:
    """Grade a finished evaluation again without asking the model: a new table beside the old one, and what differs."""
    from ttc.evaluation.regrade import regrade as again

    sys.path.insert(0, str(Path.cwd()))  # so that MODULE may lie beside the user
    found = again(folder, grader, out, lambda message: print(f"ttc: {message}", file=sys.stderr))
    if json_:
        tables = {"before": found.before, "after": found.after, "differences": found.differences}
        print(json.dumps({"folder": str(found.folder), **tables}, ensure_ascii=False))
    else:
        _show(found)


regrade.__doc__ = f"{regrade.__doc__}\n{EXAMPLES}"


def _show(found: Any) -> None:
    """Both accuracies of every cell, and the first differences."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table("cell", "was", "now", "95 % interval", "differ", box=None, header_style="bold")
    for old, new in zip(found.before["cells"], found.after["cells"], strict=True):
        accuracy = new["accuracy"]
        interval = "" if accuracy["low"] is None else f"{accuracy['low']:.3f} to {accuracy['high']:.3f}"
        differ = sum(row["cell"] == new["cell"] for row in found.differences)
        numbers = (f"{old['accuracy']['value']:.3f}", f"{accuracy['value']:.3f}", interval, str(differ))
        table.add_row(Text(new["cell"]), *numbers)
    console.print(table)
    for row in found.differences[:SHOWN]:
        now = "right" if row["now"] else "wrong"
        console.print(Text(f"{row['id']}: gold {row['gold']!r}, answer {row['answer']!r} is now {now} ({row['cell']})"))
    if len(found.differences) > SHOWN:
        console.print(f"... and {len(found.differences) - SHOWN} more")
    console.print(f"tables and differences.jsonl are in {found.folder}")
