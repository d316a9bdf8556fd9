"""One hundred recorded runs replay exactly: strategies, seeds, random latencies, early cancels, budgets, deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.result import Result
from ttc.strategies import BestOfN, SelfConsistency

PROBLEM = "A ship carries 18 crates of 25 kg. 60 kg are unloaded. How many kg are left?"


@dataclass(frozen=True)
class FirstTwoAgree:
    """Race six candidates, stop at the first two that agree, and cancel the rest: order of arrival decides."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        arrived: list[ttc.Candidate] = []
        async with session.race(6) as arrivals:
            async for candidate in arrivals:
                arrived.append(candidate)
                session.propose(candidate)
                groups = session.group(arrived)
                if groups and len(groups[0]) > 1:
                    return arrived[groups[0][0]]
        return arrived[0]


@dataclass(frozen=True)
class StopsEarly:
    """Watch streams and end those that grow beyond 60 tokens."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        seen: dict[int, int] = {}

        def watch(index: int, delta: Any) -> bool:
            seen[index] = seen.get(index, 0) + delta.tokens
            return seen[index] < 60

        candidates = [*(await session.sample(1, watch=watch)), *(await session.sample(3))]
        return max(candidates, key=lambda c: (c.answer is not None, c.output_tokens))


RUNS: list[tuple[str, Any, Mapping[str, Any]]] = [
    ("adaptive", SelfConsistency(n=16), {}),
    ("best", BestOfN(n=5), {"verifier": "confidence"}),
    ("race", FirstTwoAgree(), {}),
    ("watch", StopsEarly(), {}),
    ("budget", SelfConsistency(n=12, stop="none"), {"budget": ttc.Budget(tokens=700)}),
    ("typical", SelfConsistency(n=12, stop="none"), {"budget": ttc.Budget(tokens=900), "hold": "typical"}),
    ("deadline", SelfConsistency(n=12, stop="none"), {"budget": ttc.Budget(seconds=0.02)}),
    ("failures", SelfConsistency(n=6, stop="none"), {}),
    ("tournament", "tournament", {"knobs": {"n": 4, "votes": 2}, "judge": "pairwise"}),
    ("verified", BestOfN(n=4), {"verifier": "self_verify"}),
]


def essence(result: Result) -> tuple[Any, ...]:
    """All that a run is, in order: events without their times, costs without their seconds."""
    events = [(e.name, {k: v for k, v in e.data.items() if k != "seconds"}) for e in result.trace]
    cost = result.cost
    spent = (cost.calls, cost.prompt_tokens, cost.cached_tokens, cost.output_tokens)
    return result.answer, result.text, result.confidence, result.stopped, result.limit, spent, events


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("name", "strategy", "options"), RUNS, ids=[run[0] for run in RUNS])
async def test_replays_exactly(name: str, strategy: Any, options: Mapping[str, Any], seed: int, tmp_path: Path) -> None:
    backend = SimulatedBackend(
        latency_seed=seed,
        time_scale=0.01,
        capabilities=HOSTED if seed % 2 else SimulatedBackend().capabilities,
        fail_rate=0.2 if name == "failures" else 0.0,
    )
    tape = tmp_path / "run.jsonl"
    recorded = await ttc.asolve(PROBLEM, strategy, backend=backend, seed=seed, record=tape, **options)
    replayed = await ttc.asolve(PROBLEM, strategy, seed=seed, replay=tape, **options)
    assert essence(replayed) == essence(recorded)
