"""The journal of an evaluation: its folder, in which everything that was paid for is on disk before it is used.

    config.json     what is evaluated; a folder holds one evaluation, and another one is refused
    results.jsonl   one line for each finished run (a problem, a cell, a repeat), fsynced when it ends
    tapes/          one tape for each run that is not finished: every sample that has come, as soon as it comes
    summary.json    the metrics, when all is done

A killed evaluation is given the same command again: finished runs are read back, unfinished ones are replayed from
their tapes, and only what is on neither is asked of the model. What the server was still writing when the process died
never arrived, and is asked again; that alone is paid twice. Tapes are written at once (so they survive `kill -9`) and
fsynced a moment later by a thread of their own (so a power cut costs at most that moment).
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ttc.backends.tape import rows
from ttc.errors import TapeMismatch
from ttc.evaluation.appended import AppendFile, JournalError, Row

Key = tuple[str, str, int]
"""(cell, problem id, repeat) of a run."""

SYNC_SECONDS = 0.2


class Journal:
    """The open folder of one evaluation; nobody else can open it at the same time."""

    def __init__(
        self,
        folder: str | Path,
        about: Mapping[str, Any],
        *,
        keep_tapes: bool = False,
        report: Callable[[str], None] = lambda message: None,
    ):
        self.folder = Path(folder)
        self._file = AppendFile(self.folder / "results.jsonl")
        try:
            self._check(about)
            self._tapes = self.folder / "tapes"
            self._tapes.mkdir(exist_ok=True)
            self.damaged = 0
            self.report, self._keep = report, keep_tapes
            self._syncer = Syncer()
        except BaseException:
            self._file.close()
            raise

    def finished(self) -> dict[Key, Row]:
        """The runs that are in results.jsonl. Damaged lines are reported; their runs are made again."""
        found = {}
        for number, row in self._file.rows():
            if row is None or not {"cell", "id", "repeat"} <= row.keys():
                self.report(f"line {number} of {self._file.path} is damaged; its run is made again")
                continue
            found[key_of(row)] = row
        return found

    def finish(self, row: Row, sync: bool = True) -> None:
        """Write the line of a finished run; its tape is not needed any more. A replay (not `sync`) has none."""
        self._file.append([row], sync)
        if sync and not self._keep:
            with contextlib.suppress(FileNotFoundError):
                self.tape(key_of(row)).unlink()

    def tape(self, key: Key) -> Path:
        """Where the samples of a run are."""
        return self._tapes / f"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}.jsonl"

    def resumable(self, key: Key) -> bool:
        """Whether the run has a tape to go on from; one that was killed before its first line is put away."""
        path = self.tape(key)
        if not path.exists():
            return False
        try:
            rows.read(path)
        except (TapeMismatch, ValueError):
            if path.read_bytes().count(b"\n"):
                raise TapeMismatch(f"{path} cannot be read; move it away to make its run again") from None
            path.unlink()
            return False
        return True

    def written(self, key: Key) -> None:
        """Have the tape of a run fsynced soon."""
        self._syncer.soon(self.tape(key))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Replace summary.json, whole or not at all."""
        _replace(self.folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1))

    def close(self) -> None:
        """Close everything and let the folder go."""
        self._syncer.close()
        with contextlib.suppress(OSError):
            self._tapes.rmdir()  # only if it is empty
        self._file.close()

    def _check(self, about: Mapping[str, Any]) -> None:
        """Write config.json, or compare with the one that is there."""
        path, mine = self.folder / "config.json", json.loads(json.dumps(about))
        if not path.exists():
            _replace(path, json.dumps(mine, ensure_ascii=False, indent=1))
            return
        theirs = json.loads(path.read_text(encoding="utf-8"))
        other = [name for name in mine if name != "versions" and theirs.get(name) != mine[name]]
        if other:
            what = "; ".join(f"{name} was {theirs.get(name)!r}, is {mine[name]!r}" for name in other[:3])
            raise ValueError(f"{self.folder} holds another evaluation ({what}); choose another --out")


def key_of(row: Mapping[str, Any]) -> Key:
    """The key of a row."""
    return str(row["cell"]), str(row["id"]), int(row["repeat"])


def cut_before_error(path: Path) -> None:
    """Shorten a tape to what came before its first failed call, so that a resumed run asks the server again."""
    length = 0
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line) if line.endswith(b"\n") else {"outcome": "error"}
            if row.get("outcome") == "error":
                break
            length += len(line)
    os.truncate(path, length)


class Syncer:
    """A thread that fsyncs files that were written to, all together, every `SYNC_SECONDS`."""

    def __init__(self) -> None:
        self._paths: set[Path] = set()
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="ttc-journal", daemon=True)
        self._thread.start()

    def soon(self, path: Path) -> None:
        """Have a file fsynced."""
        with self._lock:
            self._paths.add(path)

    def close(self) -> None:
        """Sync what is left and end."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(SYNC_SECONDS):
            self._sync()
        self._sync()

    def _sync(self) -> None:
        with self._lock:
            paths, self._paths = self._paths, set()
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # its run has ended meanwhile
                _sync(path)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _replace(path: Path, text: str) -> None:
    """Write a file beside and put it in place, so that a reader sees the old one or the new one."""
    beside = path.with_suffix(".part")
    try:
        beside.write_text(text + "\n", encoding="utf-8")
        _sync(beside)
        beside.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise JournalError(f"cannot write {path}: {error.strerror}") from error
