"""The tree of candidates that a run has grown, as its events tell it: while it runs, from its trace, from a journal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from ttc.search.tree import SearchTree
from ttc.types import Event

if TYPE_CHECKING:
    import networkx as nx


@dataclass
class Step:
    """One candidate, or one step of a candidate that grows."""

    id: str
    text: str
    """Of this step alone."""
    tokens: int
    done: bool
    answer: str | None = None
    finish: str | None = None
    score: float = math.nan
    """Of the newest verdict in [0, 1]; nan where nothing was said."""
    round: int = 0
    """Rounds of the step search that were over when it came."""
    wins: list[float] = field(default_factory=list)
    below: list[Step] = field(default_factory=list)


class RunTree:
    """Takes the events of a run; what it holds can be read at any time, also from another thread."""

    def __init__(self) -> None:
        self.nodes: dict[str, Step] = {}
        self.roots: list[Step] = []
        self.rounds = self.steps = 0

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """The tree of these events, for example of a trace."""
        tree = cls()
        for event in events:
            tree(event)
        return tree

    def __call__(self, event: Event) -> None:
        """Take one event."""
        data = event.data
        if event.name == "candidate":
            self.enter(Step(**data, round=self.rounds))
        elif event.name == "verdict" and data["id"] in self.nodes and data["score"] is not None:
            self.nodes[data["id"]].score = data["score"]
        elif event.name == "judgement" and data["wins"] is not None and not math.isnan(data["wins"]):
            for name, wins in ((data["first"], data["wins"]), (data["second"], 1 - data["wins"])):
                if name in self.nodes:
                    self.nodes[name].wins.append(wins)
        elif event.name == "step":
            self.rounds += 1

    def enter(self, step: Step) -> None:
        """Put a step below the one that it continues."""
        self.nodes[step.id] = step
        above = self.nodes.get(parent(step.id))
        self.steps += above is not None
        (self.roots if above is None else above.below).append(step)

    def to_networkx(self) -> nx.DiGraph[str]:
        """A directed graph under "root", from each candidate to those that continue it, with what is known of each."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_node("root")
        for name, step in self.nodes.items():
            known = {
                "answer": step.answer,
                "finish": step.finish,
                "score": None if math.isnan(step.score) else step.score,
            }
            about: dict[str, Any] = {key: value for key, value in known.items() if value is not None}
            graph.add_node(name, text=step.text, tokens=step.tokens, done=step.done, **about)
            graph.add_edge(parent(name), name)
        return graph

    def to_search_tree(self, prompt_tokens: int = 0, proposed: Iterable[str] = ()) -> SearchTree:
        """The steps as a `SearchTree`; the chosen path is that of the last proposal which is a step of the tree."""
        tree, ids = SearchTree(prompt_tokens), {"root": 0}
        for step in sorted(self.nodes.values(), key=_order):
            done = step.done and not step.below
            ids[step.id] = tree.add(ids.get(parent(step.id), 0), step.tokens, step.score, step.text, done=done)
        tree.prune(ids[step.id] for step in self.nodes.values() if not step.done and not step.below)
        chosen = [ids[name] for name in proposed if name in ids]
        if chosen and len(tree) > 1:
            tree.choose(chosen[-1])
        return tree


def parent(identity: str) -> str:
    """The lineage id of what a candidate continues: "2.0.1" -> "2.0", "2" -> "root"."""
    return identity.rpartition(".")[0] or "root"


def _order(step: Step) -> tuple[int, ...]:
    """Parents before children, siblings by number: "2.10" -> (2, 2, 10)."""
    numbers = [int(part) for part in step.id.split(".")]
    return (len(numbers), *numbers)
