"""The table of step search: it runs, goes on where it stopped, and its comparisons follow from its rows."""

import subprocess
import sys
from pathlib import Path

import pytest

TABLES = Path(__file__).parent.parent.parent / "evals" / "tables"


def run(out: Path, problems: int = 3) -> str:
    command = [sys.executable, str(TABLES / "step_search.py"), "--problems", str(problems), "--out", str(out)]
    only = ["--only", "rebase,ets n,weighted,beam", "--widths", "2,4"]
    return subprocess.run([*command, *only], capture_output=True, text=True, check=True).stdout


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = run(tmp_path)
    rows = tmp_path / "step_search.jsonl"
    whole = rows.read_text()
    assert whole.count("\n") == 3 * 8
    assert "ets n=4 holds" in first
    rows.write_text(whole[:-30])  # cut off in the middle of the last line
    second = run(tmp_path)
    assert second.count(" 1 new runs") == 1
    assert second.partition("\n| ")[2] == first.partition("\n| ")[2]
    assert (tmp_path / "step_search.csv").read_text().count("\n") == 1 + 8


def row(setting: str, problem: int, right: bool, held: float) -> dict[str, object]:
    return {"setting": setting, "problem": str(problem), "right": right, "held_mean": held}


def test_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TABLES))
    from step_search import Columns, fewer, memory_ratio

    rows = [row(f"beam n={n}", i, i < 10 * n, 300.0) for n in (2, 4, 8) for i in range(100)]
    rows += [row(f"particles n={n}", i, i < 30 * n, 150.0) for n in (2, 4, 8) for i in range(100)]
    columns = Columns(rows)  # type: ignore[arg-type]
    ratio = memory_ratio(columns, "beam n=4", "particles n=2")
    assert "2.00 (2.00 to 2.00) times less" in ratio
    assert "+20.0" in ratio
    assert fewer(columns, "particles", "beam", [2, 4, 8]).splitlines() == [
        "- beam is as accurate as particles n=2 (60.0 %) at n = 5.7",  # half of the way from 4 to 8 in the log
        "- beam does not reach particles n=4 (100.0 %) at any width up to 8",
        "- beam does not reach particles n=8 (100.0 %) at any width up to 8",
    ]
