"""The search tree: paths, shared memory and marks."""

import math

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
    assert tree.unique_tokens([3]) == 140
    assert tree.unique_tokens([4]) == 150
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


@pytest.mark.parametrize(("parent", "message"), [(9, "not in the tree"), (-1, "not in the tree"), (4, "finished")])
def test_bad_parents(tree, parent, message):
    with pytest.raises(ValueError, match=message):
        tree.add(parent, 1, 0.5)
