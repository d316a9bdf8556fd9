"""`ttc verify` with tests in a file: programs are run, and each gets a score, a reason and its cost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ttc.backends.simulated import SimulatedBackend
from ttc.cli import app

PROGRAMS = {
    "right": "def half(n):\n    return n // 2\n",
    "wrong": "def half(n):\n    return n / 3\n",
    "endless": "def half(n):\n    while True:\n        pass\n",
}


async def simulated(spec: object, **options: object) -> SimulatedBackend:
    return SimulatedBackend()


@pytest.mark.usefixtures("any_sandbox")
def test_programs_are_run_against_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttc.connect.connect", simulated)
    tests = tmp_path / "tests.py"
    tests.write_text("assert half(8) == 4\nassert half(9) == 4\n")
    words = ["verify", "Write half(n).", "--domain", "code", "--tests", str(tests), "--json"]
    for name, program in PROGRAMS.items():
        path = tmp_path / f"{name}.txt"
        path.write_text(f"Here:\n```python\n{program}```\n")
        words += ["-c", str(path)]
    result = CliRunner().invoke(app, [*words, "--verifier", "execute:seconds=2:isolated=false"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [row["score"] for row in found["candidates"]] == [1.0, 0.0, 0.0]
    assert all(row["reason"] for row in found["candidates"])
    assert found["cost"]["calls"] == 0


def test_without_tests_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttc.connect.connect", simulated)
    path = tmp_path / "a.txt"
    path.write_text("```python\npass\n```")
    words = ["verify", "Write half(n).", "-c", str(path), "--domain", "code", "--verifier", "execute:isolated=false"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code != 0
    assert "tests" in str(result.exception) + result.output
