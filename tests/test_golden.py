"""Golden tapes: runs recorded once and kept. What a strategy decides on them must not change unnoticed.

A change that is meant to change decisions records them anew: python -m tests.test_golden
"""

import json
from pathlib import Path
from typing import Any

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.result import Result

FOLDER = Path(__file__).parent / "golden"
PROBLEM = "A ship carries 18 crates of 25 kg. 60 kg are unloaded. How many kg are left?"
RUNS: dict[str, dict[str, Any]] = {
    "self_consistency": {"strategy": "self_consistency", "knobs": {"n": 12}},
    "best_of_n": {"strategy": "best_of_n", "knobs": {"n": 4}, "verifier": "confidence"},
    "budget": {"strategy": "self_consistency", "knobs": {"n": 12}, "budget": ttc.Budget(tokens=500)},
    "tournament": {"strategy": "tournament", "knobs": {"n": 4, "votes": 2}, "judge": "pairwise"},
    "particle_filter": {"strategy": "particle_filter", "knobs": {"n": 3}, "verifier": "prm:format=math-shepherd"},
}


def decided(result: Result) -> dict[str, Any]:
    """What a run decided, in order: who was drawn, scored, compared and proposed, and what it cost."""
    told = [
        [event.name, event.data.get("id"), event.data.get("answer"), event.data.get("score")]
        for event in result.trace
        if event.name in ("candidate", "verdict", "propose")
    ]
    cost = [result.cost.calls, result.cost.prompt_tokens, result.cost.output_tokens]
    said = {"answer": result.answer, "confidence": result.confidence, "warnings": list(result.warnings)}
    return {**said, "cost": cost, "events": told}


@pytest.mark.parametrize("name", RUNS)
def test_golden(name: str) -> None:
    result = ttc.solve(PROBLEM, replay=FOLDER / f"{name}.jsonl", **RUNS[name])
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    assert json.loads(json.dumps(decided(result))) == expected


def record() -> None:
    """Record all runs anew."""
    for name, options in RUNS.items():
        tape = FOLDER / f"{name}.jsonl"
        tape.unlink(missing_ok=True)
        capabilities = SimulatedBackend().capabilities if name == "particle_filter" else HOSTED
        result = ttc.solve(PROBLEM, backend=SimulatedBackend(capabilities=capabilities), record=tape, **options)
        (FOLDER / f"{name}.json").write_text(json.dumps(decided(result), indent=1) + "\n")


if __name__ == "__main__":
    record()
