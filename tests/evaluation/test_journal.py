"""The journal: killed, interrupted, out of disk or without a server, an evaluation goes on and pays nothing twice."""

import asyncio
import errno
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation import killing
from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.errors import BackendError
from ttc.evaluation import Cell, Run, Runner, load_examples
from ttc.evaluation.append_only import AppendFile, JournalError, read_rows
from ttc.evaluation.journal import Journal
from ttc.evaluation.waiting import Waiting

EXAMPLES = load_examples("lab:test:count=4")
CELLS = [Cell("self_consistency", {"n": 6}), Cell("best_of_n", {"n": 3}, verifier="self_verify")]
GOLD = {example.problem.text: example.gold for example in EXAMPLES}


class Server(SimulatedBackend):
    """Counts what it hands over; `then` is called with that number before each call."""

    handed: list[str]

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        self.then(len(self.handed))
        completions = await super().complete(request, meter)
        self.handed.append(request.key)
        return completions

    def then(self, handed: int) -> None:
        """Nothing by default."""


def server(**options: Any) -> Server:
    made = Server(capabilities=HOSTED, gold=GOLD, **options)
    made.handed = []
    return made


def check_paid_once(first: Server, rest: Server, whole: Server) -> None:
    """Two parts make the whole. What the first handed over in its last turn of the loop was in flight: see killing."""
    again = Counter(first.handed + rest.handed) - Counter(whole.handed)
    assert set(again) <= set(first.handed[-3:])
    assert not Counter(whole.handed) - Counter(first.handed + rest.handed)


async def evaluate(folder: Path, backend: Server, **options: Any) -> list[Run]:
    journal = Journal(folder, {"model": "simulated"})
    try:
        runner = Runner(examples=EXAMPLES, cells=CELLS, backend=backend, journal=journal, at_once=3, **options)
        return await runner.run()
    finally:
        journal.close()


def test_killed_again_and_again_nothing_is_lost_and_nothing_is_paid_twice() -> None:
    """Eight kills here; `python -m evals.bench.kills --kills 200` makes two hundred."""
    account = killing.kill(int(os.environ.get("TTC_KILLS", "8")))
    assert account.kills >= 8
    assert (account.lost, account.paid_twice, account.other_tables) == (0, 0, 0)
    assert account.in_flight <= account.kills  # a tape that wrote late would have many; see evals/results/kills.md


async def test_a_finished_evaluation_costs_nothing_more(tmp_path: Path) -> None:
    first = server()
    runs = await evaluate(tmp_path, first)
    again = server()
    assert killing.table(await evaluate(tmp_path, again)) == killing.table(runs)
    assert again.handed == []
    assert not (tmp_path / "tapes").exists()  # nothing unfinished is left


async def test_a_line_tells_everything_about_its_run(tmp_path: Path) -> None:
    """What others need to check a published number: the spec of the output, name by name."""
    logprobs = [Cell("best_of_n", {"n": 2}, verifier="confidence", budget=Budget(tokens=5000))]
    journal = Journal(tmp_path, {"model": "simulated"})
    await Runner(examples=EXAMPLES[:1], cells=logprobs, backend=server(), journal=journal).run()
    journal.close()
    ((_, row),) = read_rows(tmp_path / "results.jsonl")
    assert row is not None
    run = {"id", "prompt_hash", "gold", "strategy", "knobs", "budget", "cost", "stopped", "limit", "seed", "verifier"}
    assert run <= row.keys()
    assert (row["budget"], row["knobs"]) == ({"tokens": 5000}, {"n": "2"})
    sample = {"text", "answer", "correct", "tokens", "prompt_tokens", "finish", "mean_logprob", "score", "seconds"}
    for found in row["samples"]:
        assert sample <= found.keys()


async def test_ctrl_c_keeps_all_that_was_paid_for(tmp_path: Path) -> None:
    whole, interrupted = server(), server(time_scale=0.01)
    expected = await evaluate(tmp_path / "whole", whole)
    task = asyncio.create_task(evaluate(tmp_path / "run", interrupted))
    while len(interrupted.handed) < 15:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    task.cancel()  # as asyncio.run does on Ctrl-C
    with pytest.raises(asyncio.CancelledError):
        await task
    rest = server()
    assert killing.table(await evaluate(tmp_path / "run", rest)) == killing.table(expected)
    check_paid_once(interrupted, rest, whole)


class Away(Server):
    """A server that is away from its 10th call on; `calls` of them, then it is back."""

    calls = 10**9

    def then(self, handed: int) -> None:
        if handed >= 10 and self.calls > 0:
            self.calls -= 1
            raise BackendError("connection refused", retryable=True, status=503)


async def test_a_server_that_restarts_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttc.evaluation.waiting.FIRST_PAUSE", 0.001)
    expected = await evaluate(tmp_path / "whole", server())
    backend = Away(capabilities=HOSTED, gold=GOLD)
    backend.handed, backend.calls = [], 8
    told: list[str] = []
    runs = await evaluate(tmp_path / "run", backend, report=told.append)
    assert killing.table(runs) == killing.table(expected)
    assert "waiting" in told[0]


async def test_a_server_that_stays_away_ends_the_run_and_a_later_one_goes_on(tmp_path: Path) -> None:
    whole = server()
    expected = await evaluate(tmp_path / "whole", whole)
    backend = Away(capabilities=HOSTED, gold=GOLD)
    backend.handed = []
    with pytest.raises(BackendError, match="connection refused"):
        await evaluate(tmp_path / "run", backend, patience=0.0)
    rest = server()
    assert killing.table(await evaluate(tmp_path / "run", rest)) == killing.table(expected)
    check_paid_once(backend, rest, whole)


class Picky(Server):
    """A server that refuses one problem for good."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        if request.affinity == EXAMPLES[1].problem.id:
            raise BackendError("the prompt is too long", status=400)
        return await super().complete(request, meter)


async def test_a_problem_that_the_server_refuses_counts_as_wrong(tmp_path: Path) -> None:
    backend = Picky(gold=GOLD)
    backend.handed = []
    runs = await evaluate(tmp_path, backend)
    refused = [run for run in runs if run.id == EXAMPLES[1].problem.id]
    assert [run.stopped for run in refused] == ["error"] * 2
    assert not any(run.correct for run in refused)
    rows = [row for _, row in read_rows(tmp_path / "results.jsonl") if row and "error" in row]
    assert rows[0]["error"] == "the prompt is too long"


def test_two_processes_cannot_write_one_run(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {})
    code = f"from ttc.evaluation.journal import Journal; Journal({str(tmp_path)!r}, {{}})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "being written by another process" in other.stderr
    journal.close()
    Journal(tmp_path, {}).close()  # free again


def test_a_folder_holds_one_evaluation(tmp_path: Path) -> None:
    Journal(tmp_path, {"model": "small", "versions": {"ttc": "1"}}).close()
    Journal(tmp_path, {"model": "small", "versions": {"ttc": "2"}}).close()
    with pytest.raises(ValueError, match=r"model was 'small', is 'large'.*choose another --out"):
        Journal(tmp_path, {"model": "large", "versions": {}})


async def test_a_problem_whose_text_has_changed_is_refused(tmp_path: Path) -> None:
    await evaluate(tmp_path, server())
    journal = Journal(tmp_path, {"model": "simulated"})
    changed = [replace(EXAMPLES[0], gold="12345"), *EXAMPLES[1:]]
    with pytest.raises(ValueError, match="is not what it was"):
        await Runner(examples=changed, cells=CELLS, backend=server(), journal=journal).run()
    journal.close()


async def test_torn_and_damaged_lines_are_made_again(tmp_path: Path) -> None:
    expected = await evaluate(tmp_path, server())
    path = tmp_path / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"\x00" * 30 + b"\n", *lines[3:-1], lines[-1][:50]]))
    backend, told = server(), list[str]()
    journal = Journal(tmp_path, {"model": "simulated"}, report=told.append)
    runs = await Runner(examples=EXAMPLES, cells=CELLS, backend=backend, journal=journal).run()
    journal.close()
    assert killing.table(runs) == killing.table(expected)
    assert "line 3" in told[0]
    assert backend.handed  # two runs were made again, and only they
    keys = {key.partition("/")[0] for key in backend.handed}
    assert len(keys) <= 2


def full_after(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A disk that takes `size` more bytes through os.write, half of the last piece too."""
    write, left = os.write, [size]

    def short(file: int, data: Any) -> int:
        if file <= 2:
            return write(file, data)
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(file, bytes(data)[: left[0]])
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", short)


async def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = server()
    expected = await evaluate(tmp_path / "whole", whole)
    backend = server()
    with monkeypatch.context() as patch:
        full_after(patch, 9000)
        with pytest.raises(JournalError, match=r"No space left.*same command again"):
            await evaluate(tmp_path / "run", backend)
    for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines():
        json.loads(line)  # whole lines only
    rest = server()
    assert killing.table(await evaluate(tmp_path / "run", rest)) == killing.table(expected)
    check_paid_once(backend, rest, whole)


def test_appending_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = AppendFile(tmp_path / "x.jsonl")
    file.append([{"a": 1}])
    with monkeypatch.context() as patch:
        full_after(patch, 5)
        with pytest.raises(JournalError):
            file.append([{"b": "x" * 50}])
    file.append([{"c": 3}])
    file.close()
    assert [row for _, row in read_rows(tmp_path / "x.jsonl")] == [{"a": 1}, {"c": 3}]


def test_patience_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="patience is -1"):
        Waiting(server(), -1)


class Transport(Server):
    """A server over a network: whatever goes wrong while an answer is read is taken for a broken connection."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        try:
            return await super().complete(request, meter)
        except OSError as error:
            raise BackendError(f"the connection broke: {error}", retryable=True) from error


@pytest.mark.parametrize("size", range(900, 5000, 450))
async def test_a_full_disk_is_not_taken_for_a_server_that_is_away(tmp_path: Path, size: int) -> None:
    """Tapes are written while answers are read: wherever they end, no patience is spent and nobody waits for ever."""
    backend = Transport(capabilities=HOSTED, gold=GOLD)
    backend.handed = []
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(JournalError, match=r"cannot go on recording: .*File too large.*same command again"):
            async with asyncio.timeout(20):
                await evaluate(tmp_path / "run", backend)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    expected = await evaluate(tmp_path / "whole", server())
    assert killing.table(await evaluate(tmp_path / "run", server())) == killing.table(expected)
