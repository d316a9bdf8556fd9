"""Reports of evaluations: HTML for the browser, Markdown for the repository, plots for papers.

`contents.py` reads folders of results, `tables.py` and `plots.py` draw single parts, and `page.py` puts them together.
The room is a part of `evaluation` and may import the same rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ttc.errors import check_range
from ttc.evaluation.report.contents import gather
from ttc.evaluation.report.page import curve_of, html, markdown, pareto_points, write_png
from ttc.evaluation.report.plots import pareto


def write_report(
    folders: Sequence[str | Path], out: str | Path | None = None, *, problems: int = 50, png: bool = False
) -> list[Path]:
    """Write report.html, report.md and pareto.svg (and pareto.png) of one or more evaluations; the paths written.

    `out` is a folder, by default that of the first evaluation. `problems` is how many get a section of their own.
    """
    check_range("[0, inf)", problems=problems)
    gathered = gather(folders)
    place = Path(out if out is not None else folders[0])
    place.mkdir(parents=True, exist_ok=True)
    picture = pareto(pareto_points(gathered.summary, "tokens"), "tokens", curve_of(gathered.summary, "tokens"))
    texts = {"report.html": html(gathered, problems), "report.md": markdown(gathered), "pareto.svg": picture + "\n"}
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    if png:
        write_png(gathered, place / "pareto.png")
    return [place / name for name in (*texts, *(["pareto.png"] if png else []))]


__all__ = ["write_report"]
