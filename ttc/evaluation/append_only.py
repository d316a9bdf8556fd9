"""A file of JSON lines that only grows: what was appended is on disk, whatever happens next.

It is no database, for three reasons. results.jsonl is the published output anyway, so the journal is the output and
the two cannot disagree. SQLite's WAL mode needs shared memory and fails on network file systems (NFS, Lustre), where
servers keep their home folders. A line that a crash tore is simply cut off when the file is opened again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ttc.errors import TTCError

Row = dict[str, Any]


class JournalError(TTCError):
    """The journal cannot be written: the disk is full or gone. What was written before is whole."""


def cannot_record(error: OSError, what: str = "go on recording") -> JournalError:
    """What to raise when a tape, or another file of an evaluation, cannot be written."""
    kept = "Nothing that was written is lost: make room, then give the same command again"
    return JournalError(f"cannot {what}: {error.strerror or error}. {kept}")


class AppendFile:
    """One writer of a JSON lines file, with an exclusive lock for as long as it is open.

    The lock is advisory (flock): the kernel gives it back when the process ends, however it ends. A second writer is a
    ValueError. Opening cuts off a torn last line.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock()
            self._length = self._whole_length()
            os.ftruncate(self._file, self._length)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, rows: Sequence[Mapping[str, Any]], sync: bool = True) -> None:
        """Write the rows, all or none. They survive the death of the process; with `sync`, that of the machine."""
        text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            if sync:
                os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._length)
            raise cannot_record(error, f"write {self.path}") from error
        self._length += len(data)

    def rows(self) -> Iterator[tuple[int, Row | None]]:
        """Line numbers and rows; None for a line that is damaged."""
        return read_rows(self.path)

    def close(self, sync: bool = True) -> None:
        """Close the file and give the lock back."""
        if sync:
            os.fsync(self._file)
        os.close(self._file)

    def _lock(self) -> None:
        import fcntl  # Windows has none

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(
                f"{self.path} is being written by another process; wait until it ends, or choose another place"
            ) from None

    def _whole_length(self) -> int:
        """Bytes up to the end of the last whole line."""
        size = os.fstat(self._file).st_size
        end = size
        while end > 0:
            start = max(0, end - 65536)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0


def read_object(path: Path, hint: str = "") -> dict[str, Any]:
    """The object in a JSON file. Raises ValueError that names the file where it is torn, empty or no object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        reason = f"it holds a {type(found).__name__}, not an object"
    except (ValueError, RecursionError) as error:
        found, reason = None, str(error)
    if not isinstance(found, dict):
        raise ValueError(f"{path} is damaged ({reason}){hint}")
    return found


def read_rows(path: str | Path) -> Iterator[tuple[int, Row | None]]:
    """Line numbers from 1 and rows of a JSON lines file; None for a damaged line. A torn last line is left out."""
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else None
