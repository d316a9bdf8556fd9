"""Lines and sentences that announce an answer, in many languages."""

import pytest

from ttc.answers import equivalent, extract_answer

LANGUAGES = [
    ("abc def.\nAntwort: 42", "42"),
    ("abc def.\nDie Antwort lautet 42.", "42"),
    ("abc def.\n**Antwort:** 42", "42"),
    ("abc def.\nRespuesta: 42", "42"),
    ("abc def.\nLa respuesta final es 42.", "42"),
    ("abc def.\nLa respuesta correcta es $42$.", "42"),
    ("abc def.\nRéponse : 42", "42"),
    ("abc def.\nLa réponse est 42.", "42"),
    ("abc def.\nLa réponse finale est donc 42.", "42"),
    ("abc def.\nResposta: 42", "42"),
    ("abc def.\nA resposta é 42.", "42"),
    ("abc def.\nA resposta final é: 42", "42"),
    ("abc def.\nRisposta: 42", "42"),
    ("abc def.\nLa risposta è 42.", "42"),
    ("abc def.\nLa risposta corretta è 42", "42"),
    ("abc def.\nОтвет: 42", "42"),
    ("abc def.\nОтвет: 42.", "42"),
    ("abc def.\n**Ответ:** $42$", "42"),
    ("abc def.\nОтвет — 42", "42"),
    ("abc def.\n答え：42", "42"),
    ("abc def.\n答えは42です。", "42"),
    ("abc def.\n答えは 42 です", "42"),
    ("abc def.\n答案是42。", "42"),
    ("abc def.\n答案：42", "42"),
    ("abc def.\n最终答案是：42", "42"),
    ("abc def.\n정답: 42", "42"),
    ("abc def.\n답은 42입니다.", "42"),
    ("abc def.\n정답은 42입니다", "42"),
    ("abc def.\n답: 42", "42"),
    ("abc def.\nOdpowiedź: 42", "42"),
    ("abc def.\nAntwoord: 42", "42"),
    ("abc def.\nHet antwoord is 42.", "42"),
    ("abc def.\nSvar: 42", "42"),
    ("abc def.\nSvaret är 42.", "42"),
    ("abc def.\nCevap: 42", "42"),
    ("abc def.\nJawaban: 42", "42"),
    ("abc def.\nJawabannya adalah 42.", "42"),
    ("abc def.\nĐáp án: 42", "42"),
    ("abc def.\nJibu: 42", "42"),
    ("abc def.\nউত্তর: 42", "42"),
    ("abc def.\nคำตอบ: 42", "42"),
    ("abc def.\nคำตอบคือ 42", "42"),
    ("abc def.\nసమాధానం: 42", "42"),
    ("abc def.\nالجواب: 42", "42"),
    ("abc def.\nالإجابة: 42", "42"),
    ("abc def.\nתשובה: 42", "42"),
    ("abc def.\nउत्तर: 42", "42"),
    ("abc def.\nВідповідь: 42", "42"),
    ("abc def.\nΑπάντηση: 42", "42"),
    ("abc def.\nDas Ergebnis ist 42.", "42"),
    ("abc def.\nDie Lösung ist $x = 42$.", "42"),
    ("abc def.\nLa solución es 42.", "42"),
    ("abc def.\nLa soluzione è 42.", "42"),
    ("abc def.\nLe résultat est 42.", "42"),
    ("abc def.\nEndergebnis: 42", "42"),
    ("abc def.\nOdpověď: 42", "42"),
    ("abc def.\nRespuesta final: 42", "42"),
    ("abc def.\nОтвет равен 42.", "42"),
    ("abc def.\n正解は42", "42"),
    ("abc def.\n解答：42", "42"),
    ("abc def.\n所以答案为42", "42"),
    ("abc def.\n因此，答案是 $42$。", "42"),
    ("abc def.\n答：42", "42"),
    ("abc def.\n최종 답: 42", "42"),
    ("abc def.\n최종 답은 42이다.", "42"),
    ("abc def.\nLa reponse est : 42", "42"),
    ("abc def.\nAlso ist die Antwort 42.", "42"),
    ("abc def.\nPor lo tanto, la respuesta es 42.", "42"),
    ("abc def.\nDonc la réponse est $42$.", "42"),
    ("abc def.\nSo lautet die Antwort: 42", "42"),
]
WITHIN = [
    ("abc def.\nWe compute 6*7. Final Answer: 42.", "42"),
    ("abc def.\nFinal answer - 42", "42"),
    ("abc def.\nFinal answer = 42", "42"),
    ("abc def.\nFinal Answer\n42", "42"),
    ("abc def.\n### Final Answer\n\n42", "42"),
    ("abc def.\n**Final Answer**\n\n$42$", "42"),
    ("abc def.\nSo, final answer: 42. Done.", "42"),
    ("abc def.\nThe final answer: 42", "42"),
    ("abc def.\n... thus. Answer: 42", "42"),
    ("abc def.\nFinal Answer → 42", "42"),
    ("abc def.\nfinal answer is: 42", "42"),
    ("abc def.\nFINAL ANSWER: 42", "42"),
    ("abc def.\nOur final answer: $42$", "42"),
    ("abc def.\nFinal answer — **42**", "42"),
    ("abc def.\nFinal answer (integer): 42", "42"),
    ("abc def.\nDone; answer: 42", "42"),
    ("abc def.\nFinal Answer:\n\n> 42", "42"),
    ("abc def.\n(Final answer: 42)", "42"),
    ("abc def.\n[Final answer: 42]", "42"),
    ("abc def.\nTherefore my answer is 42.", "42"),
    ("abc def.\nAns. 42", "42"),
    ("abc def.\nANS: 42", "42"),
    ("abc def.\nAns = 42", "42"),
    ("abc def.\nFinal Ans: 42", "42"),
    ("abc def.\nThe final answer: \\(42\\)", "42"),
    ("abc def.\nanswer = 42", "42"),
    ("abc def.\nThus, Final Answer: The final answer is 42", "42"),
    ("abc def.\nCorrect answer: 42", "42"),
    ("Some work. Final Answer: 120. I hope it is correct.", "120"),
]
MORE = [
    ("So $\\boxed{42}$ \\checkmark", "42"),
    ("The answer is 42. ✓", "42"),
    ("Answer: 42 ✅", "42"),
    ("\\Boxed{42}", "42"),
    ("Ans: 42", "42"),
    ("Ans.: 42", "42"),
    ("> 42", "42"),
    ("> The answer is 42.", "42"),
    ("Answer:\n> 42", "42"),
    ("The answer is ~42.", "42"),
    ("The answer is approximately 42.", "42"),
    ("The answer is 42 (approximately).", "42"),
    ("So it is 18.\n#### 18\n\nQ: Tom has 3.\nA: 12\n#### 12", "18"),
    ("The answer is 5.\n\nProblem 2: What is 3+3?\nThe answer is 6.", "5"),
    ("Problem: find x.\nThe answer is 6.", "6"),
    ("\\boxed{4}\n\nQuestion: next\n\\boxed{5}", "4"),
    ("The answer is twenty-one.", "21"),
    ("The answer is half.", "1/2"),
    ("So the answer is one half.", "1/2"),
]


@pytest.mark.parametrize(("text", "answer"), LANGUAGES)
def test_statements_in_other_languages(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), WITHIN)
def test_a_final_answer_within_a_line_or_without_a_colon(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), MORE)
def test_notations_around_a_stated_answer(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found
