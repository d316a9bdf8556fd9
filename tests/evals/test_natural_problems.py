"""Natural problems: exact answers by another way, solutions whose equations hold, texts with all numbers."""

import re
from fractions import Fraction

import pytest

from evals.lab_model.natural.draw import FORMS, show, times
from evals.lab_model.natural.problems import generate, refill
from evals.lab_model.natural.templates import slots_of
from evals.lab_model.natural.values import value_of
from tests.evals.natural_answers import EXPECTED, units
from ttc.answers import equivalent

SEEDS = range(12)
CONVERSIONS = {form for form in FORMS if "_to_" in form and form not in EXPECTED}
_TERM = r"-?\d[\d./]*"
_CHAIN = re.compile(rf"(?<![\w.:/)^+*-])(?<![-+*/] ){_TERM}(?: [-+*/] {_TERM})*(?: = {_TERM}(?: [-+*/] {_TERM})*)+")


def numbers(problem):
    return {slot: text if ":" in text else Fraction(text) for slot, text in problem.numbers.items()}


def expected(problem):
    values = numbers(problem)
    if problem.form in CONVERSIONS:
        return units(values, problem.prompt)
    whole = {
        slot: int(v) if isinstance(v, Fraction) and v.denominator == 1 and problem.form.startswith("digits/") else v
        for slot, v in values.items()
    }
    if problem.form.startswith("middle/"):
        return EXPECTED[problem.form](*whole.values())
    names = list(EXPECTED[problem.form].__code__.co_varnames[: EXPECTED[problem.form].__code__.co_argcount])
    if problem.form == "elapsed/minutes_between":
        names = ["a", "b"]
    return EXPECTED[problem.form](*(whole[name] for name in names))


def equations(text):
    """Each chain of equal sides in a solution, with the values of its sides."""
    for chain in _CHAIN.findall(text):
        sides = [side.rstrip(".") for side in chain.split(" = ")]
        yield chain, [value_of_side(side) for side in sides]


def value_of_side(side):
    parts = side.split(" ")
    total, term, sign = Fraction(0), Fraction(parts[0]), 1
    for operator, number in zip(parts[1::2], map(Fraction, parts[2::2]), strict=True):
        if operator in "*/":
            term = term * number if operator == "*" else term / number
        else:
            total, term, sign = total + sign * term, number, 1 if operator == "+" else -1
    return total + sign * term


def test_every_form_has_another_way_to_its_answer():
    assert FORMS.keys() == EXPECTED.keys() | CONVERSIONS
    assert len(FORMS) >= 200
    assert len({form.split("/")[0] for form in FORMS}) >= 60


@pytest.mark.parametrize("form", sorted(FORMS))
def test_answers_are_exact(form):
    for seed in SEEDS:
        problem = generate(form, seed)
        answer, right = value_of(problem.answer), expected(problem)
        assert answer == (right if isinstance(right, str) else str(Fraction(right))), problem
        assert problem.solution.endswith((f"\\boxed{{{problem.answer}}}.",))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_texts_have_every_number_and_solutions_hold(form):
    for seed in SEEDS:
        problem = generate(form, seed)
        assert problem.numbers.keys() <= slots_of(problem.template), problem.template
        assert all(text in problem.prompt for text in problem.numbers.values())
        assert not re.search(r"[{}]", problem.prompt)
        steps = problem.solution.split("\n\n")
        assert len(steps) >= 2
        assert len(problem.solution) < 700
        assert problem.answer in steps[-2], problem.solution
        for chain, values in equations(problem.solution):
            assert len(set(values)) == 1, (chain, problem.solution)


def test_most_solutions_show_equations_that_are_checked():
    with_equations = [form for form in FORMS if any(True for _ in equations(generate(form, 0).solution))]
    assert len(with_equations) > 0.9 * len(FORMS)


def test_a_broken_equation_is_seen():
    [(_, values)] = equations("So 3 * 4 + 2 = 15.")
    assert values == [14, 15]


@pytest.mark.parametrize("form", sorted(FORMS)[::9])
def test_the_same_seed_gives_the_same_problem_and_another_seed_another(form):
    assert generate(form, 5) == generate(form, 5)
    assert len({generate(form, seed).prompt for seed in range(30)}) > 8


@pytest.mark.parametrize("form", sorted(FORMS)[::5])
def test_numbers_of_a_problem_can_be_told_apart(form):
    for seed in range(30):
        problem = generate(form, seed)
        texts = list(problem.numbers.values())
        assert len(set(texts)) == len(texts)
        if not form.startswith(("compare/", "middle/median")):
            assert problem.answer not in texts


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_filled_template_has_a_right_answer_too(form):
    for seed in SEEDS:
        problem = refill(form, generate(form, seed % 4).template, seed)
        right = expected(problem)
        assert value_of(problem.answer) == (right if isinstance(right, str) else str(Fraction(right)))


def test_numbers_are_shown_as_people_write_them():
    assert [show(Fraction(n)) for n in ("7", "5/2", "1/8", "1/3", "-3/4")] == ["7", "2.5", "0.125", "1/3", "-0.75"]
    assert times(7, 12) == "7 * 12 = 84"
    assert times(13, 24) == "13 * 24 = 24 * 10 + 24 * 3 = 240 + 72 = 312"


def test_answers_agree_with_the_librarys_own_reading():
    for form in sorted(FORMS)[::4]:
        answer = generate(form, 1).answer
        if ":" not in answer:
            assert equivalent(answer, value_of(answer) or "")
