"""The whole command on a real model: embedded, and through an OpenAI-compatible server on loopback.

The model is TTC_TEST_GGUF (continuous integration names SmolLM2-135M-Instruct), else the laboratory model.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttc.lab import lab_model_path

PROBLEM = "Compute the lcm of 4 and 6."
BEST_OF_N = ("--strategy", "best_of_n", "--set", "n=3", "--verifier", "confidence")
VOTE = ("--strategy", "self_consistency", "--set", "n=3", "--set", "stop=none")


@pytest.fixture(scope="module")
def gguf() -> Path:
    pytest.importorskip("xllamacpp")
    return Path(os.environ.get("TTC_TEST_GGUF") or lab_model_path())


@pytest.fixture(scope="module")
def server(gguf: Path) -> Iterator[str]:
    """The model behind an OpenAI-compatible server on a loopback port."""
    from ttc.backends.llamacpp import LlamaCppBackend

    loop, backend = asyncio.new_event_loop(), LlamaCppBackend(gguf, slots=4, threads=1)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(backend.prepare(), loop).result(60)
    yield f"{backend.url}/v1"
    asyncio.run_coroutine_threadsafe(backend.aclose(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def solve(*words: str) -> tuple[int, dict[str, object]]:
    command = [sys.executable, "-m", "ttc", "solve", PROBLEM, "--max-tokens", "64", "--tokens", "192", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: the model is too weak; the result says so
    return done.returncode, json.loads(done.stdout)


def check(status: int, result: dict[str, object]) -> None:
    cost = result["cost"]
    assert isinstance(cost, dict)
    assert (status == 0) == (result["answer"] is not None)
    assert 0 < cost["output_tokens"] <= 192
    assert cost["calls"] == 3
    assert isinstance(result["candidates"], list)
    assert len(result["candidates"]) == 3


@pytest.mark.parametrize("strategy", [BEST_OF_N, VOTE], ids=["best_of_n", "self_consistency"])
def test_embedded(gguf: Path, strategy: tuple[str, ...]) -> None:
    check(*solve("--gguf", str(gguf), *strategy))


@pytest.mark.parametrize("strategy", [BEST_OF_N, VOTE], ids=["best_of_n", "self_consistency"])
def test_over_a_server(server: str, strategy: tuple[str, ...]) -> None:
    check(*solve("--base-url", server, *strategy))
