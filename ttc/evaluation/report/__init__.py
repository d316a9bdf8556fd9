"""Reports of evaluations: HTML for the browser, Markdown for the repository, plots for papers.

`contents.py` reads folders of results, `tables.py` and `plots.py` draw single parts, and `page.py` puts them together.
The room is a part of `evaluation` and may import the same rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ttc.errors import check_range
from ttc.evaluation.report.contents import gather
from ttc.evaluation.report.page import html, markdown, panels, write_png
from ttc.evaluation.report.plots import pareto
from ttc.evaluation.summary import warnings_of


def write_report(
    folders: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    problems: int = 50,
    png: bool = False,
    tell: Callable[[str], None] = lambda message: None,
) -> list[Path]:
    """Write report.html, report.md and pareto.svg (and pareto.png) of one or more evaluations; the paths written.

    Cells that were run on other problems are plotted apart, as pareto_2.svg and so on: no frontier joins them. `out`
    is a folder, by default that of the first evaluation. `problems` is how many get a section of their own. `tell` is
    told what a reader should know.
    """
    check_range("[0, inf)", problems=problems)
    gathered = gather(folders)
    for warning in warnings_of(gathered.summary):
        tell(warning)
    place = Path(out if out is not None else folders[0])
    place.mkdir(parents=True, exist_ok=True)
    drawn = panels(gathered.summary, "tokens")
    names = ["pareto", *(f"pareto_{number}" for number in range(2, len(drawn) + 1))]
    texts = {"report.html": html(gathered, problems), "report.md": markdown(gathered)}
    texts |= {
        f"{name}.svg": pareto(panel.points, "tokens", panel.curve) + "\n"
        for name, panel in zip(names, drawn, strict=False)
    }
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    pictures = [f"{name}.png" for name in names[: len(drawn)]] if png else []
    for panel, name in zip(drawn, pictures, strict=False):
        write_png(panel, place / name)
    return [place / name for name in (*texts, *pictures)]


__all__ = ["write_report"]
