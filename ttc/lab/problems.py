"""Seeded problems: the same family, level, seed and split give the same problem on every machine."""

import random
import re
from dataclasses import dataclass
from zlib import crc32

from ttc.lab.families import FAMILIES, HARDEST
from ttc.lab.levels import BANDS, LEVELS

SPLITS = ("test", "dev", "train")
_NUMBER = re.compile(r"\d+")
_CLOSINGS = ("So the answer is \\boxed{{{}}}.", "The answer is \\boxed{{{}}}.", "Answer: \\boxed{{{}}}.")


@dataclass(frozen=True, slots=True)
class LabProblem:
    """A generated problem with its answer and one right solution."""

    id: str
    """family-level-split-seed; level is d and the raw difficulty for problems made by `generate_raw`."""
    prompt: str
    answer: str
    """The right answer: one integer in decimal digits."""
    family: str
    level: int
    """1 to 5, or 0 when the problem was made for a raw difficulty."""
    difficulty: int
    """Raw difficulty, 1 to 24."""
    solution: str
    """A right solution; steps are separated by a blank line and the last one boxes the answer."""
    facts: tuple[int, ...] = ()
    """What the family's step checker needs: the root (linear); target and numbers (countdown)."""
    kind: str = ""
    """Which of its family's kinds of problems it is."""


def generate(family: str | None = None, level: int = 3, seed: int = 0, split: str = "test") -> LabProblem:
    """One problem of a level; without a family, the seed picks one."""
    if level not in LEVELS:
        raise ValueError(f"level={level!r}: must be one of {LEVELS}; the nearest is {min(max(int(level), 1), 5)}")
    rng = random.Random(f"level/{split}/{family}/{level}/{seed}")
    family = family or rng.choice(sorted(FAMILIES))
    bands = {kind: band for kind, of_levels in BANDS[_known(family)].items() if (band := of_levels[level - 1])}
    kind = rng.choice(sorted(bands))
    name = f"{family}-{level}-{split}-{seed}"
    return _draw(name, family, kind, level, rng.randint(*bands[kind]), split, rng)


def generate_raw(family: str, difficulty: int, seed: int, split: str, kind: str | None = None) -> LabProblem:
    """One problem of a raw difficulty, 1 to 24, whatever the levels are; without a kind, the seed picks one."""
    if not 1 <= difficulty <= HARDEST:
        raise ValueError(
            f"difficulty={difficulty}: must be 1 to {HARDEST}; the nearest is {min(max(difficulty, 1), HARDEST)}"
        )
    rng = random.Random(f"raw/{split}/{family}/{kind}/{difficulty}/{seed}")
    kind = kind or rng.choice(sorted(FAMILIES[_known(family)]))
    return _draw(f"{family}-d{difficulty}-{split}-{seed}", family, kind, 0, difficulty, split, rng)


def split_of(family: str, prompt: str) -> str:
    """The split that a problem belongs to, by its numbers alone: another name or unit never moves it across."""
    numbers = ",".join(sorted(_NUMBER.findall(prompt)))
    return SPLITS[min(crc32(f"{family}:{numbers}".encode()) % 8, 2)]


def _known(family: str) -> str:
    if family not in FAMILIES:
        raise ValueError(f"family={family!r}: must be one of {sorted(FAMILIES)}")
    return family


def _draw(name: str, family: str, kind: str, level: int, difficulty: int, split: str, rng: random.Random) -> LabProblem:
    """Draw until the problem's numbers belong to the split: train, dev and test never share a problem's numbers."""
    if split not in SPLITS:
        raise ValueError(f"split={split!r}: must be one of {SPLITS}")
    while True:
        draft = FAMILIES[family][kind](difficulty, rng)
        if split_of(family, draft.prompt) == split:
            break
    solution = "\n\n".join([*draft.steps, rng.choice(_CLOSINGS).format(draft.answer)])
    return LabProblem(name, draft.prompt, str(draft.answer), family, level, difficulty, solution, draft.facts, kind)
