"""The table of all strategies: it holds them all, is made by one command, and goes on where it was killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.tables.lab import cells
from ttc.strategies import STRATEGIES

ROOT = Path(__file__).parent.parent.parent


def command(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "evals.tables.lab", "--simulated", "--out", str(out), "--sizes", "4", *words]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)


def test_every_strategy_is_in_it() -> None:
    names = {cell.strategy_name for cell in cells()}
    assert set(STRATEGIES) - names == {"st_bon"}  # reads hidden states: with --hf
    assert len({cell.name for cell in cells()}) == len(cells())


def test_one_command_makes_the_table_and_resumes(tmp_path: Path) -> None:
    only = ["--limit", "2", "--levels", "3-4", "--only", "n=4 stop=none,tournament n=4 votes=1,beam"]
    first = command(tmp_path, *only)
    assert first.returncode == 0, first.stderr[-2000:]
    results = tmp_path / "results.jsonl"
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    assert {row["strategy"] for row in rows} == {"self_consistency", "tournament", "beam"}
    assert {row["level"] for row in rows} == {"3", "4"}
    table = (tmp_path / "table.csv").read_text()
    assert len(table.splitlines()) == 1 + 3
    assert (tmp_path / "report.html").is_file()
    assert (tmp_path / "pareto.svg").read_text().startswith("<svg")
    os.truncate(results, results.stat().st_size - 100)  # as if it had been killed while the last line was written
    again = command(tmp_path, *only)
    assert again.returncode == 0, again.stderr[-2000:]
    assert len(results.read_text().splitlines()) == len(rows)
    assert (tmp_path / "table.csv").read_text() == table


@pytest.mark.slow
def test_all_of_it_runs(tmp_path: Path) -> None:
    assert command(tmp_path, "--limit", "1").returncode == 0
