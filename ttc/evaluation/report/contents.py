"""What a report is made of: folders of results, read back and put together."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ttc.evaluation.append_only import Row, read_object
from ttc.evaluation.examples import load_examples
from ttc.evaluation.journal import fragment_of, read_plan, read_run
from ttc.evaluation.pool import Pool, pool_of
from ttc.evaluation.runs import Run, run_of
from ttc.evaluation.summary import summarise


@dataclass
class Gathered:
    """One or more evaluations: their metrics together, and every finished run by problem.

    `rows` are lines of results.jsonl by problem id; `texts` are problem texts by id, as far as they can be found. Where
    two folders call different problems by one id, those of the later folder are called "FOLDER: ID". `planned` is how
    many runs each cell of a fragment will have when it is done.
    """

    title: str
    about: list[Row]
    summary: Row
    rows: dict[str, list[Row]]
    texts: dict[str, str] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read the folders. With several of them, cells are called "FOLDER: CELL" and compared across folders.

    Without a summary.json metrics are computed from the runs that are there: an evaluation may still be running.
    """
    if not folders:
        raise ValueError("a report needs at least one folder that `ttc eval --out DIR` wrote")
    found, runs, hashes = Gathered("", [], {}, {}), list[Run](), dict[str, str]()
    fragments: list[str] = []
    for folder in map(Path, folders):
        config, lines = read_run(folder)
        if (folder / "summary.json").is_file():
            with contextlib.suppress(ValueError):  # a torn summary is computed again
                config["config_hash"] = read_object(folder / "summary.json").get("config_hash")
        prefix = f"{folder.name}: " if len(folders) > 1 else ""
        pool = pool_of(config)
        found.about.append({"folder": str(folder), **config})
        names = _names(folder, lines, hashes)
        found.texts |= {names.get(name, name): text for name, text in _texts(config, pool).items()}
        for row in (_with_texts(line, pool) for line in lines):
            own = {**row, "cell": prefix + row["cell"], "id": names[row["id"]]}
            runs.append(run_of(own))
            found.rows.setdefault(own["id"], []).append(own)
        if told := fragment_of(folder, lines):
            fragments.append(prefix + told)
            found.planned |= {prefix + cell: count for cell, count in (read_plan(folder) or {}).items()}
    if not runs:
        raise ValueError(f"no run has finished in {', '.join(map(str, folders))} yet")
    found.title = " and ".join(dict.fromkeys(_named(a) for a in found.about))
    head = {"fragments": fragments} if fragments else {}
    found.summary = (None if fragments else _written(folders, len(runs))) or summarise(runs, head)
    return found


def _names(folder: Path, lines: Sequence[Row], hashes: dict[str, str]) -> dict[str, str]:
    """What the problems of a folder are called in a report; `hashes` are those of the problems called so before."""
    names: dict[str, str] = {}
    for row in lines:
        other = hashes.setdefault(row["id"], row["prompt_hash"]) != row["prompt_hash"]
        names[row["id"]] = f"{folder.name}: {row['id']}" if other else row["id"]
    return names


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
    same = all("problem_set" in cell for cell in summary.get("cells", []))  # else it is of version 0.1
    return summary if same and summary.get("n_runs") == runs else None


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
