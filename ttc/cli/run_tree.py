"""What a run has tried so far, as its events tell it: candidates and their steps, scores, judgements, answers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from ttc.core.trace import parent
from ttc.types import Event


@dataclass
class Node:
    """One candidate, or one step of a candidate that grows."""

    id: str
    text: str
    """Of this step alone."""
    answer: str | None
    done: bool
    tokens: int
    round: int
    """Rounds of the step search that were over when it came."""
    score: float = math.nan
    wins: list[float] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """The candidates that gave one answer, in the words of the first; mean score and wins are nan where none is."""

    answer: str
    votes: int
    score: float
    wins: float
    tokens: float


class Attempts:
    """Takes the events of a run; what it holds can be read at any time, also from another thread."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.roots: list[Node] = []
        self.rounds = self.steps = 0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        data = event.data
        if event.name == "candidate":
            self._enter(Node(data["id"], data["text"], data["answer"], data["done"], data["tokens"], self.rounds))
        elif event.name == "verdict" and data["id"] in self.nodes and data["score"] is not None:
            self.nodes[data["id"]].score = data["score"]
        elif event.name == "judgement" and data["wins"] is not None and not math.isnan(data["wins"]):
            for name, wins in ((data["first"], data["wins"]), (data["second"], 1 - data["wins"])):
                if name in self.nodes:
                    self.nodes[name].wins.append(wins)
        elif event.name == "step":
            self.rounds += 1

    def _enter(self, node: Node) -> None:
        self.nodes[node.id] = node
        above = self.nodes.get(parent(node.id))
        self.steps += above is not None
        (self.roots if above is None else above.below).append(node)

    def pruned(self, node: Node) -> bool:
        """Whether a step was given up: a whole round has passed, and neither did it end its solution nor go on."""
        return not node.done and not node.below and self.rounds > node.round + 1

    def groups(self) -> tuple[list[Group], int]:
        """Answers with most votes first, and how many candidates ended without one.

        Equal strings only: whether 1/2 and 0.5 are one answer takes longer to tell than a picture may.
        """
        found: dict[str, list[Node]] = {}
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
