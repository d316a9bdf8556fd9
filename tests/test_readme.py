"""The README's commands are those that CI runs, and its Python blocks run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_ci_runs_the_first_two_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for block in blocks(README, "sh")[:2] for line in block.strip().splitlines()]
    assert len(commands) == 2
    assert re.findall(r"^(?:setup|tests)='(.*)'$", script, re.MULTILINE) == commands


@pytest.mark.parametrize("number", range(len(blocks(README, "python"))))
def test_readme_python_runs(number: int) -> None:
    pytest.importorskip("xllamacpp")
    assert run(blocks(README, "python")[number])


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
