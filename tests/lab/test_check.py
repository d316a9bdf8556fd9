"""The exact checks: every reference solution passes, planted errors are found at their step."""

import re

import pytest

from ttc.lab import FAMILIES, LabProblem, check_answer, check_steps, generate, split_steps
from ttc.lab.check import correction
from ttc.lab.problems import generate_raw


def problems(per_cell=6):
    return [generate_raw(f, d, seed, "dev") for f in FAMILIES for d in (1, 6, 11, 16) for seed in range(per_cell)]


def test_reference_solutions_are_right_in_every_step():
    for problem in problems():
        assert check_answer(problem, problem.solution)
        assert all(check_steps(problem, problem.solution)), problem


def test_an_error_in_any_result_is_found_at_its_step_and_stays():
    """Each step's last computed number is changed: flags must be right before it and wrong from there on."""
    for problem in problems(3):
        steps = split_steps(problem.solution)
        for i, step in enumerate(steps[:-1]):
            found = list(re.finditer(r"(?<== )-?\d+", step))
            if not found:
                continue
            last = found[-1]
            broken = step[: last.start()] + str(int(last.group()) + 7) + step[last.end() :]
            text = "\n\n".join([*steps[:i], broken, *steps[i + 1 :]])
            assert check_steps(problem, text) == [True] * i + [False] * (len(steps) - i), text


def test_a_wrong_box_is_wrong_even_after_right_steps():
    problem = generate("word", 2, 3)
    text = problem.solution.replace(f"\\boxed{{{problem.answer}}}", f"\\boxed{{{int(problem.answer) + 1}}}")
    assert not check_answer(problem, text)
    assert check_steps(problem, text)[-2:] == [True, False]


def test_true_arithmetic_that_is_not_the_problem_is_wrong():
    """Subtracting where the story adds is a wrong step although the equation holds."""
    problem = LabProblem(
        "t",
        "Ada has 9 cards. Ada finds 4 more cards. How many?",
        "13",
        "word",
        0,
        1,
        "9 + 4 = 13 cards.\n\n\\boxed{13}",
    )
    assert check_steps(problem, "4 + 9 = 13 cards.\n\n\\boxed{13}") == [True, True]
    assert check_steps(problem, "9 - 4 = 5 cards.\n\n\\boxed{5}") == [False, False]
    assert check_steps(problem, "Ada has 11 cards.") == [False]


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("Subtract 7: 3x = 12.", True),
        ("Any way will do: 6x + 14 = 38.", True),
        ("Subtract 7: 3x = 13.", False),
        ("Useless: 0 = 0.", True),
        ("Broken: 3x + = 12.", False),
        ("Divide: x = 12 / 3 = 4.", True),
        ("Divide: x = 12 / 3 = 5.", False),
        ("True for every x: 3x = 3x.", True),
        ("Brackets: 3(x + 2) + 1 = 19.", True),
        ("Brackets: -3(x - 9) = 15.", True),
        ("Brackets: -3(x - 9) = 16.", False),
    ],
)
def test_linear_steps_are_checked_by_algebra(step, right):
    problem = LabProblem("t", "Solve for x: 3x + 7 = 19.", "4", "linear", 0, 1, "3x = 12.\n\n\\boxed{4}", (4,))
    assert check_steps(problem, step) == [right]


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("Try 7 + 3 = 10, 10 * 2 = 20. This makes 20.", True),
        ("Try 7 - 3 = 4, 4 * 2 = 8. Not 20.", True),
        ("Try 7 - 3 = 4, 4 * 2 = 8. This makes 20.", False),
        ("Try 7 + 3 = 10, 10 * 2 = 20. Not 20.", False),
        ("Try 7 + 7 = 14, 14 + 2 = 16. Not 20.", False),
        ("Try 7 * 3 = 22, 22 - 2 = 20. This makes 20.", False),
        ("Try 7 + 3 = 10, 11 * 2 = 22. Not 20.", False),
        ("Try 5 * 4 = 20. This makes 20.", False),
    ],
)
def test_countdown_tries_are_checked_by_rules(step, right):
    problem = LabProblem("t", "Make 20 from 7, 3 and 2.", "10", "countdown", 0, 1, "Try", (20, 7, 3, 2))
    assert check_steps(problem, step) == [right]


def test_the_correction_of_a_broken_step_is_the_step_that_belongs_there():
    problem = generate_raw("word", 6, 2, "dev")
    steps = split_steps(problem.solution)
    broken = [*steps[:2], "So 1 + 1 = 3.", *steps[3:]]
    assert correction(problem, broken, 2) == steps[2]


def test_texts_without_a_box_are_wrong_answers():
    problem = generate("linear", 1, 0)
    assert not check_answer(problem, "")
    assert not check_answer(problem, f"The answer is {problem.answer}.")
    assert check_answer(problem, f"\\boxed{{ {problem.answer} }}")
