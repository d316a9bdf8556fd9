"""The answers that a run has so far, and the steps that it gave up: what the live view shows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ttc.core.tree import RunTree, Step


@dataclass(frozen=True)
class Group:
    """The candidates that gave one answer, in the words of the first; mean score and wins are nan where none is."""

    answer: str
    votes: int
    score: float
    wins: float
    tokens: float


class Attempts(RunTree):
    """The tree of a run as it grows, with its answers."""

    def pruned(self, node: Step) -> bool:
        """Whether a step was given up: a whole round has passed, and neither did it end its solution nor go on."""
        return not node.done and not node.below and self.rounds > node.round + 1

    def groups(self) -> tuple[list[Group], int]:
        """Answers with most votes first, and how many candidates ended without one.

        Equal strings only: whether 1/2 and 0.5 are one answer takes longer to tell than a picture may.
        """
        found: dict[str, list[Step]] = {}
        silent = 0
        for node in list(self.nodes.values()):
            if node.done and not node.below:
                if node.answer is None:
                    silent += 1
                else:
                    found.setdefault(" ".join(node.answer.split()), []).append(node)
        groups = [
            Group(
                answer,
                len(nodes),
                mean(node.score for node in nodes),
                mean(w for node in nodes for w in node.wins),
                mean(node.tokens for node in nodes),
            )
            for answer, nodes in found.items()
        ]
        return sorted(groups, key=lambda group: -group.votes), silent


def mean(values: Iterable[float]) -> float:
    """The mean of the numbers that are known; nan without any."""
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan
