"""short-m@k: conformance (the bill may depend on latencies, the answer may not), savings, the m shortest."""

import asyncio
from collections import Counter

import pytest

import ttc
from evals.tables.vote_rules import short_m_at_k
from tests.believed import by_votes
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.strategies import SelfConsistency, ShortM
from ttc.testing.clock import run_in_virtual_time
from ttc.testing.strategies import StrategyConformance

PROBLEM = "What is 19 + 27?"


class TestConformance(StrategyConformance):
    def make(self) -> ShortM:
        return ShortM(n=5, m=2)

    async def test_same_seed_same_run_whatever_the_latencies(self) -> None:
        """How far the losers get is a matter of latencies: that is the method. Nothing else is."""
        runs = [await self.run(SimulatedBackend(latency_seed=i, time_scale=i * 0.002), seed=5) for i in range(4)]
        assert len({(run.answer, run.text, run.confidence, run.stopped) for run in runs}) == 1


async def pool(n: int, seed: int) -> list[ttc.Candidate]:
    """The same candidates, all whole."""
    backend = SimulatedBackend(capabilities=HOSTED)
    whole = await ttc.asolve(PROBLEM, SelfConsistency(n=n, stop="none"), backend=backend, seed=seed)
    return sorted(whole.candidates, key=lambda c: int(c.id))


@pytest.mark.parametrize("latency_seed", range(3))
async def test_the_m_shortest_vote_whoever_came_first(latency_seed: int) -> None:
    for seed in range(6):
        candidates = await pool(9, seed)
        answers = sorted({c.answer or "" for c in candidates})
        vote = short_m_at_k(
            [answers.index(c.answer or "") for c in candidates], [c.output_tokens for c in candidates], 3
        )
        backend = SimulatedBackend(latency_seed=latency_seed, time_scale=0.001)
        result = await ttc.asolve(PROBLEM, ShortM(n=9, m=3), backend=backend, seed=seed)
        assert vote.winner is not None
        assert result.answer == answers[vote.winner]
        shortest = [c.answer for c in sorted(candidates, key=lambda c: c.output_tokens)[:3]]
        counts = [
            shortest.count(result.answer),
            *Counter(a for a in shortest if a not in (None, result.answer)).values(),
        ]
        expected = by_votes(counts, shortest.count(None), heard=len(shortest) == len(candidates))
        assert result.confidence == pytest.approx(expected)  # who came early and is longer is out


def test_the_rest_is_ended_and_saves_tokens_and_time() -> None:
    backend = SimulatedBackend(time_scale=1.0, request_seconds=0.2, tokens_sigma=0.9)

    async def timed(strategy: ShortM) -> tuple[ttc.Result, float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        return await ttc.asolve(PROBLEM, strategy, backend=backend), loop.time() - start

    short, quick = run_in_virtual_time(timed(ShortM(n=8, m=2)))
    full, slow = run_in_virtual_time(timed(ShortM(n=8, m=8)))
    assert len(short.candidates) == len(full.candidates) == 8
    assert sum(c.finish == "stopped" for c in short.candidates) >= 4
    assert short.cost.output_tokens < 0.75 * full.cost.output_tokens
    assert 0 < quick < slow


async def test_m_equal_n_is_self_consistency_with_ties_to_the_shorter() -> None:
    full = await ttc.asolve(PROBLEM, ShortM(n=7, m=7), backend=SimulatedBackend())
    assert {c.finish for c in full.candidates} == {"stop"}


@pytest.mark.parametrize("knobs", [{"n": 0}, {"m": 0}, {"m": 9}])
def test_bad_knobs_are_refused(knobs: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        ShortM(**knobs)
