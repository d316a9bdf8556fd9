"""Export: an evaluation in the formats that other evaluation tools read, one file for each cell.

lm-eval: the folder that lm-evaluation-harness writes with --log_samples: MODEL/samples_TASK_DATE.jsonl, a line for each
problem, and MODEL/results_DATE.json. inspect: the JSON logs of Inspect, a sample for each problem and repeat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

from ttc.evaluation.append_only import Row
from ttc.evaluation.journal import as_json, as_lines, replace_file
from ttc.evaluation.report.contents import Gathered, gather
from ttc.evaluation.summary import warnings_of
from ttc.registry import nearest

STOP_REASONS = {"stop": "stop", "length": "max_tokens", "budget": "max_tokens"}
"""What Inspect calls the ends of a text; all others are "unknown"."""


@dataclass(frozen=True)
class Exported:
    """What a format needs to know of the evaluation beside its lines."""

    about: Row
    task: str
    made: datetime
    texts: dict[str, str]
    planned: dict[str, int]
    """How many runs each cell will have when it is done, where the evaluation is a fragment."""

    def missing(self, cell: str, runs: int) -> str:
        """What is missing of a cell, in words; empty where all is there."""
        planned = self.planned.get(cell, runs)
        return f"fragment: {runs} of {planned} runs" if runs < planned else ""


def export(
    run: str | Path, form: str, out: str | Path | None = None, report: Callable[[str], None] = lambda message: None
) -> list[Path]:
    """Write the evaluation in the folder `run` as "lm-eval" or "inspect" into `out`; the paths written.

    `out` is by default a folder inside of `run` named after the format. `report` is told what a person should know. A
    fragment says in its files how many runs are missing.
    """
    if form not in FORMATS:
        raise ValueError(f"unknown format {form!r}; {nearest(form, FORMATS)}")
    run = Path(run)
    gathered = gather([run])
    for warning in warnings_of(gathered.summary):
        report(warning)
    place = Path(out) if out is not None else run / form
    about = gathered.about[0]
    made = datetime.fromtimestamp((run / "results.jsonl").stat().st_mtime, UTC)
    name = _name(about["set"] or about["data"] or about["pool"] or "problems")
    head = Exported(about, name, made, gathered.texts, gathered.planned)
    return list(FORMATS[form](gathered, head, place))


def lm_eval(gathered: Gathered, head: Exported, place: Path) -> Iterator[Path]:
    """Lines and results as lm-evaluation-harness writes them; a cell is a task. Several repeats are several resps."""
    date = head.made.strftime("%Y-%m-%dT%H-%M-%S.%f")
    folder = place / re.sub(r"[^\w.-]+", "__", str(head.about["model"]))
    folder.mkdir(parents=True, exist_ok=True)
    results, sizes, hashes = dict[str, Row](), dict[str, Row](), dict[str, str]()
    for cell, accuracy, rows in _cells(gathered):
        task = f"{head.task}_{_part(cell)}"
        lines = [
            _lm_eval_line(number, list(own), head) for number, (_, own) in enumerate(groupby(rows, itemgetter("id")))
        ]
        missing = head.missing(cell, len(rows))
        results[task] = {"alias": f"{task} ({missing})" if missing else task, "exact_match,none": accuracy["value"]}
        results[task]["exact_match_stderr,none"] = "N/A" if accuracy["se"] is None else accuracy["se"]
        sizes[task] = {"original": len(lines), "effective": len(lines)}
        hashes[task] = _hash("".join(line["doc_hash"] + line["prompt_hash"] + line["target_hash"] for line in lines))
        path = folder / f"samples_{task}_{date}.jsonl"
        replace_file(path, as_lines(lines))
        yield path
    config = {"model": "ttc", "model_args": f"model={head.about['model']}", "gen_kwargs": head.about["sampling"]}
    whole = {
        "results": results, "n-samples": sizes, "versions": dict.fromkeys(results, 1),
        "n-shot": dict.fromkeys(results, 0), "config": config,
        "higher_is_better": {task: {"exact_match": True} for task in results},
        "date": head.made.timestamp(), "task_hashes": hashes, "model_name": head.about["model"],
        "ttc": head.about["versions"], "notes": warnings_of(gathered.summary),
    }  # fmt: skip
    replace_file(folder / f"results_{date}.json", json.dumps(whole, ensure_ascii=False, indent=2))
    yield folder / f"results_{date}.json"


def inspect(gathered: Gathered, head: Exported, place: Path) -> Iterator[Path]:
    """Logs of Inspect, version 2 of their JSON; repeats are epochs."""
    place.mkdir(parents=True, exist_ok=True)
    created = head.made.isoformat(timespec="seconds")
    for cell, accuracy, rows in _cells(gathered):
        metrics = {
            name: {"name": name, "value": accuracy[key]} for name, key in _METRICS.items() if accuracy[key] is not None
        }
        ids = list(dict.fromkeys(row["id"] for row in rows))
        missing = head.missing(cell, len(rows))
        identity = _hash(f"{head.about.get('config_hash')}/{cell}")[:22]
        log = {
            "version": 2,
            "status": "cancelled" if missing else "success",
            "eval": {
                "eval_id": identity, "run_id": identity, "task_id": identity, "created": created,
                "task": f"{head.task}_{_part(cell)}", "model": f"ttc/{head.about['model']}",
                "dataset": {"name": head.task, "samples": len(ids), "sample_ids": ids},
                "packages": head.about["versions"], "task_args": {"cell": cell},
                "metadata": {"fragment": missing} if missing else None,
                "config": {"epochs": max(row["repeat"] for row in rows) + 1},
                "model_generate_config": {
                    name: head.about["sampling"].get(name) for name in ("temperature", "top_p", "max_tokens")
                },
            },
            "plan": {"name": "plan", "steps": [{"solver": rows[0]["strategy"], "params": rows[0]["knobs"]}]},
            "results": {
                "total_samples": head.planned.get(cell, len(rows)), "completed_samples": len(rows),
                "scores": [{"name": head.about["grader"], "scorer": head.about["grader"], "metrics": metrics}],
            },
            "stats": {"started_at": created, "completed_at": created},
            "samples": [_inspect_sample(row, head) for row in rows],
        }  # fmt: skip
        path = place / f"{created.replace(':', '-')}_{head.task}_{_part(cell)}.json"
        replace_file(path, as_json(log))
        yield path


_METRICS = {"accuracy": "value", "stderr": "se"}
FORMATS: dict[str, Callable[[Gathered, Exported, Path], Iterator[Path]]] = {"lm-eval": lm_eval, "inspect": inspect}


def _lm_eval_line(number: int, rows: Sequence[Row], head: Exported) -> Row:
    """The runs of one cell on one problem."""
    first = rows[0]
    prompt = head.texts.get(first["id"], str(first["id"]))
    doc = {"id": first["id"], "problem": prompt, "answer": first["gold"], "level": first["level"]}
    return {
        "doc_id": number, "doc": {**doc, "subject": first["subject"]}, "target": first["gold"],
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": head.about["sampling"]}},
        "resps": [[_text(row) for row in rows]], "filtered_resps": [row["answer"] or "" for row in rows],
        "filter": "none", "metrics": ["exact_match"], "doc_hash": _hash(json.dumps(doc, ensure_ascii=False)),
        "prompt_hash": _hash(prompt), "target_hash": _hash(str(first["gold"])),
        "exact_match": sum(row["correct"] for row in rows) / len(rows),
        "output_tokens": sum(row["cost"].get("output_tokens", 0) for row in rows) / len(rows),
    }  # fmt: skip


def _inspect_sample(row: Row, head: Exported) -> Row:
    """One run. Its answer is the output; its candidates are in the metadata."""
    prompt, cost, text = head.texts.get(row["id"], row["id"]), row["cost"], _text(row)
    finish = next((sample["finish"] for sample in row["samples"] if sample["id"] == row["chosen"]), "")
    prompt_tokens, output_tokens = cost.get("prompt_tokens", 0), cost.get("output_tokens", 0)
    model = f"ttc/{head.about['model']}"
    usage = {"input_tokens": prompt_tokens, "output_tokens": output_tokens}
    usage["total_tokens"] = prompt_tokens + output_tokens
    choice = {"message": {"role": "assistant", "content": text}, "stop_reason": STOP_REASONS.get(finish, "unknown")}
    error = {"message": row["error"], "traceback": "", "traceback_ansi": ""} if "error" in row else None
    about = {name: row[name] for name in ("level", "subject", "confidence", "stopped", "limit", "seed")}
    return {
        "id": row["id"], "epoch": row["repeat"] + 1, "input": prompt, "target": row["gold"],
        "messages": [{"role": "user", "content": prompt}, choice["message"]],
        "output": {"model": model, "choices": [choice], "completion": text, "usage": usage},
        "scores": {head.about["grader"]: {"value": "C" if row["correct"] else "I", "answer": row["answer"] or ""}},
        "metadata": {**about, "calls": cost.get("calls", 0), "candidates": row["samples"]},
        "model_usage": {model: usage}, "error": error,
    }  # fmt: skip


def _text(row: Row) -> str:
    """The text of the chosen candidate; empty where there is none, or the pool that holds it is gone."""
    return next((str(s.get("text", "")) for s in row["samples"] if s["id"] == row["chosen"]), "")


def _cells(gathered: Gathered) -> Iterator[tuple[str, Row, list[Row]]]:
    """Cells with their accuracy and their runs, in order of problem and repeat."""
    for table in gathered.summary["cells"]:
        name, rows = table["cell"], chain.from_iterable(gathered.rows.values())
        yield name, table["accuracy"], [row for row in rows if row["cell"] == name]


def _name(text: str) -> str:
    """The name of a set or a file of problems, without its folder, as a part of a file name."""
    return _part(Path(text).name.partition(".jsonl")[0])


def _part(text: str) -> str:
    """A text as a part of a file name."""
    return re.sub(r"[^\w.=-]+", "-", text).strip("-")


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
