"""The journal of an evaluation: its folder, in which everything that was paid for is on disk before it is used.

    config.json     what is evaluated; a folder holds one evaluation, and another one is refused
    plan.json       how many runs each cell will have when all is done, so that a fragment is known for one
    results.jsonl   one line for each finished run (a problem, a cell, a repeat), fsynced when it ends
    tapes/          one tape for each run that is not finished: every sample that has come, as soon as it comes
    summary.json    the metrics, when all is done

A killed evaluation is given the same command again. Finished runs are read back, and unfinished ones are replayed
from their tapes. Only what is on neither is asked of the model. What the server was still writing when the process
died never arrived, and is asked again; that alone is paid twice. Tapes are written at once, so they survive
`kill -9`. A thread of their own fsyncs them a moment later, so a power cut costs at most that moment.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ttc.evaluation.append_only import AppendFile, JournalError, Row, read_object, read_rows
from ttc.evaluation.tapes import Key, Tapes, sync

KEY = {"cell", "id", "repeat"}
"""What tells one run from another."""


class Journal:
    """The open folder of one evaluation; no other process can open it at the same time."""

    def __init__(
        self,
        folder: str | Path,
        about: Mapping[str, Any],
        *,
        keep_tapes: bool = False,
        report: Callable[[str], None] = lambda message: None,
    ):
        self.folder = Path(folder)
        self._file, self._found = AppendFile(self.folder / "results.jsonl"), set[Key]()
        try:
            self._check(about)
            self.tapes = Tapes(self.folder / "tapes")
            self.report, self._keep = report, keep_tapes
        except BaseException:
            self._file.close()
            raise

    def finished(self) -> dict[Key, Row]:
        """The runs that are in results.jsonl. Damaged lines are reported; their runs are made again."""
        found = {}
        for number, row in self._file.rows():
            if row is None or not row.keys() >= KEY:
                self.report(f"line {number} of {self._file.path} is damaged; its run is made again")
                continue
            found[key_of(row)] = row
        self._found = set(found)
        return found

    def plan(self, keys: Iterable[Key]) -> None:
        """Write down which runs there will be when all is done: these, and those that `finished` found."""
        counts = Counter(cell for cell, _, _ in sorted(self._found.union(keys)))
        replace_file(self.folder / "plan.json", as_json({"runs": dict(counts)}))

    def finish(self, row: Row, synced: bool = True) -> None:
        """Write the line of a finished run; its tape is not needed any more. A replay (not `synced`) has none."""
        self._file.append([row], synced)
        if synced and not self._keep:
            self.tapes.forget(key_of(row))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Replace summary.json, whole or not at all."""
        replace_file(self.folder / "summary.json", as_json(summary))

    def close(self) -> None:
        """Close everything and let the folder go."""
        self.tapes.close()
        self._file.close()

    def _check(self, about: Mapping[str, Any]) -> None:
        """Write config.json, or compare with the one that is there."""
        path, mine = self.folder / "config.json", json.loads(json.dumps(about))
        if not path.exists():
            replace_file(path, as_json(mine))
            return
        theirs = read_object(path, "; delete it to go on with these very settings, or choose another --out")
        other = [name for name in mine if name != "versions" and theirs.get(name) != mine[name]]
        if other:
            what = "; ".join(f"{name} was {theirs.get(name)!r}, is {mine[name]!r}" for name in other[:3])
            raise ValueError(f"{self.folder} holds another evaluation ({what}); choose another --out")


def read_run(folder: Path) -> tuple[Row, list[Row]]:
    """config.json and the lines of the finished runs in a folder; of two lines of one run the last one counts."""
    if not (folder / "config.json").is_file() or not (folder / "results.jsonl").is_file():
        raise ValueError(f"{folder} holds no evaluation; give a folder that `ttc eval --out DIR` wrote")
    config: Row = read_object(folder / "config.json")
    rows = {key_of(row): row for _, row in read_rows(folder / "results.jsonl") if row is not None}
    return config, list(rows.values())


def read_plan(folder: Path) -> dict[str, int] | None:
    """How many runs each cell will have when all is done; None where that was not written down (before 0.2)."""
    try:
        found = read_object(folder / "plan.json")["runs"]
        return {str(cell): int(count) for cell, count in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fragment_of(folder: Path, lines: Sequence[Row]) -> str:
    """What is missing of an evaluation that was cut off or still runs, in words; empty where all is there."""
    planned = read_plan(folder)
    if planned is None:  # a folder of an older version: its summary was written when all was done
        whole = (folder / "summary.json").is_file()
        return "" if whole else f"fragment: {len(lines)} runs of an unknown number; there is no summary yet"
    total = sum(planned.values())
    return f"fragment: {len(lines)} of {total} runs" if len(lines) < total else ""


def as_json(value: Any) -> str:
    """JSON that people may read."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line of JSON for each row."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def key_of(row: Mapping[str, Any]) -> Key:
    """The key of a row."""
    return str(row["cell"]), str(row["id"]), int(row["repeat"])


def replace_file(path: Path, text: str) -> None:
    """Write a file beside and put it in place, so that a reader sees the old one or the new one."""
    beside = path.with_suffix(".part")
    try:
        beside.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")  # half a sign, as in results.jsonl
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    except OSError as error:
        raise JournalError(f"cannot write {path}: {error.strerror}") from error
