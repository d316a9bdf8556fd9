"""Graded verification: the expectation over letters."""

import math

import pytest

from tests.verifiers.scripted import Scripted, one
from ttc.backends.base import Completion
from ttc.testing.verifiers import HOSTILE, open_session
from ttc.types import Candidate
from ttc.verifiers.graded import LETTERS, Graded, read_grade

SOLUTION = Candidate(id="0", text="It is \\boxed{4}.", answer="4")


def reply(**chances: float) -> Completion:
    return Completion("?", 1, logprobs=(0.0,), top=(tuple((f" {k}", math.log(p)) for k, p in chances.items()),))


def test_goldens() -> None:
    assert read_grade(reply(A=1.0)) == 1.0
    assert read_grade(reply(T=1.0)) == 0.0
    assert read_grade(reply(**dict.fromkeys(LETTERS.names, 0.05))) == pytest.approx(0.5)
    assert read_grade(reply(A=0.3, T=0.1, x=0.6)) == pytest.approx(0.75)
    assert read_grade(reply(A=0.2, a=0.1, T=0.1)) == pytest.approx(0.75)
    assert math.isnan(read_grade(reply(X=1.0)))


@pytest.mark.parametrize(("text", "score"), [("A", 1.0), ("Grade: T.", 0.0), (" t", 0.0), ("**B**", 18 / 19)])
def test_letters(text: str, score: float) -> None:
    assert read_grade(Completion(text, 1)) == pytest.approx(score)
    assert read_grade(Completion(text, 1, logprobs=(-0.1,), top=((),))) == pytest.approx(score)


@pytest.mark.parametrize("text", ["I think", "A good solution", "", "U", "Grade"])
def test_words_are_no_grades(text: str) -> None:
    assert math.isnan(read_grade(Completion(text, 3)))


async def test_one_token_behind_the_word_grade() -> None:
    backend = Scripted(lambda _: one((" A", 0.5), (" K", 0.5)))
    verdicts = await open_session(backend).verify(  # type: ignore[arg-type]
        [SOLUTION, Candidate(id="1", text=""), Candidate(id="2", text=HOSTILE[1])], Graded()
    )
    assert verdicts[0].score == pytest.approx((1 + 9 / 19) / 2)
    assert [v.known for v in verdicts] == [True, False, True]
    assert all(r.prefix == "Grade:" and r.max_tokens == 1 for r in backend.heard)
    assert all(r.messages[0]["content"].count("</solution>") == 1 for r in backend.heard)
