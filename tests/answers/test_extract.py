"""Extraction of final answers from texts."""

import pytest

from ttc.answers import extract_answer

BOXES = [
    (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
    (r"\fbox{7}", "7"),
    (r"\framebox{3}", "3"),
    (r"First \boxed{1}, then \boxed{2}.", "2"),
    (r"\boxed{1} then \boxed{\frac{2}", "1"),
    (r"so the answer is \boxed{\frac{2}", None),
    (r"\boxed{\sqrt{\frac{1}{\sqrt{2}}}}", r"\sqrt{\frac{1}{\sqrt{2}}}"),
    (r"$\boxed{\{1,2\}}$", r"\{1,2\}"),
    (r"\boxed{\left\{ 1 \right\}}", r"\left\{ 1 \right\}"),
    (r"\boxed 5$", "5"),
    (r"\boxed{\boxed{5}}", "5"),
    (r"\boxed{}", None),
    (r"\boxed{3} and later \boxed{}", "3"),
    ("\\boxed\n{3}", "3"),
    (r"\boxed{5.}", "5"),
    (r"\boxed{$5$}", "5"),
    (r"$$\boxed{x^2}$$", "x^2"),
    (r"\boxed{ 7 }", "7"),
    (r"\boxed{\text{(A) }5}", r"\text{(A) }5"),
    (r"\boxed{x = 5}", "x = 5"),
    (r"\boxed{\$18}", r"\$18"),
    (r"\boxed{120^\circ}", r"120^\circ"),
    (r"\boxed{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("The answer is 3.\nSo \\boxed{4", "3"),
    ("Answer: 5. Indeed \\boxed{6}", "6"),
    (r"Therefore, the final answer is: $\boxed{42}$. I hope it is correct.", "42"),
]
STATEMENTS = [
    ("**Answer:** 42", "42"),
    ("**Answer**: 42", "42"),
    ("**Answer: 42**", "42"),
    ("Answer: $\\frac{1}{2}$", "\\frac{1}{2}"),
    ("Answer: (C)", "(C)"),
    ("ANSWER: C", "C"),
    ("### Final Answer: 12", "12"),
    ("Final Answer: The final answer is $17$. I hope it is correct.", "17"),
    ("The final answer is: $42$. I hope it is correct", "42"),
    ("The final answer is:\n\\[\n\\frac{3}{4}\n\\]", "\\frac{3}{4}"),
    ("The answer is\n\n$$x=5$$", "x=5"),
    ("work\n#### 42", "42"),
    ("work\n#### 1,234\n", "1,234"),
    ("#### Step 1\nfoo bar baz", None),
    ("The answer is 3.14.", "3.14"),
    ("The answer is $5.", "$5"),
    ("The answer is $5$ cm.", "5 cm"),
    ("The answer is \\$18.", "\\$18"),
    ("The answer is 5 because 2+3=5.", "5"),
    ("the correct answer is **B**.", "B"),
    ("The correct option is (B).", "(B)"),
    ("解得 x = 5。所以最终答案是 5。检验:成立。", "5"),
    ("答案：$\\frac{1}{2}$", "\\frac{1}{2}"),
    ("The correct answer is B) 42", "B) 42"),
    ("The answer is: **(C) 12**", "(C) 12"),
    ("The answer is 9 a.m.", "9 a.m."),
    ("The answer to the question is 7.", "7"),
    ("The answers are 3 and 4.", "3 and 4"),
    ("The answer is 1. No, the answer is 2.", "2"),
    ("Answer: 1,000", "1,000"),
    ("Answer: Evelyn", "Evelyn"),
    ("Answer: The total is 42.", "42"),
    ("Answer: 5\n\nLet me double check: 2+3=5, yes.", "5"),
    ("Hence the answer is $x \\in (2,\\infty)$.", "x \\in (2,\\infty)"),
    ("The answer is not clear.", None),
    ("The answer is \\frac{1", None),
]
LAST_LINES = [
    ("42", "42"),
    ("I add them.\n42", "42"),
    ("Therefore, x = 5.", "5"),
    ("$x = 5$", "5"),
    ("By elimination:\n\n(H)", "(H)"),
    ("x = 5 or x = -5", "x = 5 or x = -5"),
    ("x = 2 + 3 = 5", "5"),
    ("So there are 15 apples.", "15 apples"),
    ("There are 15 apples.", "15 apples"),
    ("Thus the value is \\(\\frac{3}{4}\\).", "\\frac{3}{4}"),
    ("work\n\\[\n5 + 2 = 7\n\\]", "7"),
    ("A", "A"),
    ("x = 3\ny = 4", "4"),
    ("", None),
    ("   \n ", None),
    ("Hello world", None),
    ("I do not know.", None),
    ("I tried 3 times but failed", None),
    ("We compute \\[ x = \\frac{1}", None),
    ("So we have 3 +", None),
    ("Step 2: add the numbers and", None),
]
THOUGHTS_AND_FENCES = [
    ("<think>maybe \\boxed{3}</think> The answer is 4.", "4"),
    ("<think>\\boxed{3}</think>", "3"),
    ("<think>\\boxed{3}</think>\n\\boxed{4}", "4"),
    ("<think>the answer is 3</think>\nHello.", "3"),
    ("<think>So 3 apples.</think>\nHello.", None),
    ("```python\nprint('\\boxed{9}')\n```\nThe answer is 8", "8"),
    ("```python\nx = 3\n```\nTherefore, x = 4.", "4"),
    ("```\n\\boxed{5}\n```", "5"),
    ("Answer:\n```\n42\n```", "42"),
]


@pytest.mark.parametrize(("text", "answer"), BOXES + STATEMENTS + LAST_LINES + THOUGHTS_AND_FENCES)
def test_extract(text: str, answer: str | None) -> None:
    assert extract_answer(text) == answer


@pytest.mark.parametrize("length", range(3, 40))
def test_text_cut_off_in_its_box_has_no_answer(length: int) -> None:
    text = r"\boxed{\frac{1}{2} + \sqrt{\frac{3}{4}}}"
    assert extract_answer("We find that this equals " + text[:length]) is None
    assert extract_answer(text) == text[7:-1]
