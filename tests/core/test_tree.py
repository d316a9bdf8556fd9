"""The search tree rebuilt from a trace: tokens, scores, pruned and chosen paths, memory, export."""

from pathlib import Path

import networkx as nx
import pytest

import ttc
from tests.strategies.stepwise import PRM, search_tree
from ttc.backends.simulated import SimulatedBackend
from ttc.core.trace import Trace
from ttc.search.tree_picture import to_svg


@pytest.fixture(scope="module")
def result() -> ttc.Result:
    return ttc.solve("What is 5 + 4?", "rebase", knobs={"n": 8}, backend=SimulatedBackend(), verifier=PRM)


def test_every_step_is_a_node(result: ttc.Result) -> None:
    tree = search_tree(result.trace)
    generated = sum(e.data["output_tokens"] for e in result.trace.named("ask") if e.data["kind"] == "solve")
    assert sum(node.tokens for node in tree.nodes[1:]) == generated
    assert tree.nodes[0].tokens == result.trace.named("ask")[0].data["prompt_tokens"] > 0
    assert sum(node.done for node in tree.nodes) == len(result.candidates) == 8
    assert all(0.0 <= node.score <= 1.0 for node in tree.nodes)


def test_chosen_and_pruned_paths(result: ttc.Result) -> None:
    tree = search_tree(result.trace)
    path = [node for node in tree.nodes if node.chosen]
    assert "".join(node.text for node in path) == result.text
    assert sum(node.tokens for node in path[1:]) == result.candidate.output_tokens  # type: ignore[union-attr]
    below = tree.children()
    assert any(node.pruned for node in tree.nodes)
    assert all(node.pruned == (not node.done and not below[node.id]) for node in tree.nodes)


def test_memory_agrees_with_the_events(result: ttc.Result) -> None:
    """The trace counts without the prompt, the tree with it, where anything is held."""
    tree = search_tree(result.trace)
    prompt = tree.nodes[0].tokens
    held = [event.data["held"] for event in result.trace.named("step")]
    assert [max(0, tokens - prompt) for tokens in tree.tokens_held()[1:]] == held
    whole_paths = [sum(tree.unique_tokens([i]) - prompt for i in tree.frontier(d)) for d in range(1, len(held) + 1)]
    assert any(unique < each for unique, each in zip(held, whole_paths, strict=True))  # shared prefixes count once


def test_export(result: ttc.Result, tmp_path: Path) -> None:
    tree = search_tree(result.trace)
    assert nx.is_arborescence(result.trace.lineage())
    assert to_svg(tree).count("<rect") >= len(tree)
    result.trace.write(tmp_path / "trace.jsonl")
    assert search_tree(Trace.read(tmp_path / "trace.jsonl")).nodes == tree.nodes


def test_whole_candidates_are_one_step() -> None:
    result = ttc.solve("What is 5 + 4?", "best_of_n", knobs={"n": 3}, backend=SimulatedBackend(), verifier=PRM)
    tree = search_tree(result.trace)
    assert [node.depth for node in tree.nodes] == [0, 1, 1, 1]
    assert search_tree(Trace()).nodes[0].tokens == 0
