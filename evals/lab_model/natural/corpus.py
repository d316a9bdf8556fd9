"""The corpus: wordings that a language model wrote, each a template that any numbers fill, and problems of its own.

`wordings()` and `own_problems()` read the two files, which `build` makes; `problem` fills one wording anew.
"""

import gzip
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from evals.lab_model.natural.problems import NaturalProblem, refill
from evals.lab_model.natural.voices import VOICES

HERE = Path(__file__).parent
GREEDY = 9
"""Stands in place of a number of votes where the one greedy answer was right."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a form; `votes` is 9 for a right greedy answer, else how many of eight were right."""

    form: str
    voice: str
    votes: int
    seen: int
    seed: int
    """The problem of this seed is the one that was rewritten."""
    template: str
    kinds: dict[str, str]
    """The pronouns that its persons must go by."""

    @property
    def split(self) -> str:
        """dev for one wording in ten, by its text alone; else train."""
        return "dev" if crc32(f"{self.form}:{self.template.lower()}".encode()) % 10 == 0 else "train"


@dataclass(frozen=True, slots=True)
class OwnProblem:
    """A problem of the model's own; how many of eight votes and of four programs gave this answer; one such program."""

    topic: str
    text: str
    answer: str
    votes: int
    programs: int
    program: str

    @property
    def split(self) -> str:
        """dev for one problem in ten, by its text alone; else train."""
        return "dev" if crc32(self.text.lower().encode()) % 10 == 0 else "train"


@lru_cache(maxsize=1)
def wordings(folder: Path = HERE) -> tuple[Wording, ...]:
    """All wordings of the corpus, form by form."""
    found, form = [], ""
    with gzip.open(folder / "wordings.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if isinstance(row, str):
                form = row
            else:
                voice, votes, seen, seed, template, *kinds = row
                found.append(Wording(form, VOICES[voice].name, votes, seen, seed, template, kinds[0] if kinds else {}))
    return tuple(found)


@lru_cache(maxsize=1)
def own_problems(folder: Path = HERE) -> tuple[OwnProblem, ...]:
    with gzip.open(folder / "own.jsonl.gz", "rt", encoding="utf-8") as file:
        return tuple(OwnProblem(*json.loads(line)) for line in file)


@lru_cache(maxsize=2)
def by_kind(split: str) -> dict[str, dict[str, list[Wording]]]:
    """The wordings of a split by kind and form."""
    found: dict[str, dict[str, list[Wording]]] = defaultdict(lambda: defaultdict(list))
    for one in wordings():
        if one.split == split:
            found[one.form.split("/")[0]][one.form].append(one)
    return found


def problem(rng: random.Random, split: str = "train") -> NaturalProblem:
    """A kind, a form of it and a wording of that, each as likely as the others, with new numbers and words."""
    kinds = by_kind(split)
    forms = kinds[rng.choice(sorted(kinds))]
    one = rng.choice(forms[rng.choice(sorted(forms))])
    return refill(one.form, one.template, rng.randrange(1 << 40), one.kinds)
