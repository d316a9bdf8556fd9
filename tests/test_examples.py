"""Every example runs: on the simulated model, or, where agents call tools, for real on the laboratory model."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from ttc.backends.simulated import SimulatedBackend

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
REAL = {
    "agent_loop": ("aiohttp", "(confidence"),
    "openai_agents": ("agents", "tool_call_item {"),
    "pydantic_ai_agent": ("pydantic_ai", "tool-call {"),
    "dspy_module": ("dspy", "accuracy in per cent"),
}
"""Examples that run on the laboratory model: the package that each needs, and what it prints of its work."""
RIGHT = {
    "custom_strategy": "21 after",
    "custom_verifier": "chosen: 42",
    "quickstart": "16 (confidence",
    "replay": "168 168 same text: True",
}
"""The other examples, and the right answer as they print it on the laboratory model."""


def test_examples_are_short() -> None:
    assert {path.stem: n for path in EXAMPLES if (n := len(path.read_text().splitlines())) > 60} == {}


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem not in REAL], ids=lambda p: p.stem)
def test_example(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(backend=SimulatedBackend()) is not None
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", RIGHT)
def test_example_is_right_on_the_laboratory_model(name: str) -> None:
    pytest.importorskip("xllamacpp")
    done = subprocess.run([sys.executable, FOLDER / f"{name}.py"], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert RIGHT[name] in done.stdout


@pytest.mark.parametrize("name", REAL)
def test_example_on_the_laboratory_model(name: str) -> None:
    package, shown = REAL[name]
    for needed in (package, "xllamacpp", "uvicorn"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"examples/{name}.py needs the package {needed}, which is not installed")
    done = subprocess.run([sys.executable, FOLDER / f"{name}.py"], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
    if name != "dspy_module":
        assert done.stdout.count("9 * 55") >= 1  # a call of the calculator, made before
        assert "591" in done.stdout.splitlines()[-1]  # the answer
    else:
        assert float(done.stdout.rsplit(maxsplit=1)[-1]) == 100.0
