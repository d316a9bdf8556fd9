"""Cutting solutions into steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.types import Candidate
from ttc.verifiers.steps import Steps


def test_blank_lines() -> None:
    assert Steps().split("a\nb\n\nc\n \n\nd") == ["a\nb\n\n", "c\n \n\n", "d"]


def test_lines_and_numbers() -> None:
    assert Steps("line").split("a\nb\n\nc") == ["a\n", "b\n\n", "c"]
    text = "Let us see.\nStep 1: add.\n\nmore\n## Step 2: take. Step 3 is not here.\n"
    assert Steps("number").split(text) == [
        "Let us see.\n", "Step 1: add.\n\nmore\n", "## Step 2: take. Step 3 is not here.\n",
    ]  # fmt: skip


def test_never_inside_a_fence_or_a_box() -> None:
    code = "First.\n\n```python\na = 1\n\nb = 2\n```\n\nThen."
    assert Steps().split(code) == ["First.\n\n", "```python\na = 1\n\nb = 2\n```\n\n", "Then."]
    box = "So\n\n\\boxed{\\begin{cases} 1 \\\\\n\n {2} \\end{cases}}\n\nDone."
    assert Steps().split(box) == ["So\n\n", "\\boxed{\\begin{cases} 1 \\\\\n\n {2} \\end{cases}}\n\n", "Done."]
    assert Steps("line").split("x\n```\na\nb") == ["x\n", "```\na\nb"]
    assert Steps().split("x\n\n\\boxed{1\n\n2") == ["x\n\n", "\\boxed{1\n\n2"]


def test_white_space_is_no_step() -> None:
    assert Steps().split(" \n\n \n") == []
    assert Steps().split("\n\na\n\n\n\n") == ["\n\na\n\n\n\n"]


@given(st.text("ab\n `\\{}S", max_size=60), st.sampled_from(["blank", "line", "number"]))
def test_the_steps_are_the_text(text: str, mark: str) -> None:
    pieces = Steps(mark).split(text)  # type: ignore[arg-type]
    assert "".join(pieces) == (text if text.strip() else "")
    assert all(piece.strip() for piece in pieces)


def test_what_a_candidate_grew_by_comes_first() -> None:
    grown = Candidate(id="0", text="a\n\nb and c", steps=("a\n\n", "b", " and c"))
    assert Steps().of(grown) == ["a\n\n", "b", " and c"]
    changed = Candidate(id="0", text="a\n\nb", steps=("a\n\n", "c"))
    assert Steps().of(changed) == ["a\n\n", "b"]


@pytest.mark.parametrize("text", ["one step", "one\nstep."])
def test_one_step(text: str) -> None:
    assert Steps().split(text) == [text]
