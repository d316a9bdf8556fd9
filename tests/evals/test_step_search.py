"""The table of step search: it runs, goes on where it stopped, and its comparisons follow from its rows."""

import subprocess
import sys
from pathlib import Path

import pytest

from evals.tables.memory import of_lengths
from evals.tables.step_tables import Columns, fewer, frugal, memory_ratio, truncation

ROOT = Path(__file__).parent.parent.parent


def run(out: Path, problems: int = 3) -> str:
    command = [sys.executable, "-m", "evals.tables.step_search", "--backend", "simulated", "--out", str(out)]
    only = ["--only", "rebase,ets,weighted,beam", "--widths", "2,4", "--ets", "3/0", "--problems", str(problems)]
    return subprocess.run([*command, *only], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = run(tmp_path)
    rows = tmp_path / "runs.jsonl"
    whole = rows.read_text()
    assert whole.count("\n") == 3 * 10
    assert "ets b=3 d=0 n=4 holds" in first
    rows.write_text(whole[:-30])  # cut off in the middle of the last line
    assert run(tmp_path) == first
    assert (tmp_path / "step_search.svg").read_text().startswith("<svg")


def test_nothing_finished_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evals.tables.step_search", "--backend", "simulated", "--out", str(tmp_path)]
    assert subprocess.run([*command, "--seconds", "0", "--problems", "2"], cwd=ROOT, check=False).returncode == 0


def row(setting: str, problem: int, right: bool, held: float, tokens: int = 100) -> dict[str, object]:
    memory = {"held_mean": held, "kept_mean": held / 2, "held_peak": 2 * held}
    return {"setting": setting, "problem": str(problem), "right": right, "solve_tokens": tokens, **memory}


def test_comparisons() -> None:
    rows = [row(f"beam n={n}", i, i < 10 * n, 300.0) for n in (2, 4, 8) for i in range(100)]
    rows += [row(f"particles n={n}", i, i < 30 * n, 150.0) for n in (2, 4, 8) for i in range(100)]
    rows.append(row("particles n=2", 100, True, 9e9))  # of a problem that the others lack
    columns = Columns(rows)
    ratio = memory_ratio(columns, "beam n=4", "particles n=2")
    assert "holds 2.00 (2.00 to 2.00) and keeps 2.00 (2.00 to 2.00) times less" in ratio
    assert "+20.0" in ratio
    assert fewer(columns, "particles", "beam", [2, 4, 8]).splitlines() == [
        # half of the way from 4 to 8 in the log
        "- beam is as accurate as particles n=2 (60.0 %) at n = 5.7: 2.8 times the width",
        "- beam does not reach particles n=4 (100.0 %) at any width up to 8",
        "- beam does not reach particles n=8 (100.0 %) at any width up to 8",
    ]


def test_truncation_is_between_one_sample_and_a_vote() -> None:
    rows = [row("self_consistency n=1", i, i < 50, 100.0) for i in range(100)]
    rows += [row("self_consistency n=8", i, i < 70, 800.0, 800) for i in range(100)]
    rows += [row("best_of_n n=8", i, i < 65, 800.0, 800) for i in range(100)]
    rows += [row("st_bon n=8", i, i < 60, 200.0, 240) for i in range(100)]
    cells = [cell.strip() for cell in truncation(Columns(rows), 8, "st_bon").split("|")]
    assert cells[3:6] == ["50.0", "60.0", "70.0"]
    assert cells[6].startswith("+10.0")
    assert cells[7].startswith("-10.0")
    assert cells[8:10] == ["0.30 (0.30 to 0.30)", "0.25 (0.25 to 0.25)"]
    assert truncation(Columns(rows), 4, "st_bon") == ""


def test_the_setting_of_ets_is_the_most_frugal_one_that_is_as_accurate() -> None:
    rows = [row("rebase n=8", i, i < 60, 400.0) for i in range(100)]
    for b, right, held in ((1, 60, 380.0), (2, 59, 250.0), (3, 58, 90.0)):  # the last loses two points
        rows += [row(f"ets b={b} d=0.5 n=8", i, i < right, held) for i in range(100)]
    assert frugal(Columns(rows)) == (2.0, 0.5)
    assert frugal(Columns([r for r in rows if "b=3" in r["setting"] or "rebase" in r["setting"]])) is None  # type: ignore[operator]


def test_memory_of_whole_solutions() -> None:
    # after tokens 1, 2, 3 there are 2, 2, 1 solutions: 2, 4 and 3 tokens held
    assert of_lengths([3, 2]) == {"held_mean": pytest.approx(3.0), "held_peak": 4.0, "kept_mean": pytest.approx(3.0)}
    assert of_lengths([])["held_peak"] == 0.0
