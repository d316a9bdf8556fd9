"""solve, asolve, Solver and Result."""

import asyncio
import json
import math
import pickle
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.core.trace import Trace
from ttc.errors import BackendError, BudgetExhausted, TapeMismatch
from ttc.types import Event

PROBLEM = "A crate holds 24 bottles. How many bottles are in 6 crates?"


def test_solve_returns_answer_cost_and_trace() -> None:
    backend = SimulatedBackend(p_correct=0.9)
    result = ttc.solve(PROBLEM, "self_consistency", backend=backend, knobs={"n": "8"})
    assert result.answer == backend.facts(PROBLEM).gold
    assert 0.5 < (result.confidence or 0) < 1
    assert result.cost.output_tokens == sum(c.output_tokens for c in result.candidates)
    assert {"ask", "candidate", "propose", "end"} <= {event.name for event in result.trace}
    row = json.loads(result.to_json())
    assert {"answer", "text", "confidence", "strategy", "stopped", "cost", "cost_by_kind", "candidates"} <= set(row)
    assert {"calls", "prompt_tokens", "cached_tokens", "output_tokens", "seconds", "eflops", "usd"} == set(row["cost"])
    assert {"id", "answer", "score", "output_tokens"} <= set(row["candidates"][0])
    assert row["cost"]["usd"] is None


async def test_solve_inside_a_loop_names_asolve() -> None:
    with pytest.raises(RuntimeError, match="asolve"):
        ttc.solve(PROBLEM, backend=SimulatedBackend())


def test_solve_works_again_in_the_next_loop() -> None:
    backend = SimulatedBackend()
    assert ttc.solve(PROBLEM, backend=backend).text == ttc.solve(PROBLEM, backend=backend).text


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"strategy": "self_consistancy"}, "self_consistency"),
        ({"strategy": "self_consistency", "knobs": {"m": 3}}, "knob 'm'"),
        ({"strategy": "self_consistency", "knobs": {"n": "many"}}, "whole number"),
        ({"strategy": "self_consistency", "knobs": {"stop": "beat"}}, "beta"),
        ({"strategy": 7}, "run"),
        ({"verifier": "agreemant"}, "agreement"),
        ({"verifier": "confidence:pool=tial"}, "tail"),
        ({"verifier": "exact"}, "answer"),
        ({"judge": "nobody"}, "judge"),
        ({"hold": "never"}, "typical"),
        ({"budget": Budget(usd=1.0)}, "prices"),
        ({"budget": Budget(eflops=1.0)}, "shape"),
    ],
)
def test_bad_arguments_are_one_clear_error(arguments: dict[str, object], hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        ttc.solve(PROBLEM, **({"backend": SimulatedBackend()} | arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("limits", [{"tokens": 0}, {"calls": -1}, {"seconds": 0.0}, {"usd": math.nan}, {"tokens": 1.5}])
def test_bad_budgets_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        Budget(**limits)  # type: ignore[arg-type]


async def test_stop_ends_runs_with_their_best_answer() -> None:
    backend = SimulatedBackend(time_scale=0.3, capabilities=HOSTED)
    async with ttc.Solver("self_consistency", backend=backend, knobs={"n": 40}) as solver:
        task = asyncio.create_task(solver.solve(PROBLEM))
        await asyncio.sleep(0.2)
        solver.stop()
        result = await task
    assert (result.stopped, result.limit) == ("deadline", "interrupted")
    assert result.cost.calls > 0


async def test_problems_that_start_at_the_same_time_share_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[SimulatedBackend] = []

    async def connect(_: object) -> SimulatedBackend:
        await asyncio.sleep(0.01)
        opened.append(SimulatedBackend())
        return opened[-1]

    monkeypatch.setattr("ttc.solver.connect", connect)
    solver = ttc.Solver(backend="http://localhost:9/v1")
    await asyncio.gather(*(solver.solve(f"What is {i} + 1?") for i in range(5)))
    await solver.aclose()
    assert len(opened) == 1


async def test_a_total_bounds_all_problems_together() -> None:
    problems = [f"What is {i} + 1?" for i in range(10)]
    async with ttc.Solver("self_consistency", backend=SimulatedBackend(), knobs={"n": 8}) as solver:
        results = [r async for r in solver.solve_many(problems, at_once=4, total=Budget(tokens=3000))]
    assert len(results) == 10
    assert sum(r.cost.output_tokens for r in results) <= 3000
    assert {r.stopped for r in results} >= {"budget"}


def test_a_problem_that_is_asked_twice_has_two_results() -> None:
    problem = ttc.Problem(PROBLEM)
    problems = [problem, "What is 1 + 1?", problem]
    results = ttc.solve_many(problems, "self_consistency", backend=SimulatedBackend(), knobs={"n": 2})
    assert [r.problem.prompt for r in results] == [PROBLEM, "What is 1 + 1?", PROBLEM]
    assert results[0] is not results[2]


async def test_leaving_solve_many_early_cancels_the_rest() -> None:
    backend = SimulatedBackend(time_scale=0.01)
    async with ttc.Solver(backend=backend) as solver:
        results: AsyncIterator[ttc.Result] = solver.solve_many([f"What is {i} + 1?" for i in range(50)], at_once=8)
        await anext(results)
        await results.aclose()  # type: ignore[attr-defined]
    assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]


async def test_listeners_see_every_event() -> None:
    seen: list[Event] = []
    result = await ttc.asolve(PROBLEM, backend=SimulatedBackend(), listeners=[seen.append])
    assert seen == list(result.trace)


@pytest.mark.parametrize("length", [None, 0, 5, 100])
async def test_a_run_that_broke_off_before_its_first_line_is_begun_again(length: int | None, tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    first = await ttc.asolve(PROBLEM, backend=SimulatedBackend(), record=tape)
    if length is None:
        tape.unlink()
    else:
        tape.write_bytes(tape.read_bytes()[:length])
    again = await ttc.asolve(PROBLEM, backend=SimulatedBackend(), record=tape, replay=tape)
    assert (await ttc.asolve(PROBLEM, replay=tape)).text == again.text == first.text


async def test_a_file_that_is_no_tape_is_not_overwritten(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no tape")
    with pytest.raises(TapeMismatch):
        await ttc.asolve(PROBLEM, backend=SimulatedBackend(), record=notes, replay=notes)
    assert notes.read_text() == "no tape"


async def test_replay_of_another_problem_is_refused(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    await ttc.asolve(PROBLEM, backend=SimulatedBackend(), record=tape)
    with pytest.raises(TapeMismatch):
        await ttc.asolve("What is 1 + 1?", replay=tape)


async def test_resume_pays_only_for_what_is_missing(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    options = {"strategy": "self_consistency", "knobs": {"n": 12, "stop": "none"}}
    whole = await ttc.asolve(PROBLEM, backend=SimulatedBackend(capabilities=HOSTED), record=tape, **options)
    lines = tape.read_text().splitlines(keepends=True)
    cut = len(lines) * 4 // 5  # starts come before ends: most calls had started when it was cut, some had ended
    tape.write_text("".join(lines[:cut]) + lines[cut][:20])
    counting = Counting(capabilities=HOSTED)
    resumed = await ttc.asolve(PROBLEM, backend=counting, record=tape, replay=tape, **options)
    assert resumed.text == whole.text
    assert sorted(c.text for c in resumed.candidates) == sorted(c.text for c in whole.candidates)
    assert 0 < counting.calls < 12
    again = await ttc.asolve(PROBLEM, replay=tape, **options)
    assert again.text == whole.text


@dataclass(kw_only=True, eq=False)
class Counting(SimulatedBackend):
    """Counts the calls that reach it."""

    calls: int = 0

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        self.calls += 1
        return await super().complete(request, meter)


def test_a_trace_is_written_and_read(tmp_path: Path) -> None:
    result = ttc.solve(PROBLEM, "best_of_n", backend=SimulatedBackend(), verifier="agreement", knobs={"n": 3})
    result.trace.write(tmp_path / "trace.jsonl")
    again = Trace.read(tmp_path / "trace.jsonl")
    assert [event.name for event in again] == [event.name for event in result.trace]
    tree = result.trace.lineage()
    assert sorted(tree.successors("root")) == ["0", "1", "2"]
    assert tree.nodes["0"]["score"] == result.verdicts["0"].score


class Dies(SimulatedBackend):
    """Fails for good after eight calls."""

    calls = 0

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        self.calls += 1
        if self.calls > 8:
            raise BackendError("the server is gone")
        return await super().complete(request, meter)


async def test_an_error_brings_along_what_had_been_found() -> None:
    backend = Dies(p_correct=0.6, capabilities=HOSTED)
    with pytest.raises(BackendError, match="gone") as caught:
        await ttc.asolve(PROBLEM, "best_of_n", knobs={"n": 8}, verifier="self_verify", backend=backend)
    found = caught.value.result
    assert found is not None
    assert found.stopped == "error"
    assert len(found.candidates) == 8
    assert found.answer in {c.answer for c in found.candidates}
    assert found.cost.output_tokens == sum(c.output_tokens for c in found.candidates)
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(arrived, BackendError)
    assert (str(arrived), arrived.retryable, arrived.result) == ("the server is gone", False, None)
    with pytest.raises(BackendError) as caught:
        await ttc.asolve(PROBLEM, backend=backend)
    assert caught.value.result is None


def test_errors_travel_between_processes_as_they_are() -> None:
    spent = pickle.loads(pickle.dumps(BudgetExhausted("tokens", "no more")))
    assert (str(spent), spent.limit) == ("no more", "tokens")


PUT_RIGHT = [
    (lambda ask: ask(PROBLEM, budget=100), r"budget is 100; write budget=ttc\.Budget\(tokens=100\)"),
    (lambda ask: ask(PROBLEM, budget={"tokens": 5}), r"write budget=ttc\.Budget\(tokens=5\)"),
    (lambda ask: ask(PROBLEM, budget="20k"), r"write budget=ttc\.Budget\(tokens=100\)"),
    (lambda ask: ask(PROBLEM, "self_consistency", n=4), r'n is a knob of the strategy; write knobs=\{"n": 4\}'),
    (lambda ask: ask(PROBLEM, n=4), "n is a knob of the strategy"),
    (lambda ask: ask(PROBLEM, temperature=0.5), r"write sampling=ttc\.Sampling\(temperature=0\.5\)"),
    (lambda ask: ask(PROBLEM, tokens=500), r"write budget=ttc\.Budget\(tokens=500\)"),
    (lambda ask: ask(PROBLEM, sampling={"temperature": 1}), r"write sampling=ttc\.Sampling"),
    (lambda ask: ask(PROBLEM, "self_consistency", knobs=4), r'knobs is 4; write knobs=\{"n": 4\}'),
    (lambda ask: ask(PROBLEM, seed="one"), "seed is 'one'; it must be a whole number"),
    (lambda ask: ask(PROBLEM, 100), 'strategy is 100; write a name, for example "self_consistency"'),
]
"""What users write that is not what they mean, and what the error says to write."""


@pytest.mark.parametrize(("wrong", "told"), PUT_RIGHT)
def test_an_argument_of_another_type_says_what_to_write(wrong, told: str) -> None:
    for ask in (ttc.solve, lambda problem, *rest, **more: ttc.Solver(*rest, **more)):
        with pytest.raises(ValueError, match=told):
            wrong(ask)
    with pytest.raises(ValueError, match=told):
        wrong(lambda *all_, **more: asyncio.run(ttc.asolve(*all_, **more)))


@pytest.mark.parametrize(("wrong", "told"), [pair for pair in PUT_RIGHT if "budget is" not in pair[1]][1:])
def test_so_do_those_of_solve_many(wrong, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        wrong(lambda problem, *rest, **more: ttc.solve_many([problem], *rest, **more))


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (["a"], r"the problem is a list; .* write ttc\.solve_many\(\[\.\.\.\]\)"),
        (("a", "b"), r"the problem is a tuple"),
        (5, r"the problem is 5; write a text or ttc\.Problem"),
        (None, "the problem is None"),
        (b"2 + 2", "write a text"),
    ],
)
def test_what_is_no_problem_is_told(problem: object, told: str) -> None:
    given = {"backend": SimulatedBackend()}
    with pytest.raises(ValueError, match=told):
        ttc.solve(problem, **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=told):
        asyncio.run(ttc.asolve(problem, **given))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=told):
        ttc.solve_many([problem], **given)  # type: ignore[list-item]


def test_one_problem_is_no_list_of_them() -> None:
    with pytest.raises(ValueError, match=r"for one problem write ttc\.solve\(problem\)"):
        ttc.solve_many("2 + 2")
    with pytest.raises(ValueError, match="write a list of texts"):
        ttc.solve_many(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"write budget=ttc\.Budget\(tokens=100\)"):
        ttc.solve_many(["2 + 2"], budget=100)  # type: ignore[arg-type]


async def test_the_methods_of_a_solver_check_their_arguments_too() -> None:
    async with ttc.Solver(backend=SimulatedBackend()) as solver:
        with pytest.raises(ValueError, match=r"write budget=ttc\.Budget\(tokens=50\)"):
            await solver.solve("2 + 2", budget=50)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"total is 50; write total=ttc\.Budget\(tokens=50\)"):
            [result async for result in solver.solve_many(["2 + 2"], total=50)]  # type: ignore[arg-type]


def test_a_history_is_one_problem() -> None:
    history = [{"role": "user", "content": "What is 2 + 2?"}]
    assert ttc.solve(history, "best_of_n", backend=SimulatedBackend()).problem.text == "What is 2 + 2?"  # type: ignore[arg-type]


def test_options_of_a_backend_are_not_taken_for_knobs() -> None:
    solver = ttc.Solver("self_consistency", backend="http://127.0.0.1:9/v1", retries=0, stream="always")
    assert solver.options == {"retries": 0, "stream": "always"}
