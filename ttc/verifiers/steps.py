"""Steps: where a solution is cut for a process reward model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ttc.types import Candidate

Mark = Literal["blank", "line", "number"]
_CUT = {
    "blank": re.compile(r"\n(?:[ \t]*\n)+"),
    "line": re.compile(r"\n+"),
    "number": re.compile(r"^(?=[ \t#*]*Step\s+\d+\b)", re.MULTILINE | re.IGNORECASE),
}
_FENCE = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


@dataclass(frozen=True, slots=True)
class Steps:
    """Cuts at blank lines, at every line break, or before "Step 1", "Step 2" and so on.

    Never inside a code fence or the braces of \\boxed{...}; what is still open at the end of the text stays whole.
    """

    mark: Mark = "blank"

    def of(self, candidate: Candidate) -> list[str]:
        """The steps that a candidate grew by, or else its text cut up. Their concatenation is its text."""
        if candidate.steps and "".join(candidate.steps) == candidate.text:
            return _without_empty(list(candidate.steps))
        return self.split(candidate.text)

    def split(self, text: str) -> list[str]:
        """The pieces of a text, each with what separates it from the next; [] for a text of white space."""
        closed = list(_protected(text))
        ends = [
            found.end()
            for found in _CUT[self.mark].finditer(text)
            if not any(start < found.end() <= end for start, end in closed)
        ]
        edges = [0, *ends, len(text)]
        return _without_empty([text[a:b] for a, b in pairwise(edges)])


def _protected(text: str) -> Iterator[tuple[int, int]]:
    """Stretches [start, end) of the text that are never cut."""
    for fence in _FENCE.finditer(text):
        yield fence.start(), fence.end()
    for box in _BOX.finditer(text):
        yield box.start(), _closing(text, box.end())


def _closing(text: str, start: int) -> int:
    """Where the brace that was opened just before `start` is closed; the end of the text if it never is."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _without_empty(pieces: list[str]) -> list[str]:
    """Pieces of white space joined to the one before, or to the first that says something."""
    steps: list[str] = []
    for piece in pieces:
        if steps and (not piece.strip() or not steps[-1].strip()):
            steps[-1] += piece
        elif piece:
            steps.append(piece)
    return steps if steps and steps[0].strip() else []
