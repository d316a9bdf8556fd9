"""The table of strategies: it runs, goes on where it stopped, and compares at equal tokens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TABLES = Path(__file__).parent.parent.parent / "evals" / "tables"


def run(out: Path, problems: int = 3) -> str:
    command = [sys.executable, str(TABLES / "strategies.py"), "--problems", str(problems), "--out", str(out)]
    only = ["--only", "self_consistency n=4,tournament n=8"]
    return subprocess.run([*command, *only], capture_output=True, text=True, check=True).stdout


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    run(tmp_path)
    runs = tmp_path / "runs.jsonl"
    whole = runs.read_text()
    rows = [json.loads(line) for line in whole.splitlines()]
    settings = {row["setting"] for row in rows}
    assert settings == {"self_consistency n=4", "tournament n=8 votes=2"}
    assert len(rows) == 3 * len(settings)
    runs.write_text(whole[:-30])  # cut off in the middle of the last line
    assert "tournament n=8 votes=2: 1 new runs" in run(tmp_path)
    again = [json.loads(line) for line in runs.read_text().splitlines()]
    assert [r | {"seconds": 0} for r in again] == [r | {"seconds": 0} for r in rows]
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 1 + len(settings)
    assert (tmp_path / "table.md").read_text().count("\n") == 2 + len(settings)


def row(setting: str, problem: int, right: bool, tokens: int) -> dict[str, object]:
    return {
        "setting": setting,
        "problem": problem,
        "right": right,
        "output_tokens": tokens,
        "prompt_tokens": 9,
        "calls": 1,
    }


def test_the_gain_is_against_the_curve_at_the_same_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TABLES))
    from equal_tokens import lines

    rows = [row("one", i, i < 20, 100) for i in range(100)] + [row("four", i, i < 60, 400) for i in range(100)]
    rows += [row("new", i, i < 70, 200) for i in range(100)]  # half way in the logarithm: the curve has 40 %
    rows += [row("long", i, i < 70, 900) for i in range(100)] + [row("one", 100, True, 100)]  # unpaired: left out
    found = {line.setting: line for line in lines(rows, ("one", "four"))}
    assert found["one"].problems == 100
    assert found["new"].gain == pytest.approx(0.3)
    low, high = found["new"].gain_interval
    assert 0.15 < low < 0.3 < high < 0.45
    assert found["new"].verdict == "better"
    assert found["long"].verdict == found["one"].verdict == "not compared"
    assert found["new"].interval[0] == pytest.approx(0.61, abs=0.02)
