"""Reports: hostile texts stay texts, everything is inside the file, and a real browser shows it."""

import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.evaluation import Cell, Runner
from ttc.evaluation.examples import Example
from ttc.evaluation.export import export
from ttc.evaluation.journal import Journal
from ttc.evaluation.regrade import regrade
from ttc.evaluation.report import write_report
from ttc.evaluation.report.contents import gather
from ttc.evaluation.report.plots import Point, frontier, pareto
from ttc.evaluation.report.tables import Table, as_html, as_markdown

HOSTILE = "</pre></script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Steps:
    """Two candidates grown by steps, so that there is a tree; the first is chosen."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        from ttc.core.candidates import ROOT

        growing = [ROOT, ROOT]
        while not all(candidate.done for candidate in growing):
            growing = await session.extend(growing)
        return growing[0]


async def evaluated(folder: Path, seed: int = 0) -> Path:
    """A small evaluation of the simulated model whose answers are hostile HTML."""
    examples = [
        Example(ttc.Problem(f"Which tag is {i}? {HOSTILE}", f"p{i}"), f"a{i}", str(i % 3 + 1)) for i in range(6)
    ]
    backend = SimulatedBackend(distractors=lambda text: [f"<b>{i}</b>{HOSTILE}" for i in range(5)], gold=lambda t: "a1")
    cells = [Cell("best_of_n", {"n": 4}, verifier="self_verify"), Cell("self_consistency", {"n": 8}), Cell(Steps())]
    about = {"set": f"<i>{HOSTILE}", "data": None, "pool": None, "model": "m", "seed": seed, "grader": "equivalence"}
    about |= {"sampling": {"temperature": 0.8}, "versions": {"ttc": "0"}}
    journal = Journal(folder, about)
    await Runner(examples=examples, cells=cells, backend=backend, journal=journal, seed=seed).run()
    journal.close()
    return folder


async def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    html, markdown, svg = (path.read_text() for path in write_report([await evaluated(tmp_path / "run")]))
    for text in (html, markdown, svg):
        assert "<script>document" not in text
        assert "<img" not in text
    assert "&lt;script&gt;document.title" in html  # it is shown, as text
    assert html.count("<script>") == 1


async def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    html = write_report([await evaluated(tmp_path / "run")])[0].read_text()
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?!x\b)[^"'>\s]+""", re.sub(r"&lt;.*?&gt;", "", html))
    assert "@import" not in html
    assert "default-src 'none'" in html
    for part in ("Accuracy against cost", "Paired comparisons", "By level", "Calibration", "search tree", "votes"):
        assert part in html


async def test_the_plot_is_exported_as_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    paths = write_report([await evaluated(tmp_path / "run")], png=True)
    assert paths[-1] == tmp_path / "run" / "pareto.png"
    width, height, shades = look(paths[-1])
    assert (width, height) == (1400, 840)
    assert shades > 100


async def test_without_matplotlib_a_png_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ValueError, match=r"pip install 'ttc-llm\[eval\]'.*SVG"):
        write_report([await evaluated(tmp_path / "run")], png=True)
    assert (tmp_path / "run" / "pareto.svg").exists()  # all the rest was written


async def test_several_evaluations_are_compared(tmp_path: Path) -> None:
    folders = [await evaluated(tmp_path / name, seed) for seed, name in enumerate(("small", "large"))]
    html, markdown, _ = (path.read_text() for path in write_report(folders, tmp_path / "both"))
    for text in (html, markdown):
        assert "small: best" in text.replace("\\", "")
        assert "large: best" in text.replace("\\", "")


async def evaluated_on(folder: Path, problems: list[str], answer: str, begin: str = "What is") -> Path:
    """An evaluation of one cell on these problems, and the answer that is right."""
    examples = [Example(ttc.Problem(f"{begin} {name}?", name), "a1") for name in problems]
    backend = SimulatedBackend(distractors=lambda text: ["b"], gold=lambda text: answer)
    about = {"set": folder.name, "data": None, "pool": None, "model": "m", "seed": 0, "grader": "equivalence"}
    journal = Journal(folder, about | {"sampling": {"temperature": 0.8}, "versions": {"ttc": "0"}})
    await Runner(examples=examples, cells=[Cell("best_of_n", {"n": 2})], backend=backend, journal=journal).run()
    journal.close()
    return folder


async def test_no_line_runs_through_different_sets_of_problems(tmp_path: Path) -> None:
    sets = {"one": ["p0", "p1"], "same": ["p1", "p0"], "other": ["p1", "p2", "p3"]}
    folders = [await evaluated_on(tmp_path / name, problems, "a1") for name, problems in sets.items()]
    told: list[str] = []
    paths = write_report(folders, tmp_path / "all", tell=told.append)
    assert [path.name for path in paths] == ["report.html", "report.md", "pareto.svg", "pareto_2.svg"]
    assert told == ["the cells were run on 2 different sets of problems, which are plotted apart"]
    first, second = (path.read_text() for path in paths[2:])
    assert "one: best_of_n" in first
    assert "same: best_of_n" in first
    assert "other: " not in first
    assert "other: best_of_n" in second
    assert "one: " not in second
    assert paths[0].read_text().count("problems of their own") >= 2


async def test_different_problems_of_one_name_are_not_taken_for_each_other(tmp_path: Path) -> None:
    first = await evaluated_on(tmp_path / "first", ["1", "2"], "a1")
    second = await evaluated_on(tmp_path / "second", ["1", "2"], "a1", begin="How many are")
    gathered = gather([first, second])
    assert set(gathered.rows) == {"1", "2", "second: 1", "second: 2"}
    assert gathered.summary["n_problems"] == 4
    assert gathered.summary["comparisons"][0]["n"] == 0


async def test_a_fragment_is_called_one(tmp_path: Path) -> None:
    """The process was killed: some lines of results.jsonl are missing, and there is no summary."""
    folder = await evaluated(tmp_path / "run")
    results = folder / "results.jsonl"
    lines = sorted(results.read_text().splitlines(keepends=True), key=lambda line: json.loads(line)["cell"])
    results.write_text("".join([*lines[:4], *lines[6:9], *lines[12:15]]))  # of 6 runs of each of the three cells
    told: list[str] = []
    html, markdown, *_ = (path.read_text() for path in write_report([folder], tell=told.append))
    assert told[0] == "fragment: 10 of 18 runs"
    assert "fragment: 10 of 18 runs" in html
    assert "fragment: 10 of 18 runs" in markdown
    assert gather([folder]).summary["fragments"] == ["fragment: 10 of 18 runs"]
    said: list[str] = []
    logs = [json.loads(path.read_text()) for path in export(folder, "inspect", report=said.append)]
    assert said[0] == "fragment: 10 of 18 runs"
    assert {log["status"] for log in logs} == {"cancelled"}
    assert sum(log["results"]["completed_samples"] for log in logs) == 10
    assert [log["results"]["total_samples"] for log in logs] == [6, 6, 6]
    assert logs[0]["eval"]["metadata"]["fragment"].endswith(" of 6 runs")
    whole = json.loads(export(folder, "lm-eval")[-1].read_text())
    assert "fragment: 10 of 18 runs" in whole["notes"]
    assert all("fragment: " in task["alias"] for task in whole["results"].values())
    again = regrade(folder, "identical", report=said.append)
    assert said[-1] == "fragment: 10 of 18 runs"
    assert gather([again.folder]).summary["fragments"] == ["fragment: 10 of 18 runs"]


async def test_a_whole_evaluation_is_no_fragment(tmp_path: Path) -> None:
    folder = await evaluated(tmp_path / "run")
    assert "fragments" not in gather([folder]).summary
    assert {json.loads(path.read_text())["status"] for path in export(folder, "inspect")} == {"success"}
    (folder / "plan.json").unlink()  # a folder of version 0.1, killed before its summary
    assert "of an unknown number" in gather([folder]).summary["fragments"][0]


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no evaluation"):
        write_report([tmp_path])
    with pytest.raises(ValueError, match="at least one folder"):
        write_report([])


def test_the_frontier_is_what_no_other_beats() -> None:
    points = [Point(str(c), c, a, a, a) for c, a in ((1, 0.4), (2, 0.3), (3, 0.6), (4, 0.6), (2, 0.5))]
    assert [(p.cost, p.accuracy) for p in frontier(points)] == [(1, 0.4), (2, 0.5), (3, 0.6)]


def test_a_plot_of_one_point_without_interval_works() -> None:
    assert "<circle" in pareto([Point("alone", 100.0, 0.5, float("nan"), float("nan"))], "tokens")


def test_tables_sort_by_value_and_escape() -> None:
    table = Table(["a|b", "n"], [["x_<y>", (0.12345, 3)], ["z", (None, 3)]])
    assert 'data-sort="0.12345">0.123<' in as_html(table)
    assert "x_&lt;y&gt;" in as_html(table)
    assert as_markdown(table).splitlines()[0] == "| a\\|b | n |"
    assert "x\\_&lt;y&gt;" in as_markdown(table)


FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1240,1600",
)  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_a_browser_shows_it_and_runs_nothing_foreign(tmp_path: Path) -> None:
    page = write_report([await evaluated(tmp_path / "run")])[0]
    shot = tmp_path / "shot.png"
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    subprocess.run([*command, f"--screenshot={shot}", page.as_uri()], capture_output=True, check=True, timeout=60)  # noqa: ASYNC221
    width, height, shades = look(shot)
    assert (width, height) == (1240, 1600)
    assert shades > 100  # text, marks and plots, not an empty page
    dumped = subprocess.run(  # noqa: ASYNC221
        [*command, "--dump-dom", page.as_uri()], capture_output=True, check=True, timeout=60, text=True
    ).stdout
    assert "<title>taken" not in dumped


def look(path: Path) -> tuple[int, int, int]:
    """Width, height and the number of different rows of pixels of a PNG."""
    data, place, packed = path.read_bytes(), 8, b""
    width = height = 0
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        packed += body if kind == b"IDAT" else b""
        place += length + 12
    pixels = zlib.decompress(packed)
    stride = len(pixels) // height
    return width, height, len({pixels[row * stride : (row + 1) * stride] for row in range(height)})
