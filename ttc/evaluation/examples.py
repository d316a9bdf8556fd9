"""Problem sets: a problem with its gold answer is an Example. Strategies get the problem alone."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from ttc.errors import check_range
from ttc.lab import generate
from ttc.registry import nearest, read, split
from ttc.types import Domain, Problem

BadRows = Literal["refuse", "skip"]
Row = Mapping[str, Any]

PROBLEM_KEYS = ("problem", "question", "prompt", "Problem")
GOLD_KEYS = ("answer", "gold", "target", "final_answer", "Answer")
ID_KEYS = ("id", "unique_id", "task_id", "ID")


@dataclass(frozen=True, slots=True)
class Example:
    """A problem and its gold answer. Whoever runs a strategy passes on `problem` and nothing else."""

    problem: Problem
    gold: str
    level: str = ""
    subject: str = ""

    @classmethod
    def of_row(cls, row: Row, problem: Problem, gold: str) -> Example:
        """The example with the level and the subject of its row."""
        level, subject = ("" if row.get(name) is None else str(row[name]) for name in ("level", "subject"))
        return cls(problem, gold, level, subject)

    def is_of(self, levels: Sequence[str]) -> bool:
        """Whether its level is one of these; () = every level."""
        return not levels or self.level.lower().removeprefix("level ") in levels


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set that is known by name can be found: file names to look for, and its place on the Hugging Face hub."""

    files: tuple[str, ...]
    hub: str
    config: str | None = None
    split: str = "test"


SETS = {
    "math500": Source(("math500.jsonl",), "HuggingFaceH4/MATH-500"),
    "aime24": Source(("aime24.jsonl",), "HuggingFaceH4/aime_2024", split="train"),
    "aime25": Source(("aime25.jsonl",), "math-ai/aime25"),
    "gsm8k": Source(("gsm8k.jsonl", "gsm8k_test.jsonl"), "openai/gsm8k", config="main"),
}


def load_examples(
    name: str,
    *,
    data: str | Path | None = None,
    limit: int | None = None,
    levels: str | None = None,
    domain: Domain = "math",
    bad_rows: BadRows = "refuse",
    report: Callable[[str], None] = lambda message: None,
) -> list[Example]:
    """The examples of a set, in its order; `limit` takes the first so many of those of `levels` ("3-5", "1,3").

    A set is named in one of these forms:

    - math500, aime24, aime25 or gsm8k: from `data`, else the folder $TTC_DATA, else the hub through the package
      `datasets`;
    - the path of a JSONL file, plain or gzipped;
    - `hf:ORG/NAME[:config=NAME][:split=NAME]`;
    - lab:SPLIT, the problems of the model that ships with ttc, with the knobs level, family, count and seed, as in
      lab:test:level=3:count=50.

    Rows are {id, problem, answer, level?, subject?}. A bad row is a ValueError that names its line, or is left out and
    reported with `bad_rows="skip"`.
    """
    check_range("[1, inf)", "or None for all", limit=limit)
    examples, errors, problems = list[Example](), list[str](), dict[str, int]()
    wanted = levels_of(levels)
    for number, row in _rows(name, data, wanted):
        try:
            example = _example(row, f"{_stem(name)}-{number}", domain)
            if name.startswith("aime") and not (example.gold.isdigit() and int(example.gold) <= 999):
                raise ValueError(f"answer {example.gold!r} is no integer from 0 to 999, as AIME's answers are")
            if example.problem.id in problems:
                raise ValueError(f"id {example.problem.id!r} was used in line {problems[example.problem.id]}")
        except ValueError as error:
            errors.append(f"line {number}: {error}")
            continue
        problems[example.problem.id] = number
        if not example.is_of(wanted):
            continue
        examples.append(example)
        if len(examples) == limit:
            break
    if errors and bad_rows == "refuse":
        raise _bad(str(data or name), errors)
    for message in errors:
        report(f"left out {data or name}, {message}")
    if not examples:
        raise ValueError(f"{data or name} holds no problems" + (f" of level {levels}" if levels else ""))
    return examples


def _bad(where: str, errors: list[str]) -> ValueError:
    more = f", and {len(errors) - 3} more" if len(errors) > 3 else ""
    shown = "; ".join(errors[:3])
    return ValueError(f"{where} has bad rows: {shown}{more}. Mend them, or leave them out with --skip-bad-rows")


def levels_of(text: str | None) -> tuple[str, ...]:
    """The levels that a text names: "3-5" or "1,3"; none where it is None. Levels that are no numbers are words."""
    found = list[str]()
    for part in text.split(",") if text else ():
        first, dash, last = (end.strip() for end in part.partition("-"))
        if dash and not (first.isdigit() and last.isdigit() and int(first) <= int(last)):
            raise ValueError(f"levels {part!r} is no range; write FIRST-LAST, for example 3-5")
        found += map(str, range(int(first), int(last) + 1)) if dash else [first]
    return tuple(found)


def read_lines(path: str | Path) -> Iterator[tuple[int, Any]]:
    """Line numbers from 1 and values of a JSONL file, plain or gzipped; for a line that is no JSON a ValueError.

    A file that is cut off, no gzip in spite of its name, or no UTF-8 raises a ValueError that says where it breaks.
    """
    path, number = Path(path).expanduser(), 0
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield number, json.loads(line)
                    except ValueError as error:
                        yield number, ValueError(f"no JSON: {error}")
                    except RecursionError:
                        yield number, ValueError("its JSON is nested too deeply")
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged after line {number} ({error}); make or fetch it again") from None


def _rows(name: str, data: str | Path | None, levels: Sequence[str] = ()) -> Iterable[tuple[int, Any]]:
    if data is not None:
        return read_lines(data)
    if name.endswith((".jsonl", ".jsonl.gz")):
        return read_lines(name)
    if name.startswith("lab:") or name == "lab":
        return enumerate(_lab(name, levels), 1)
    if name.startswith("hf:"):
        place, knobs = split(name.removeprefix("hf:"))
        return enumerate(_hub(name, Source((), place, knobs.get("config"), knobs.get("split", "test"))), 1)
    if name not in SETS:
        raise ValueError(f"unknown set {name!r}; {nearest(name, SETS)} (or FILE.jsonl, lab:test, hf:ORG/NAME)")
    file = _in_folder(SETS[name])
    return read_lines(file) if file is not None else enumerate(_hub(name, SETS[name]), 1)


def _in_folder(source: Source) -> Path | None:
    """The set's file in $TTC_DATA or its folder problems/, if it is there."""
    root = os.environ.get("TTC_DATA")
    if not root:
        return None
    places = [Path(root).expanduser() / folder / file for folder in ("", "problems") for file in source.files]
    return next((place for place in places if place.is_file()), None)


def _hub(name: str, source: Source) -> Iterable[Row]:
    """Rows of a dataset on the Hugging Face hub."""
    if not source.hub:
        raise ValueError(f"{name!r} names no dataset; write hf:ORG/NAME, for example hf:{SETS['math500'].hub}")
    by_hand = "give its file with --data FILE.jsonl (rows id, problem, answer), put it into the folder TTC_DATA names"
    try:
        load = import_module("datasets").load_dataset
    except ImportError:
        raise ValueError(
            f"{name} is not on this machine: {by_hand}, or load {source.hub} from the hub: pip install 'ttc-llm[eval]'"
        ) from None
    try:
        rows: Iterable[Row] = load(source.hub, source.config, split=source.split)
    except (OSError, ValueError) as error:  # no network, no such dataset; no such configuration or split
        known = [one.hub for one in SETS.values()]
        hint = "" if source.hub in known else f"; {nearest(source.hub, known)}"
        raise ValueError(
            f"{name} cannot be had from the Hugging Face hub ({' '.join(str(error).split())}). Without the hub, "
            f"{by_hand}, or take lab:test, which needs no file{hint}"
        ) from error
    return rows


def _lab(name: str, levels: Sequence[str]) -> Iterator[Row]:
    """Problems of the laboratory; without a level they go through `levels`, or all five, in turn."""
    parts = name.removeprefix("lab").removeprefix(":") or "test"
    which, knobs = split(parts)
    known = ("level", "family", "count", "seed")
    for knob in knobs:
        if knob not in known:
            raise ValueError(f"{name!r} has no knob {knob!r}; {nearest(knob, known)}")
    numbers = {"count": 100, "seed": 0, "level": 0}
    numbers |= {knob: read(f"{knob} of {name!r}", knobs[knob], int) for knob in numbers if knob in knobs}
    turn = levels or ("1", "2", "3", "4", "5")
    if unknown := set(turn) - set("12345"):
        raise ValueError(f"levels of {name!r} are 1 to 5, not {', '.join(sorted(unknown))}")
    for place in range(numbers["count"]):
        level = numbers["level"] or int(turn[place % len(turn)])
        made = generate(knobs.get("family"), level, numbers["seed"] + place, which)
        yield {"id": made.id, "problem": made.prompt, "answer": made.answer, "level": level, "subject": made.family}


def _example(row: Any, name: str, domain: Domain) -> Example:
    if isinstance(row, ValueError):
        raise row
    if not isinstance(row, Mapping):
        raise ValueError(f"it holds a {type(row).__name__}, not an object with id, problem and answer")
    text, gold = _first(row, PROBLEM_KEYS), _first(row, GOLD_KEYS)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"no problem text under {', '.join(PROBLEM_KEYS)}")
    if isinstance(gold, list) and len(gold) == 1:
        gold = gold[0]
    if isinstance(gold, list | Mapping):
        raise ValueError(f"answer {gold!r} is a {type(gold).__name__}; it must be one text or number")
    answer = "" if gold is None else str(gold).rpartition("####")[2].strip()
    if not answer:
        raise ValueError(f"no gold answer under {', '.join(GOLD_KEYS)}")
    identity = _first(row, ID_KEYS)
    problem = Problem(text, name if identity is None else str(identity), domain)
    return Example.of_row(row, problem, answer)


def _first(row: Row, keys: Iterable[str]) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _stem(name: str) -> str:
    return name.removeprefix("hf:").partition(":")[0].rpartition("/")[2].partition(".")[0]
