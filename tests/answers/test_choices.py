"""Options of multiple-choice questions."""

import pytest

from ttc.core import domains

NAMED = [
    ("<answer>(C) 42</answer>", "C"),
    ("<answer>C</answer>", "C"),
    ("So \\boxed{42} g.\n\nAnswer: D", "D"),
    ("\\boxed{x=3}\nThe answer is (B).", "B"),
    ("I think \\boxed{A}... no.\n\nAnswer: D", "D"),
    ("Answer: D, since \\boxed{5}", "D"),
    ("\\boxed{C}", "C"),
    ("The answer is B. \\boxed{C}", "C"),
    ("\\boxed{\\text{energy}}\n\nTherefore, C is correct.", "C"),
    ("<think>\\boxed{A}</think> Answer: B", "B"),
    ("$\\boxed{E = mc^2}$\n\nThe correct option is C.", "C"),
    ("\\boxed{12}\n\n(C)", "C"),
    ("\\boxed{12}\n\n**C**", "C"),
    ("The force is \\boxed{9.8 N}.\n\nCorrect answer: B", "B"),
    ("\\boxed{\\text{B}}", "B"),
    ("\\boxed{\\text{(B) }42}", "B"),
    ("\\boxed{B. 42}", "B"),
    ("\\boxed{(B)}", "B"),
    ("\\boxed{B: the cat}", "B"),
    ("\\boxed{\\textbf{(B)}\\ 42}", "B"),
    ("\\boxed{b}", "B"),
    ("\\boxed{B) 42}", "B"),
    ("C is correct.", "C"),
    ("Option C is correct.", "C"),
    ("I choose C.", "C"),
    ("So I pick option C.", "C"),
    ("I would go with C.", "C"),
    ("The best choice is C.", "C"),
    ("C is the right answer.", "C"),
    ("Answer C is correct.", "C"),
    ("Therefore, C.", "C"),
    ("Hence, option (C).", "C"),
    ("Thus the correct statement is C.", "C"),
    ("(C) is the best answer.", "C"),
    ("Therefore, the correct answer is option C.", "C"),
    ("My choice is C.", "C"),
    ("Choice C is the answer.", "C"),
    ("It must be C.", "C"),
    ("So it is C.", "C"),
    ("I select **C**.", "C"),
    ("Thus, (C) is correct.", "C"),
    ("Option (C) is the correct one.", "C"),
    ("**Option C** is correct.", "C"),
    ("The answer must be C.", "C"),
    ('"C" is correct.', "C"),
    ("Only C is correct.", "C"),
    ("So option C is the best choice.", "C"),
    ("The correct option: C", "C"),
    ("Correct choice: (C)", "C"),
    ("Therefore **C** is correct because it is.", "C"),
    ("C. 42", "C"),
    ("c) 42", "C"),
    ("C - forty two", "C"),
    ("(C) forty two", "C"),
    ("I am going with option C.", "C"),
    ("Hence the right option is C", "C"),
    ("Therefore, option C is the correct answer.", "C"),
    ("Statement C is true.", "C"),
    ("C seems correct.", "C"),
    ("The answer is option C.", "C"),
    ("The answer is choice (C).", "C"),
    ("The answer: option C", "C"),
    ("Answer: Option C", "C"),
    ("Answer: C) because", "C"),
    ("Answer: C because it is", "C"),
    ("Answer: C, since", "C"),
    ("the answer is C, the third one.", "C"),
    ("So C is the only correct option", "C"),
    ("Selecting C.", "C"),
    ("A is incorrect. B is correct.", "B"),
    ("A is not correct; therefore C is correct.", "C"),
]
IN_OTHER_LANGUAGES = [
    "Antwort: C",
    "Respuesta: C",
    "答え: C",
    "故选C",
    "故选：C.",
    "所以选C。",
    "因此选C",
    "应选C",
    "正确答案是C",
    "答案选C",
    "选C。",
    "本题选C",
    "故答案为：C",
    "正确选项是C",
    "因此，正确答案是 C。",
    "답: C",
    "정답은 C입니다.",
    "Ответ: C",
    "Die richtige Antwort ist C.",
    "La respuesta correcta es C.",
    "La bonne réponse est C.",
    "A resposta correta é C.",
    "La risposta corretta è C.",
    "Ответ: **C**",
    "答えは C です。",
    "C正确",
    "选项C正确",
    "故选（C）",
    "正解はC",
    "Réponse : (C)",
    "الإجابة: C",
    "Die Antwort ist (C).",
    "La alternativa correcta es la C.",
    "Correct answer: C",
    "Réponse C",
    "Antwort C",
]
NOT_NAMED = [
    ("hm.\nA is incorrect.", "A"),
    ("hm.\nOption B is not correct.", "B"),
    ("hm.\nA dog is correct.", "A"),
    ("hm.\nI choose a card.", "C"),
    ("hm.\nIs C correct?", "C"),
]
SAME = [
    ("C - text", "C", True),
    ("C – text", "D", False),
    ("c. 4", "C", True),
    ("E: text", "E", True),
    ("A dog", "A", False),
    ("I am", "I", False),
    ("C", "(C)", True),
    ("C, D", "C", False),
    ("\\text{C}", "C", True),
    ("Option C", "C", True),
    ("option c", "C", True),
    ("C) 5", "C", True),
    ("\\textbf{(C)}~5", "C", True),
    ("(C) $x=3$", "C", True),
    ("C.", "C", True),
    ("Both A and C", "A", False),
]


def chosen(text: str) -> str:
    return domains.answer_of("choice", "We look at all options.\n" + text) or ""


@pytest.mark.parametrize(("text", "option"), NAMED)
def test_the_option_that_is_named_last_is_the_answer(text: str, option: str) -> None:
    assert domains.same("choice", chosen(text), option), chosen(text)


@pytest.mark.parametrize("text", IN_OTHER_LANGUAGES)
def test_options_in_other_languages(text: str) -> None:
    assert domains.same("choice", chosen(text), "C"), chosen(text)


@pytest.mark.parametrize(("text", "option"), NOT_NAMED)
def test_what_names_no_option(text: str, option: str) -> None:
    assert not domains.same("choice", chosen(text), option), chosen(text)


@pytest.mark.parametrize(("first", "second", "equal"), SAME)
def test_answers_that_name_an_option(first: str, second: str, equal: bool) -> None:
    assert domains.same("choice", first, second) is equal
    assert domains.same("choice", second, first) is equal
