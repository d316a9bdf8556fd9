"""Programs that mean harm: payloads by category, and the ways in which one is delivered.

A payload is Python that may use SECRET (a file outside), PORT (a socket that listens outside), PID (a process outside)
and N (a number). `variants` combines payloads, deliveries and numbers; none of the programs solves the task that it is
tested on, `TESTS`, so that whatever it does, it must not pass.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

TESTS = "assert solve(2, 3) == 5\nassert solve(10, 4) == 14\nassert sorted(solve_all([3, 1])) == [1, 3]"
RIGHT = "def solve(a, b):\n    return a + b\n\ndef solve_all(x):\n    return list(x)\n"
WRONG = "def solve(a, b):\n    return a * b + 1\n\ndef solve_all(x):\n    return []\n"

PAYLOADS: dict[str, list[str]] = {}
for block in Path(__file__).with_name("payloads.txt").read_text(encoding="utf-8").split("=== ")[1:]:
    title, _, text = block.partition("\n")
    PAYLOADS.setdefault(title, []).append(text.rstrip())

SAFE = ("escape", "output", "signals", "threads", "cwd", "files", "exit", "forge")
"""What may be tried where nothing is isolated: the rest could harm the machine (kill -1, rm -rf, the network)."""

DELIVERIES = {
    "import": "{payload}\n",
    "call": "def _harm():\n{indented}\n\ndef solve(a, b):\n    _harm()\n    return a * b + 1\n",
    "thread": "import threading\ndef _harm():\n{indented}\n\nthreading.Thread(target=_harm, daemon=True).start()\n",
    "child": "import os\nif os.fork() == 0:\n{indented}\n    os._exit(0)\n",
    "last": "import atexit\ndef _harm():\n{indented}\n\natexit.register(_harm)\n",
    "swallow": "try:\n{indented}\nexcept BaseException:\n    pass\n",
}
"""Ways in which a payload comes: when loaded, when called, in a thread, in a child, at the end, errors swallowed."""


@dataclass(frozen=True)
class Hostile:
    """One program; `mode` is how it is run: against tests, or as a script."""

    name: str
    category: str
    code: str
    mode: str


def _delivered(payload: str, delivery: str, number: int) -> str:
    code = DELIVERIES[delivery].format(payload=payload, indented=indent(payload, "    "))
    return f"N = {number}\n{WRONG}\n{code}"


def variants(n: int, seed: int = 0, categories: Sequence[str] = tuple(PAYLOADS)) -> list[Hostile]:
    """n programs: every payload as it stands first, then at random which payload, delivery, number and mode."""
    rng = random.Random(seed)
    whole = [(category, number) for category in categories for number in range(len(PAYLOADS[category]))]
    rng.shuffle(whole)
    made = []
    for index in range(n):
        category, number = whole[index] if index < len(whole) else rng.choice(whole)
        delivery = "import" if index < len(whole) or category == "forge" else rng.choice(list(DELIVERIES))
        payload = PAYLOADS[category][number]
        mode = "check" if category in ("forge", "exit", "files") else rng.choice(["check", "check", "script"])
        name = f"{category}-{number}-{delivery}-{index}"
        made.append(Hostile(name, category, _delivered(payload, delivery, rng.choice([1, 10, 100, 1000])), mode))
    return made


def sample(each: int = 4, categories: Sequence[str] = tuple(PAYLOADS)) -> list[Hostile]:
    """The first `each` payloads of every category, delivered in turn in all ways."""
    made: list[Hostile] = []
    for category in categories:
        for number, payload in enumerate(PAYLOADS[category][:each]):
            delivery = "import" if category == "forge" else list(DELIVERIES)[len(made) % len(DELIVERIES)]
            code = _delivered(payload, delivery, 100)
            mode = "script" if len(made) % 3 == 2 and category not in ("forge", "exit", "files") else "check"
            made.append(Hostile(f"{category}-{number}-{delivery}", category, code, mode))
    return made
