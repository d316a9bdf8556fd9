"""What the model is taught to do with a solution and its review."""

import random
from dataclasses import replace

import pytest

from evals.lab_model import tasks
from ttc.lab.check import check_answer
from ttc.lab.problems import generate_raw


@pytest.mark.parametrize("family", tasks.SEARCHES)
def test_of_a_search_that_ended_well_the_answer_alone_is_kept(family: str) -> None:
    """Asked for its last try, the model copied another one: it spoiled 47 % of the searches that were right."""
    problem = generate_raw(family, 12, 1, "train")
    right = tasks.label(problem, problem.solution)
    wrong = tasks.label(problem, "Try 2 + 2 = 4. Not it.\n\nThe answer is \\boxed{-1}.")
    for seed in range(8):
        kept = tasks.refine(problem, right, random.Random(seed)).reply
        assert kept == problem.solution.split("\n\n")[-1]
        assert check_answer(problem, kept)
        assert tasks.refine(problem, wrong, random.Random(seed)).reply == problem.solution


def test_other_right_solutions_are_kept_whole() -> None:
    problem = generate_raw("word", 6, 1, "train")
    right = replace(tasks.label(problem, problem.solution), own_report="Verdict: Yes")
    assert tasks.refine(problem, right, random.Random(0)).reply == problem.solution
