"""Control tokens behind an answer, answer tags and box markers."""

import pytest

from ttc.answers import equivalent, extract_answer

TOKENS = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "</s>",
    "<|end|>",
    "<end_of_turn>",
    "<eos>",
    "<｜end▁of▁sentence｜>",
    "<|return|>",
    "<|end_of_text|>",
    " <|im_end|>\n",
    "</s></s>",
    "<|im_end|>\n<|endoftext|>",
    "<|im_end|>\n<|im_start|>user\nWhat is 3+4?",
    "<pad><pad>",
    "[EOS]",
    "<|eom_id|>",
    "<|END_OF_TURN_TOKEN|>",
]
ENDINGS = [
    ("The answer is 5.", "5"),
    ("#### 5", "5"),
    ("Therefore, x = 5.", "5"),
    ("so \\boxed{5}", "5"),
    ("5", "5"),
    ("Answer: \\frac{1}{2}", "1/2"),
]
TAGS = [
    ("<answer>\n42\n</answer>", "42"),
    ("<ANSWER>42</ANSWER>", "42"),
    ("[ANSWER]42[/ANSWER]", "42"),
    ("[ANSWER] 42", "42"),
    ("<think>a</think>\n<answer>x = 5</answer>", "5"),
    ("<reasoning>so \\boxed{3}</reasoning><answer>4</answer>", "4"),
    ("<answer>The answer is \\boxed{7}</answer>", "7"),
    ("<final_answer>12</final_answer>", "12"),
    ("So <|begin_of_box|>1/2<|end_of_box|>.", "1/2"),
    ("<answer>42", "42"),
    ("<answer>C</answer>", "C"),
    ("<answer>Paris</answer>", "Paris"),
    ("<answer>3</answer> wait <answer>4</answer>", "4"),
    ("<answer>$\\frac{3}{4}$</answer>", "3/4"),
    ("<answer>**42**</answer>", "42"),
    ("[answer] 42 [/answer]", "42"),
    ("<answer> 12 apples </answer>", "12"),
    ("[FINAL ANSWER] 42 [/FINAL ANSWER]", "42"),
    ("<|begin_of_box|>\\frac{1}{2}<|end_of_box|>", "1/2"),
    (
        "<|channel|>analysis<|message|>3<|end|><|start|>assistant<|channel|>final<|message|>The answer is 4.<|return|>",
        "4",
    ),
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(("text", "answer"), ENDINGS)
def test_control_tokens_do_not_hide_an_answer(token: str, text: str, answer: str) -> None:
    found = extract_answer(text + token)
    assert found is not None
    assert equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), TAGS)
def test_what_is_between_answer_tags_is_the_answer(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found
