"""Every example runs, on the simulated model."""

import importlib.util
from pathlib import Path

import pytest

from ttc.backends.simulated import SimulatedBackend

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(backend=SimulatedBackend()) is not None
    assert capsys.readouterr().out
    assert len(path.read_text().splitlines()) <= 60
