"""What every strategy must do: subclass `StrategyConformance` and say how to make yours."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ttc.api import Solver, asolve
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.core.result import Result
from ttc.errors import BackendError
from ttc.types import Candidate, Problem, Verdict

if TYPE_CHECKING:
    from ttc.core.session import Session
    from ttc.core.strategy import Strategy

PROBLEM = Problem("A shelf holds 7 boxes of 12 pens. 9 pens are missing. How many pens are there?")


class Mute:
    """A verifier that can judge nothing."""

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """All nan."""
        return [Verdict(math.nan, "cannot judge")] * len(candidates)


class StrategyConformance:
    """Subclass it, override `make` (and `options` for a verifier or judge), and pytest runs all of this.

    `cost_of_one` is roughly what the smallest useful run costs in tokens: budgets below it may end without an answer.
    """

    cost_of_one = 400
    needs_verifier = False

    def make(self) -> Strategy:
        """The strategy under test with small knobs."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Further arguments of `asolve`: verifier, judge."""
        return {}

    async def run(self, backend: SimulatedBackend | None = None, **options: Any) -> Result:
        """One run on the simulated model."""
        return await asolve(PROBLEM, self.make(), backend=backend or SimulatedBackend(), **(self.options() | options))

    async def test_same_seed_same_run_whatever_the_latencies(self) -> None:
        """Latencies change nothing: not the answer, the candidates or the cost."""
        runs = [await self.run(SimulatedBackend(latency_seed=i, time_scale=i * 0.002), seed=5) for i in range(3)]
        first = _essence(runs[0])
        assert [_essence(run) for run in runs[1:]] == [first, first]

    async def test_another_seed_another_run(self) -> None:
        """Seeds matter."""
        runs = [await self.run(seed=seed) for seed in range(4)]
        assert len({run.text for run in runs}) > 1

    @pytest.mark.parametrize("tokens", [1, 40, 150, 400, 1000, 2500, 6000])
    async def test_token_budgets_hold(self, tokens: int) -> None:
        """Spent <= budget, and whatever was found is returned."""
        result = await self.run(budget=Budget(tokens=tokens))
        assert result.cost.output_tokens <= tokens
        assert result.stopped in ("finished", "budget")
        if tokens >= 4 * self.cost_of_one:
            assert result.answer is not None

    @pytest.mark.parametrize("calls", [1, 2, 3, 7, 20])
    async def test_call_budgets_hold(self, calls: int) -> None:
        """Calls of every kind count."""
        result = await self.run(budget=Budget(calls=calls))
        assert result.cost.calls <= calls
        assert result.candidates

    async def test_costs_add_up(self) -> None:
        """What the kinds cost is what the run cost, and what the trace shows."""
        result = await self.run()
        kinds = result.cost_by_kind.values()
        asked = result.trace.named("ask")
        assert sum(cost.output_tokens for cost in kinds) == result.cost.output_tokens
        assert sum(event.data["output_tokens"] for event in asked) == result.cost.output_tokens
        assert sum(event.data["calls"] for event in asked) == result.cost.calls

    @pytest.mark.parametrize("seconds", [0.02, 0.15])
    async def test_a_deadline_always_answers(self, seconds: float) -> None:
        """The run ends at its deadline with what it has, and what was cut off is charged."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        result = await self.run(SimulatedBackend(time_scale=0.05), budget=Budget(seconds=seconds))
        assert loop.time() - start < seconds + 1.0
        assert result.stopped in ("deadline", "finished")
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    async def test_cancel_from_outside_is_clean(self) -> None:
        """Cancelled is cancelled: no task stays behind."""
        task = asyncio.create_task(self.run(SimulatedBackend(time_scale=0.1)))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

    async def test_a_recording_replays(self, tmp_path: Path) -> None:
        """Record, replay: the same run without a server."""
        tape = tmp_path / "run.jsonl"
        recorded = await self.run(SimulatedBackend(time_scale=0.002), record=tape)
        replayed = await asolve(PROBLEM, self.make(), replay=tape, **self.options())
        assert _essence(replayed) == _essence(recorded)

    async def test_transient_failures_are_survived(self) -> None:
        """Every call fails once; all is retried and charged."""
        result = await self.run(SimulatedBackend(fail_first=1))
        assert result.answer is not None
        assert result.cost.calls > sum(event.data["n"] for event in result.trace.named("ask")) / 2

    async def test_a_dead_backend_surfaces(self) -> None:
        """A server that always fails is a BackendError."""
        with pytest.raises(BackendError):
            await self.run(SimulatedBackend(fail_first=99))

    async def test_a_mute_verifier_is_survived(self) -> None:
        """nan for everything still gives an answer."""
        if not self.needs_verifier:
            pytest.skip("takes no verifier")
        result = await self.run(verifier=Mute())
        assert result.answer is not None

    async def test_many_problems_share_a_solver(self) -> None:
        """Problems do not get into each other's way."""
        problems = [Problem(f"What is {i} + {i}?") for i in range(6)]
        async with Solver(self.make(), backend=SimulatedBackend(), **self.options()) as solver:
            together = {r.problem.id: _essence(r) async for r in solver.solve_many(problems, at_once=3)}
            alone = {p.id: _essence(await solver.solve(p)) for p in problems}
        assert together == alone


def _essence(result: Result) -> dict[str, Any]:
    """What must be equal in equal runs: everything but the seconds."""
    cost = result.cost
    return {
        "answer": result.answer,
        "text": result.text,
        "confidence": result.confidence,
        "stopped": result.stopped,
        "cost": (cost.calls, cost.prompt_tokens, cost.output_tokens),
        "candidates": [(c.id, c.text, c.finish, c.output_tokens) for c in result.candidates],
        "verdicts": [(name, verdict.score) for name, verdict in sorted(result.verdicts.items()) if verdict.known],
    }
