"""The search tree of a finished run, rebuilt from its trace: for analysis, export and pictures."""

from __future__ import annotations

import math

from ttc.core.trace import Trace, parent
from ttc.search.tree import SearchTree


def search_tree(trace: Trace) -> SearchTree:
    """Every step of every candidate as a node, with its tokens, score and text; whole candidates have one step.

    The root holds the prompt's tokens as the server counted them. A step without successors that did not end its
    solution was pruned; the chosen path is that of the last proposal. `tokens_held()` of the tree is the key-value
    memory of each step; `to_json`, `to_graphml` and `ttc.search.tree_picture` (SVG, HTML) export it. A trace that was
    written and read again gives the same tree.
    """
    tree = SearchTree(_prompt_tokens(trace))
    scores = {e.data["id"]: e.data["score"] for e in trace.named("verdict") if e.data["score"] is not None}
    found = {event.data["id"]: event.data for event in trace.named("candidate")}
    continued = {parent(name) for name in found}
    nodes = {"root": 0}
    for name in sorted(found, key=_order):
        data, score = found[name], scores.get(name, math.nan)
        done = data["done"] and name not in continued
        nodes[name] = tree.add(nodes[parent(name)], data["tokens"], score, data["text"], done=done)
    below = tree.children()
    tree.prune(node.id for node in tree.nodes if not node.done and not below[node.id])
    proposed = [event.data["id"] for event in trace.named("propose") if event.data["id"] in nodes]
    if proposed and len(tree) > 1:
        tree.choose(nodes[proposed[-1]])
    return tree


def _order(name: str) -> tuple[int, ...]:
    """Parents before children, siblings by number: "2.10" -> (2, 2, 10)."""
    numbers = [int(part) for part in name.split(".")]
    return (len(numbers), *numbers)


def _prompt_tokens(trace: Trace) -> int:
    """Prompt tokens of the first call for a candidate that continues nothing."""
    for event in trace.named("ask"):
        data = event.data
        if data["kind"] == "solve" and data["calls"] and "." not in data["key"].rpartition("generate/")[2]:
            return int(data["prompt_tokens"]) // int(data["calls"])
    return 0
