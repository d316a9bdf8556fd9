"""What a lease of the corpus brought back: rewritings with their answers and votes, and the model's own problems."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Rewritten:
    """One rewriting as it was asked for: its template or the rule that it broke, and what the model answered."""

    form: str
    seed: int
    voice: str
    text: str
    known: str
    template: str = ""
    broken: str = ""
    greedy: str | None = None
    votes: list[str | None] = field(default_factory=list)
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """A problem of the model's own with its eight answers and four programs."""

    number: int
    topic: str
    text: str
    votes: tuple[str | None, ...]
    programs: tuple[str, ...]


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """All rows of all parts; a line that a stop cut in two is passed over."""
    for path in sorted(folder.glob("part-*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue


def load(folder: Path) -> tuple[list[Rewritten], list[Own]]:
    """Rewritings in the order of their numbers, and own problems."""
    found: dict[int, Rewritten] = {}
    own: dict[int, Own] = {}
    for row in rows(folder):
        if "o" in row:
            own[row["o"]] = Own(row["o"], row["topic"], row["x"], tuple(row["n"]), tuple(row["p"]))
        elif "f" in row:
            one = Rewritten(
                row["f"], row["s"], row["v"], row["x"], row.get("k", ""), row.get("t", ""), row.get("r", "")
            )
            found[row["i"]] = one
        elif row["i"] in found and "g" in row:
            found[row["i"]].greedy, found[row["i"]].known, found[row["i"]].answered = row["g"], row["k"], True
        elif row["i"] in found:
            found[row["i"]].votes = row["n"]
    return [found[i] for i in sorted(found)], [own[o] for o in sorted(own)]
