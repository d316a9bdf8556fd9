"""The search tree: paths, shared memory, marks and exports."""

import io
import json
import math

import networkx
import pytest

from ttc.search.tree import SearchTree


@pytest.fixture
def tree():
    """Root 0 (100 tokens) -> 1 (10), 2 (20); 1 -> 3 (30), 4 (40, done); 2 -> 5 (50)."""
    tree = SearchTree(100, "prompt")
    tree.add(0, 10, 0.5)
    tree.add(0, 20, 0.6)
    tree.add(1, 30, 0.7)
    tree.add(1, 40, 0.8, "The answer is 7", done=True)
    tree.add(2, 50, math.nan, "odd \x00 text <&>")
    return tree


def test_paths_run_from_the_root_to_the_parent(tree):
    assert tree.ancestors(0) == ()
    assert tree.ancestors(4) == (0, 1)
    assert [node.depth for node in tree.nodes] == [0, 1, 1, 2, 2, 2]
    assert tree.children() == [[1, 2], [3, 4], [5], [], [], []]


def test_a_shared_prefix_is_held_once(tree):
    assert tree.path_tokens(3) == 140
    assert tree.path_tokens(4) == 150
    assert tree.unique_tokens([3, 4]) == 180  # not 290
    assert tree.unique_tokens([3, 5]) == 210
    assert tree.unique_tokens([3, 1, 0]) == 140
    assert tree.unique_tokens([]) == 0


def test_tokens_held_at_each_depth_are_those_of_the_unfinished_frontier(tree):
    assert tree.frontier(2) == [3, 5]
    assert tree.tokens_held() == [100, 130, 210]
    tree.prune([5])  # what was pruned at a depth had been held there
    assert tree.tokens_held() == [100, 130, 210]


def test_chosen_path_replaces_the_earlier_one(tree):
    tree.choose(4)
    assert [node.id for node in tree.nodes if node.chosen] == [0, 1, 4]
    tree.choose(5)
    assert [node.id for node in tree.nodes if node.chosen] == [0, 2, 5]


def test_networkx_mirror_is_a_tree_with_the_fields(tree):
    graph = tree.to_networkx()
    assert networkx.is_arborescence(graph)
    assert graph.nodes[4]["score"] == 0.8
    assert networkx.ancestors(graph, 3) == {0, 1}
    assert sum(graph.nodes[n]["tokens"] for n in networkx.ancestors(graph, 3) | {3}) == tree.path_tokens(3)


def test_json_reads_back_here_and_in_networkx(tree):
    tree.choose(3)
    tree.prune([2])
    text = tree.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    again = SearchTree.from_json(text)
    assert again.nodes[:5] == tree.nodes[:5]
    assert math.isnan(again.nodes[5].score)
    assert again.tokens_held() == tree.tokens_held()
    graph = networkx.node_link_graph(json.loads(text), edges="edges")
    assert networkx.utils.graphs_equal(graph.subgraph(range(5)), tree.to_networkx().subgraph(range(5)))


def test_graphml_reads_back(tree):
    graph = networkx.read_graphml(io.BytesIO(tree.to_graphml().encode()), node_type=int)
    assert sorted(graph.edges) == sorted(tree.to_networkx().edges)
    assert graph.nodes[5]["text"] == "odd \ufffd text <&>"
    assert graph.nodes[4]["done"] is True


@pytest.mark.parametrize(("parent", "message"), [(9, "not in the tree"), (-1, "not in the tree"), (4, "finished")])
def test_bad_parents(tree, parent, message):
    with pytest.raises(ValueError, match=message):
        tree.add(parent, 1, 0.5)
