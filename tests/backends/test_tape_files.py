"""Tapes as files: damaged ones, two writers, a full disk, and who may read them."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ttc
from tests.backends.asking import ask
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.tape import Recorder, Replay, resume
from ttc.backends.tape.file import TapeLost
from ttc.backends.tape.rows import scrubbed
from ttc.errors import TapeMismatch
from ttc.testing.meters import CountingMeter

Rows = list[dict[str, Any]]


async def recorded(path: Path) -> Rows:
    """The rows of a tape of two calls."""
    recorder = Recorder(SimulatedBackend(), path)
    await recorder.prepare()
    for key in ("a", "b"):
        await recorder.complete(ask(key, stream=True), CountingMeter())
    await recorder.aclose()
    return read(path)


def read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def at(rows: Rows, event: str) -> int:
    return next(place for place, row in enumerate(rows) if row.get("event") == event)


def changed(event: str, **fields: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[at(rows, event)].update(fields)


def without(event: str) -> Callable[[Rows], None]:
    return lambda rows: rows.__delitem__(at(rows, event))


def twice(event: str) -> Callable[[Rows], None]:
    return lambda rows: rows.insert(at(rows, event), rows[at(rows, event)])


@pytest.mark.parametrize(
    "damage",
    [
        changed("prompt", cached="x"),
        changed("prompt", tokens=None),
        changed("output", index=-1),
        changed("output", text=7),
        changed("start", t="x"),
        changed("start", t=float("nan")),
        changed("start", hops="x"),
        changed("end", outcome="x"),
        changed("end", completions=[7]),
        changed("end", completions=None),
        changed("end", outcome="error"),
        changed("attempt", n=[1]),
        changed("attempt", call=99),
        lambda rows: rows[at(rows, "attempt")].update(event=7),
        without("start"),
        twice("start"),
        twice("end"),
        lambda rows: rows[0].update(capabilities={"x": 1}),
        lambda rows: rows[0].pop("model"),
    ],
)
async def test_a_damaged_line_is_named_when_the_tape_is_read(tmp_path: Path, damage: Callable[[Rows], None]) -> None:
    rows = await recorded(tmp_path / "t")
    damage(rows)
    write(tmp_path / "t", rows)
    with pytest.raises(TapeMismatch, match=r"line \d+ of .*/t is damaged: it "):
        Replay(tmp_path / "t")


@pytest.mark.parametrize("line", [b"{}}\n", b"\xff\n", b"[" * 10**5 + b"\n", b"7\n"])
async def test_a_line_that_is_no_json_is_named(tmp_path: Path, line: bytes) -> None:
    await recorded(tmp_path / "t")
    first, *rest = (tmp_path / "t").read_bytes().splitlines(keepends=True)
    (tmp_path / "t").write_bytes(b"".join([first, line, *rest]))
    with pytest.raises(TapeMismatch, match=r"line 2 of .* is damaged: it is no object of JSON"):
        Replay(tmp_path / "t")


async def test_an_error_of_a_watcher_reaches_its_caller(tmp_path: Path) -> None:
    await recorded(tmp_path / "t")

    def watch(index: int, delta: Any) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Replay(tmp_path / "t").complete(ask("a", stream=True), CountingMeter(watch=watch))


# ---- two writers -----------------------------------------------------------------------------------------------------


async def test_a_tape_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "t"
    first = Recorder(SimulatedBackend(), path)
    await first.prepare()
    await first.complete(ask("a"), CountingMeter())
    before = path.read_bytes()
    for second in (Recorder(SimulatedBackend(), path), resume(path, SimulatedBackend())):
        with pytest.raises(ValueError, match="is being written by another run"):
            await second.prepare()
    assert path.read_bytes() == before
    await first.aclose()
    again = resume(path, SimulatedBackend())
    await again.prepare()
    await again.aclose()


async def test_another_process_is_another_writer(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\nfrom ttc.backends.simulated import SimulatedBackend\n"
        "from ttc.backends.tape import Recorder\n"
        "asyncio.run(Recorder(SimulatedBackend(), sys.argv[1]).prepare())\n"
    )
    recorder = Recorder(SimulatedBackend(), tmp_path / "t")
    await recorder.prepare()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path / "t"), stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    await recorder.aclose()
    assert b"ValueError" in told
    assert b"is being written by another run" in told


async def test_a_tape_that_grew_since_it_was_read_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "t"
    await recorded(path)
    early = resume(path, SimulatedBackend())
    other = resume(path, SimulatedBackend())
    await other.prepare()
    assert isinstance(other, Replay)
    other.recorder.write({"event": "mark", "name": "x", "data": {}, "t": 9.0, "hops": None})  # type: ignore[union-attr]
    await other.aclose()
    grown = path.read_bytes()
    with pytest.raises(ValueError, match="was written by another run since it was read"):
        await early.prepare()
    assert path.read_bytes() == grown


async def test_a_tape_is_for_its_owner(tmp_path: Path) -> None:
    await recorded(tmp_path / "t")
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o600


# ---- a full disk -----------------------------------------------------------------------------------------------------


async def test_a_full_disk_leaves_the_run_what_it_has_paid_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_row, written = Recorder.write, 0

    class Full:
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    def counted(self: Recorder, row: Any) -> None:
        nonlocal written
        written += row.get("event") == "end"
        if written == 2 and self._file is not None and not isinstance(self._file, Full):
            # the candidates are there, and the first verdict comes
            self._file.close()
            self._file = Full()  # type: ignore[assignment]
        write_row(self, row)

    monkeypatch.setattr(Recorder, "write", counted)
    with pytest.raises(TapeLost, match=r"cannot write .*No space left on device") as caught:
        await ttc.asolve(
            "What is 2 + 2?", "best_of_n", backend=SimulatedBackend(), verifier="genrm", record=tmp_path / "t",
            knobs={"n": 2},
        )  # fmt: skip
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, ttc.TTCError)
    assert caught.value.result is not None
    assert len(caught.value.result.candidates) == 2


# ---- credentials -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"api_key": "SECRETS1234"}', "{'token': 'SECRETS1234'}", "https://h/v1?key=SECRETS1234&x=1",
        '"Authorization": "Bearer SECRETS1234"', "Authorization: Basic SECRETS1234", "access_token=SECRETS1234",
        "client_secret: SECRETS1234", "password=SECRETS1234", "hf_SECRETS1234", "gsk_SECRETS1234", "AKIASECRETS1234",
        "AIzaSECRETS1234", "sk-SECRETS1234", "https://user:SECRETS1234@h/v1", "Incorrect API key: SECRETS1234",
    ],
)  # fmt: skip
def test_credentials_are_not_written(text: str) -> None:
    assert "SECRETS" not in scrubbed(text)
