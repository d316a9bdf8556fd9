"""Several boxes of one answer, corrections, and the box that is merely named."""

import pytest

from ttc.answers import equivalent, extract_answer

SEVERAL = [
    ("The roots are $\\boxed{2}$ and $\\boxed{3}$.", "2,3"),
    ("\\boxed{1}\\boxed{2}", "1,2"),
    ("$x = \\boxed{2}$ or $x = \\boxed{-3}$", "2,-3"),
    ("$x=\\boxed{1}$, $y=\\boxed{4}$", "x=1,y=4"),
    ("(a) \\boxed{3}\n(b) \\boxed{5}", "3,5"),
    ("- \\boxed{2}\n- \\boxed{3}", "2,3"),
    ("First guess \\boxed{5}. Wait, that is wrong. It is \\boxed{7}.", "7"),
    ("\\boxed{3}, no, \\boxed{4}", "4"),
    ("\\boxed{5} or rather \\boxed{7}", "7"),
    ("\\boxed{\\frac12} = \\boxed{0.5}", "0.5"),
    ("\\boxed{42}\n\n\\boxed{42}", "42"),
    ("\\boxed{A}, \\boxed{C}", "A, C"),
    ("\\[\\boxed{1},\\ \\boxed{2},\\ \\text{and } \\boxed{3}\\]", "1,2,3"),
    ("We get \\boxed{8}, then simplify to get \\boxed{4}.", "4"),
    ("\\boxed{12} \\text{ cm and } \\boxed{5} \\text{ cm}", "12,5"),
    ("So the first part is \\boxed{10}.\n\nNow the final answer is \\boxed{20}.", "20"),
    ("\\boxed{x=1}; \\boxed{x=2}", "1,2"),
    ("The solutions are \\boxed{-2}, \\boxed{0} and \\boxed{2}.", "-2,0,2"),
    ("Correction: not \\boxed{3} but \\boxed{5}", "5"),
    ("The answers are \\fbox{3} und \\fbox{4}", "3,4"),
    ("\\boxed{2} & \\boxed{3}", "2,3"),
    ("\\boxed{3}.\n\n**Final Answer**\n\\boxed{5}", "5"),
    ("$m=\\boxed{3}$ and $n=\\boxed{3}$", "m=3,n=3"),
    ("either \\boxed{1} or \\boxed{-1}", "1,-1"),
    ("\\boxed{5} \\quad \\boxed{6}", "5,6"),
    ("\\boxed{3}\\\\ \\boxed{4}", "3,4"),
    ("x = \\boxed{1}\n\ny = \\boxed{2}", "x=1,y=2"),
    ("\\boxed{1}\n\\boxed{2}", "1,2"),
    ("which gives $\\boxed{10}$. Therefore, $\\boxed{12}$", "12"),
    ("\\boxed{6} and therefore \\boxed{7}", "7"),
    ("\\boxed{x = 3} \\Rightarrow \\boxed{9}", "9"),
]
NAMED = [
    ("Put your answer in \\boxed{}. The answer is 7.", "7"),
    ("I will use \\boxed to mark it. So x = 7.", "7"),
    ("Remember \\boxed{answer}.\nThe answer is 7.", "7"),
    ("I must write \\boxed, as asked. Answer: 7", "7"),
    ("\\boxed 7", "7"),
    ("\\boxed7", "7"),
    ("The final answer goes in `\\boxed{}`.\n\nTherefore, x = 7.", "7"),
    ("Use the \\boxed command here. #### 7", "7"),
    ("within \\boxed{...}: the answer is 7", "7"),
    ("\\boxed{your answer} The answer is 7.", "7"),
    ("\\boxed\\frac{1}{2}", "1/2"),
    ("\\boxed A", "A"),
    ("We put it in \\boxed as asked.\n7", "7"),
    ("\\boxed{7} is what goes in \\boxed{}", "7"),
    ("in \\boxed a number. The answer is 7", "7"),
    ("\\boxed{\\text{answer}} The answer is 7", "7"),
    ("\\boxed{ANSWER}\n7", "7"),
    ("inside \\boxed{}.\n\n\\boxed{7}", "7"),
    ("\\boxed{x}", "x"),
]


@pytest.mark.parametrize(("text", "answer"), SEVERAL)
def test_boxes_in_a_row_are_one_answer_unless_a_later_one_corrects(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), NAMED)
def test_a_box_named_in_prose_is_none(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found
