"""The exchanges that the model learns: solve, verify, criticise, compare, refine, score steps.

Every judging example is built from solutions that the model itself wrote, labelled by the exact checks of ttc.lab.
"""

import random
from dataclasses import dataclass

from ttc import prompts
from ttc.lab.check import boxed, check_answer, check_steps, correction, split_steps
from ttc.lab.problems import LabProblem


@dataclass(frozen=True, slots=True)
class Exchange:
    """One training document: what the user says, what the model should reply, and how much each reply token weighs."""

    user: str
    reply: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A solution with, for each step, whether everything up to its end is right."""

    user: str
    steps: tuple[str, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A solution written by the model, with its labels, and the model's own report on it where it wrote one."""

    text: str
    right: bool
    steps_right: tuple[bool, ...]
    own_report: str = ""


# a one-token reply teaches as much as this many tokens of a solution
DECISION_WEIGHT = 12.0
# the report's judgements are few among the words that quote the solution
REPORT_WEIGHT = 2.0
# what is kept of a search is one short line
KEPT_WEIGHT = 4.0
SEARCHES = ("countdown", "signs")


def ask(problem: LabProblem, rng: random.Random) -> str:
    """The problem as users send it, with or without the usual request to reason."""
    return problem.prompt + (prompts.SOLVE if rng.random() < 0.5 else "")


def label(problem: LabProblem, text: str, own_report: str = "") -> Labelled:
    return Labelled(text, check_answer(problem, text), tuple(check_steps(problem, text)), own_report)


def solve(problem: LabProblem, rng: random.Random) -> Exchange:
    return Exchange(ask(problem, rng), problem.solution)


def verify(problem: LabProblem, candidate: Labelled) -> Exchange:
    user = prompts.VERIFY.format(problem=problem.prompt, solution=prompts.quote(candidate.text))
    return Exchange(user, "Yes" if candidate.right else "No", DECISION_WEIGHT)


def report(problem: LabProblem, candidate: Labelled) -> str:
    """Step by step up to the first error and what should stand there, then the verdict on the answer."""
    lines = []
    for i, right in enumerate(candidate.steps_right):
        if not right:
            better = correction(problem, split_steps(candidate.text), i)
            lines.append(f"Step {i + 1} is wrong. It should be: {better}")
            break
        lines.append(f"Step {i + 1} is right.")
    verdict = "Yes" if candidate.right else "No"
    return "\n".join([*lines, f"Verdict: {verdict}"])


def criticise(problem: LabProblem, candidate: Labelled) -> Exchange:
    user = prompts.CRITIQUE.format(problem=problem.prompt, solution=prompts.quote(candidate.text))
    return Exchange(user, report(problem, candidate), REPORT_WEIGHT)


def compare(problem: LabProblem, first: Labelled, second: Labelled) -> Exchange:
    user = prompts.COMPARE.format(
        problem=problem.prompt, first=prompts.quote(first.text), second=prompts.quote(second.text)
    )
    reply = "tie" if first.right == second.right else "1" if first.right else "2"
    return Exchange(user, reply, DECISION_WEIGHT)


def refine(problem: LabProblem, candidate: Labelled, rng: random.Random) -> Exchange:
    """A right solution is kept; a wrong one is kept up to its first error where the known solution can go on there.

    Of a search that ended well only the answer is kept (asked for its last try, the model copies the wrong one: all
    tries begin alike), of one that did not nothing: dead ends help nobody.

    Most reviews are the model's own, false alarms and all, as it will meet them: what it learns is how far to trust
    them. Some are true, and some are wrong or empty.
    """
    review = candidate.own_report
    if not review or rng.random() < 0.2:
        review = report(problem, candidate)
    if rng.random() < 0.15:
        review = rng.choice(
            ("Verdict: No", "Verdict: Yes", "Every step is right.\nVerdict: Yes", "The answer looks wrong.")
        )
    form = {"solution": prompts.quote(candidate.text), "critique": prompts.quote(review)}
    user = prompts.REFINE.format(problem=problem.prompt, **form)
    if problem.family in SEARCHES and candidate.right:
        return Exchange(user, split_steps(candidate.text)[-1], KEPT_WEIGHT)
    kept = candidate.right and all(candidate.steps_right)
    return Exchange(user, candidate.text if kept else continued(problem, candidate))


def continued(problem: LabProblem, candidate: Labelled) -> str:
    """The right beginning of a wrong solution with the known solution's steps from there on."""
    if problem.family in SEARCHES:  # nothing is gained by repeating what led nowhere
        return problem.solution
    steps, known = split_steps(candidate.text), split_steps(problem.solution)
    good = sum(candidate.steps_right)
    joined = "\n\n".join(steps[:good] + known[min(good, len(known) - 1) :])
    return joined if all(check_steps(problem, joined)) and check_answer(problem, joined) else problem.solution


def score_steps(problem: LabProblem, candidate: Labelled, rng: random.Random) -> Scored:
    return Scored(ask(problem, rng), tuple(split_steps(candidate.text)), candidate.steps_right)


def judging(problem: LabProblem, candidates: list[Labelled], rng: random.Random) -> list[Exchange]:
    """Examples of all judging tasks from one problem's candidates, half right and half wrong where both exist."""
    right = [c for c in candidates if c.right]
    wrong = [c for c in candidates if not c.right]
    examples = [refine(problem, c, rng) for c in candidates if c.own_report]
    if right and wrong:
        good, bad = rng.choice(right), rng.choice(wrong)
        examples += [verify(problem, good), verify(problem, bad)]
        examples.append(compare(problem, *rng.sample((good, bad), 2)))
        examples.append(criticise(problem, good if rng.random() < 0.4 else bad))
    else:
        if rng.random() < 0.4:
            examples.append(verify(problem, rng.choice(candidates)))
        if rng.random() < 0.25:
            examples.append(criticise(problem, rng.choice(candidates)))
    if rng.random() < 0.2:
        examples.append(compare(problem, *rng.sample(candidates, 2)))
    if problem.family in SEARCHES and rng.random() < 0.3:
        examples += [criticise(problem, short) for short in _answers_alone(problem, candidates)[:1]]
    return examples


def _answers_alone(problem: LabProblem, candidates: list[Labelled]) -> list[Labelled]:
    """The last lines of candidates that box an answer: so a kept search is handed on to the next review."""
    lines = [split_steps(candidate.text)[-1] for candidate in candidates]
    return [label(problem, line) for line in lines if boxed(line)]
