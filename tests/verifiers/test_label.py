"""Reading labels from alternatives and from text."""

import math

import pytest

from ttc.backends.base import Completion
from ttc.verifiers.label import YES_NO, Labels, token_at


def lp(*pairs: tuple[str, float]) -> list[tuple[str, float]]:
    return [(token, math.log(p) if p else -math.inf) for token, p in pairs]


def test_spellings_add_up_and_the_rest_is_left_out() -> None:
    top = lp(("Yes", 0.3), (" yes", 0.1), ("YES", 0.05), ("No", 0.15), ("ĠNo", 0.0), ("Maybe", 0.4))
    assert YES_NO.of_top(top) == pytest.approx([0.45 / 0.6, 0.15 / 0.6])


def test_words_that_only_begin_like_a_label_are_none() -> None:
    assert YES_NO.of_top(lp(("Yesterday", 0.5), ("Now", 0.5))) is None
    assert YES_NO.of_text("Nothing is known. Not yet") is None


def test_a_token_given_twice_counts_once() -> None:
    assert YES_NO.of_top(lp(("Yes", 0.5), ("No", 0.25), ("Yes", 0.5))) == pytest.approx([2 / 3, 1 / 3])


def test_probability_zero_is_a_verdict_and_no_label_is_none() -> None:
    assert YES_NO.of_top(lp(("No", 1.0), ("Yes", 0.0))) == [0.0, 1.0]
    assert YES_NO.of_top(lp(("No", 0.7), ("x", 0.3))) == [0.0, 1.0]
    assert YES_NO.of_top(lp(("The", 0.9), ("I", 0.1))) is None
    assert YES_NO.of_top([]) is None


def test_text_gives_the_first_label_word() -> None:
    labels = Labels(("1", "2", "tie"))
    assert labels.of_text(" Tie.") == [0, 0, 1]
    assert labels.of_text("**2**") == [0, 1, 0]
    assert labels.of_text("12") is None


def test_alternatives_that_hold_no_label_are_not_replaced_by_the_text() -> None:
    reply = Completion("Yes", 1, logprobs=(-0.1,), top=((("The", -0.1),),))
    assert YES_NO.of_first(reply) is None
    assert YES_NO.of_first(Completion("Yes", 1)) == [1.0, 0.0]


def test_a_place_without_alternatives_is_read_by_its_text() -> None:
    assert YES_NO.of_first(Completion("No", 1, logprobs=(-0.1,), top=((),))) == [0.0, 1.0]


@pytest.mark.parametrize("behind", [[], ["."], [".", "<|im_end|>"], ["<|im_end|>", "</s>"]])
def test_the_token_at_an_offset_is_found_whatever_comes_behind(behind: list[str]) -> None:
    tokens = ["Ver", "dict", ":", " Yes", *behind]
    text = "".join(t for t in tokens if not t.startswith("<"))
    top = tuple(((token, -0.1), ("other", -3.0)) for token in tokens)
    reply = Completion(text, len(tokens), logprobs=(-0.1,) * len(tokens), top=top)
    assert token_at(reply, text.index("Yes")) == 3
    assert token_at(reply, 0) == 0


def test_tokens_that_do_not_spell_the_text_give_no_place() -> None:
    reply = Completion(
        "Verdict: Yes.", 3, logprobs=(-0.1,) * 3, top=((("Verdict:", -0.1),), (("??", -0.1),), ((".", -0.1),))
    )
    assert token_at(reply, 9) is None
    assert token_at(Completion("Yes", 1), 0) is None
