"""The tree of a step search: a list of slotted nodes.

Children are appended after their parents, so ids grow along every path and a node is found by its index. Token
counts are those of the node's own step. A node's key-value memory is the sum along its path, and nodes that share a
prefix share its memory.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


def printable(text: str) -> str:
    """The text with characters that XML cannot hold replaced by the replacement character."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


@dataclass(slots=True)
class Node:
    """One step of one partial solution.

    Args:
        depth: Steps from the root.
        text: The text of the step.
        pruned: Whether the policy gave it no children.
    """

    id: int  # index in the tree; 0 is the root
    parent: int  # -1 for the root
    depth: int
    tokens: int  # of this step alone; the prompt's for the root
    score: float  # newest step's reward in [0, 1], nan if it was not judged
    text: str = ""
    done: bool = False  # holds a finished answer (or ran over its length): leaves the frontier
    pruned: bool = False
    chosen: bool = False  # on the path of the answer


class SearchTree:
    """All steps that a search has grown, from the prompt (node 0) to its leaves."""

    def __init__(self, prompt_tokens: int = 0, text: str = "") -> None:
        self.nodes = [Node(id=0, parent=-1, depth=0, tokens=prompt_tokens, score=1.0, text=text)]

    def __len__(self) -> int:
        return len(self.nodes)

    def add(self, parent: int, tokens: int, score: float, text: str = "", *, done: bool = False) -> int:
        """Append a step and return its id.

        Args:
            parent: The node that it continues; an unknown or finished one is a ValueError.
            tokens: Tokens of this step alone.
            score: The step's reward in [0, 1], nan if it was not judged.
            text: The step's text.
            done: Whether it ends a solution.
        """
        if not 0 <= parent < len(self.nodes):
            raise ValueError(f"parent {parent} is not in the tree; ids run from 0 to {len(self.nodes) - 1}")
        above = self.nodes[parent]
        if above.done:
            raise ValueError(f"parent {parent} is finished and gets no children; extend an unfinished node")
        node = Node(len(self.nodes), parent, above.depth + 1, tokens, score, text, done)
        self.nodes.append(node)
        return node.id

    def ancestors(self, node: int) -> tuple[int, ...]:
        """Ids from the root down to the parent of `node`: the path that width policies expect."""
        path = []
        while (node := self.nodes[node].parent) >= 0:
            path.append(node)
        return tuple(reversed(path))

    def frontier(self, depth: int) -> list[int]:
        """Ids of the unfinished nodes of one depth, pruned ones included, oldest first."""
        return [node.id for node in self.nodes if node.depth == depth and not node.done]

    def unique_tokens(self, ids: Iterable[int]) -> int:
        """Tokens held in memory for these nodes together: every shared ancestor counts once."""
        held: set[int] = set()
        for node in ids:
            above = node
            while above >= 0 and above not in held:
                held.add(above)
                above = self.nodes[above].parent
        return sum(self.nodes[node].tokens for node in held)

    def tokens_held(self) -> list[int]:
        """Unique tokens of the frontier at each depth, from 0: the key-value memory that each step held."""
        deepest = max(node.depth for node in self.nodes)
        return [self.unique_tokens(self.frontier(depth)) for depth in range(deepest + 1)]

    def prune(self, ids: Iterable[int]) -> None:
        """Mark nodes that the policy gave no children."""
        for node in ids:
            self.nodes[node].pruned = True

    def choose(self, node: int) -> None:
        """Mark the path whose end is the answer (an earlier choice is forgotten)."""
        path = {*self.ancestors(node), node}
        for other in self.nodes:
            other.chosen = other.id in path

    def children(self) -> list[list[int]]:
        """Ids of the children of every node."""
        below: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes[1:]:
            below[node.parent].append(node.id)
        return below
