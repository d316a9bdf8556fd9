"""The tapes of an evaluation: what unfinished runs have been paid for, a file for each, to go on from."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from hashlib import blake2b
from pathlib import Path

from ttc.backends.tape import rows
from ttc.errors import TapeMismatch

Key = tuple[str, str, int]
"""(cell, problem id, repeat) of a run."""

SYNC_SECONDS = 0.2


class Tapes:
    """A folder of tapes. Several processes may share it, as long as each run is made by one of them at a time."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._syncer = Syncer()

    def path(self, key: Key) -> Path:
        """Where the samples of a run are."""
        return self.folder / f"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}.jsonl"

    def resumable(self, key: Key) -> bool:
        """Whether the run has a tape to go on from; one that was killed before its first line is put away."""
        path = self.path(key)
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
        self._syncer.soon(self.path(key))

    def forget(self, key: Key) -> None:
        """Remove the tape of a finished run."""
        self.path(key).unlink(missing_ok=True)

    def close(self) -> None:
        """Sync what is left; an empty folder goes."""
        self._syncer.close()
        with contextlib.suppress(OSError):
            self.folder.rmdir()


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
                sync(path)


def sync(path: Path) -> None:
    """Have the disk write what a file or folder holds."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
