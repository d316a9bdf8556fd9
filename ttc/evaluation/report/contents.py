"""What a report is made of: folders of results, read back and put together."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ttc.evaluation.append_only import Row, read_object
from ttc.evaluation.examples import load_examples
from ttc.evaluation.journal import read_run
from ttc.evaluation.pool import Pool, pool_of
from ttc.evaluation.runs import Run, run_of
from ttc.evaluation.summary import summarise


@dataclass
class Gathered:
    """One or more evaluations: their metrics together, and every finished run by problem.

    `rows` are lines of results.jsonl by problem id; `texts` are problem texts by id, as far as they can be found.
    """

    title: str
    about: list[Row]
    summary: Row
    rows: dict[str, list[Row]]
    texts: dict[str, str] = field(default_factory=dict)


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read the folders. With several of them, cells are called "FOLDER: CELL" and compared across folders.

    Without a summary.json metrics are computed from the runs that are there: an evaluation may still be running.
    """
    if not folders:
        raise ValueError("a report needs at least one folder that `ttc eval --out DIR` wrote")
    about, runs, texts = list[Row](), list[Run](), dict[str, str]()
    rows: dict[str, list[Row]] = {}
    for folder in map(Path, folders):
        config, lines = read_run(folder)
        if (folder / "summary.json").is_file():
            with contextlib.suppress(ValueError):  # a torn summary is computed again
                config["config_hash"] = read_object(folder / "summary.json").get("config_hash")
        prefix = f"{folder.name}: " if len(folders) > 1 else ""
        pool = pool_of(config)
        about.append({"folder": str(folder), **config})
        texts |= _texts(config, pool)
        for row in lines:
            runs.append(replace(run_of(row), cell=prefix + row["cell"]))
            rows.setdefault(row["id"], []).append(_with_texts({**row, "cell": prefix + row["cell"]}, pool))
    if not runs:
        raise ValueError(f"no run has finished in {', '.join(map(str, folders))} yet")
    title = " and ".join(dict.fromkeys(_named(a) for a in about))
    return Gathered(title, about, _written(folders, len(runs)) or summarise(runs, {}), rows, texts)


def _named(about: Row) -> str:
    """What was evaluated: the set, or the name of the file."""
    return str(about["set"] or Path(about["pool"] or about["data"] or about["folder"]).name)


def _written(folders: Sequence[str | Path], runs: int) -> Row | None:
    """The summary of a single folder, if it was written after its last run."""
    path = Path(folders[0]) / "summary.json"
    if len(folders) > 1 or not path.is_file():
        return None
    try:
        summary: Row = read_object(path)
    except ValueError:
        return None  # torn; it is computed from the runs again
    return summary if summary.get("n_runs") == runs else None


def _texts(config: Row, pool: Pool | None) -> dict[str, str]:
    """Problem texts by id, from the set or the pool; none where they cannot be read any more."""
    examples = pool.examples if pool is not None else []
    texts = {e.problem.id: e.problem.text for e in examples if e.problem.text != e.problem.id}
    if not config.get("set") and not config.get("data"):
        return texts
    try:
        return texts | {
            e.problem.id: e.problem.text for e in load_examples(config["set"], data=config["data"], bad_rows="skip")
        }
    except (ValueError, OSError):
        return texts


def _with_texts(row: Row, pool: Pool | None) -> Row:
    """The line with the texts of its samples, which runs on a pool only name by index."""
    problem: Any = pool.problems.get(row["id"]) if pool is not None else None
    if problem is None:
        return row
    samples = [{**sample, "text": problem.samples[sample["index"]].text} for sample in row["samples"]]
    return {**row, "samples": samples}
