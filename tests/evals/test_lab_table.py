"""The table of all strategies: it holds them all, is made by one command and many processes, and goes on."""

import csv
import json
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest

from evals.tables import workers
from evals.tables.lab import cells
from ttc.strategies import STRATEGIES

ROOT = Path(__file__).parent.parent.parent
ONLY = ["--only", "self_consistency n=4,tournament n=4 votes=1,beam n=4,auto 0.05", "--levels", "3,4"]


def command(out: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "evals.tables.lab", "--backend", "simulated", "--out", str(out), *words]


def made(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(out, *words), cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)


def rows_of(out: Path) -> list[dict[str, object]]:
    return sorted(
        map(json.loads, (out / "runs.jsonl").read_text().splitlines()), key=lambda r: (r["setting"], r["problem"])
    )


def test_every_strategy_that_was_measured_is_in_it() -> None:
    """A strategy that is new may come into the table later."""
    every = [cell for group in cells() for cell in group]
    names = {cell.strategy_name for cell in every}
    with (ROOT / "evals" / "results" / "lab_table.csv").open(encoding="utf-8", newline="") as file:
        measured = {row["setting"].split()[0] for row in csv.DictReader(file)}
    classes = {name: STRATEGIES[name].__name__ for name in measured & set(STRATEGIES)}
    assert len(classes) > 20
    assert {name for name, kind in classes.items() if not {name, kind} & names} <= {"st_bon"}  # with --hf
    assert len({cell.name for cell in every}) == len(every)


async def test_several_servers_are_shared_out_among_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def connect(url: str) -> None:
        asked.append(url)

    monkeypatch.setattr(workers, "connect", connect)
    for number in range(3):
        await workers.opened(Namespace(backend="http://a/v1#m,http://b/v1#m"), [], number)
    assert asked == ["http://a/v1#m", "http://b/v1#m", "http://a/v1#m"]


def test_one_command_makes_the_table_and_resumes(tmp_path: Path) -> None:
    only = [*ONLY, "--problems", "3"]
    first = made(tmp_path, *only, "--workers", "2")
    assert first.returncode == 0, first.stderr[-2000:]
    rows, table = rows_of(tmp_path), (tmp_path / "table.csv").read_text()
    assert len({(row["setting"], row["problem"]) for row in rows}) == len(rows) == 3 * 4
    assert {str(row["problem"])[-8:] for row in rows} == {"3-test-0", "4-test-0"}
    assert len(table.splitlines()) == 1 + 4
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    runs = tmp_path / "runs.jsonl"
    runs.write_text(runs.read_text()[:-30])  # as if it had been killed while the last line was written
    again = made(tmp_path, *only)
    assert again.returncode == 0, again.stderr[-2000:]
    assert rows_of(tmp_path) == rows
    assert (tmp_path / "table.csv").read_text() == table
    other = made(tmp_path, *only, "--temperature", "0.5")
    assert other.returncode != 0
    assert "choose another --out" in other.stderr


def test_a_killed_command_leaves_no_process_and_whole_lines(tmp_path: Path) -> None:
    process = subprocess.Popen(command(tmp_path, "--problems", "40", "--workers", "2"), cwd=ROOT)
    runs, until = tmp_path / "runs.jsonl", time.time() + 60
    while (not runs.exists() or runs.read_text().count("\n") < 5) and time.time() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 128 + signal.SIGTERM
    time.sleep(0.5)
    before = runs.read_bytes()
    time.sleep(1.0)
    assert runs.read_bytes() == before  # nobody writes any more
    rows = [json.loads(line) for line in before.splitlines()]
    assert len(rows) >= 5


def test_no_run_begins_after_its_seconds(tmp_path: Path) -> None:
    assert made(tmp_path, *ONLY, "--problems", "40", "--seconds", "0").returncode == 0
    assert not (tmp_path / "runs.jsonl").read_text()
    assert (tmp_path / "table.md").exists()


@pytest.mark.slow
def test_all_of_it_runs(tmp_path: Path) -> None:
    assert made(tmp_path, "--problems", "1").returncode == 0
    assert len(rows_of(tmp_path)) == sum(map(len, cells()))
