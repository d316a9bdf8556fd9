"""The picture says what the tree says."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from ttc.search.tree import SearchTree
from ttc.search.tree_picture import colour, layout, to_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def tree():
    """A random tree of 60 steps with pruned, finished and chosen nodes."""
    rng = np.random.default_rng(1)
    tree = SearchTree(50, "prompt")
    for _ in range(60):
        parent = int(rng.choice([node.id for node in tree.nodes if not node.done]))
        tree.add(parent, int(rng.integers(1, 80)), float(rng.random()), "a < b & c\x01", done=bool(rng.random() < 0.2))
    below = tree.children()
    tree.prune([node.id for node in tree.nodes if not below[node.id] and not node.done])
    tree.choose(next(node.id for node in reversed(tree.nodes) if node.done))
    return tree


def bars(tree):
    """The rectangles of the nodes, told from those of the legend by their tooltips."""
    root = ElementTree.fromstring(to_svg(tree))
    return [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]


def test_every_node_has_a_bar_and_marks(tree):
    drawn = bars(tree)
    assert len(drawn) == len(tree)
    assert sum("stroke-dasharray" in rect.attrib for rect in drawn) == sum(node.pruned for node in tree.nodes)
    outlined = [rect for rect in drawn if rect.get("stroke") == "#111111"]
    assert len(outlined) == sum(node.chosen for node in tree.nodes)


def test_length_is_tokens_and_nothing_overlaps(tree):
    boxes, scale = layout(tree)
    for node in tree.nodes[1:]:
        assert boxes[node.id].right - boxes[node.id].left == pytest.approx(max(node.tokens * scale, 2.0))
        assert boxes[node.id].left > boxes[node.parent].right
    for one in boxes:
        for other in boxes:
            apart = one.right <= other.left or other.right <= one.left or abs(one.y - other.y) >= 11
            assert one is other or apart


def test_parents_lie_between_their_children(tree):
    boxes, _ = layout(tree)
    for node, below in enumerate(tree.children()):
        if below:
            heights = [boxes[child].y for child in below]
            assert min(heights) <= boxes[node].y <= max(heights)


def test_colour_follows_the_score():
    assert (colour(0.0), colour(0.5), colour(1.0)) == ("#440154", "#21918c", "#fde725")
    assert colour(math.nan) == "#bbbbbb"
    assert colour(7.0) == colour(1.0)
    tree = SearchTree()
    tree.add(0, 30, math.nan)
    assert ">?<" in to_svg(tree)


def test_a_lone_prompt_has_a_picture():
    assert len(bars(SearchTree())) == 1


def test_deep_chains_need_no_recursion():
    tree = SearchTree()
    for parent in range(3000):
        tree.add(parent, 5, 0.5)
    assert len(bars(tree)) == 3001
