"""Tests stand where the room stands that they test, and none of them asks a clock whether the code is right."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.source import ROOT

TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
WHOLE = {
    "callers", "distribution", "docs", "docstrings", "examples", "golden", "layers", "prose", "public_api", "readme",
    "real_model", "recipes", "sizes", "tests",
}  # fmt: skip
"""What is tested of the whole, in files at the top of tests/; a room that is one file has its test there too."""
ROOMS = {path.stem if path.is_file() else path.name for path in (ROOT / "ttc").iterdir() if path.stem[0] not in "._"}
FOLDERS = ROOMS | {"data", "evals", "golden"}
"""evals: its scripts; golden and data: recorded runs, tables, cases."""
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "monotonic", "monotonic_ns", "time_ns"}
POLLING = {"tests/evals/test_lab_table.py", "tests/sandbox/bystanders.py"}
"""They ask the clock only how long to go on waiting for another process."""


def test_files_stand_in_the_folder_of_their_room() -> None:
    for path in FILES:
        folder, *below = path.relative_to(TESTS).parts
        if below:
            assert folder in FOLDERS, f"{folder} is no room of ttc"
        elif folder.startswith("test_"):
            subject = path.stem.removeprefix("test_")
            assert subject in WHOLE or (ROOT / "ttc" / f"{subject}.py").is_file(), f"tests/{folder} belongs to a room"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_asks_the_clock(path: Path) -> None:
    """Speed is measured in evals/bench; waiting is counted in events, or passes in virtual time."""
    if str(path.relative_to(ROOT)) in POLLING:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            assert node.attr not in CLOCKS, f"line {node.lineno} asks time.{node.attr}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            assert not CLOCKS & {alias.name for alias in node.names}, f"line {node.lineno} imports a clock"
