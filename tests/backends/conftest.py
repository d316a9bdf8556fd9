"""A real model for the tests that need one: TTC_TEST_GGUF, or the laboratory model that ships with ttc."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import ttc
from ttc.backends.llamacpp import LlamaCppBackend


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The path of a small GGUF; without one the tests that ask for it are skipped."""
    pytest.importorskip("xllamacpp")
    named = os.environ.get("TTC_TEST_GGUF")
    path = Path(named) if named else Path(ttc.__file__).parent / "lab" / "weights" / "ttc-lab.gguf"
    if not path.is_file():
        pytest.skip("no GGUF: set TTC_TEST_GGUF")
    return path


@pytest.fixture
async def model(gguf: Path):
    """The real model, ready to be asked."""
    backend = LlamaCppBackend(gguf, slots=4, context_per_slot=512, threads=1)
    await backend.prepare()
    yield backend
    await backend.aclose()
