"""Exact checks of answers and of single steps, by rules alone, for any text that a model may write.

A step is right when everything it claims is true for the problem. Three rules say so:

- linear equations: every equation still has the problem's root (and every equation of numbers holds);
- countdown and signs: every operation is right and uses the given numbers (signs: in their order), and the verdict on
  the target is true;
- all others: every equation is one of the problem's own; the order of summands and factors is free. Every other
  number is one that the problem or its solution contains. A valid way that the generator did not foresee counts as
  wrong; the model was taught only the foreseen ones.

A step that boxes an answer is right only if the answer is. Where `check_steps` says False once, it stays False.
"""

import re
from functools import lru_cache

from ttc.lab import algebra
from ttc.lab.families.countdown import OPERATE
from ttc.lab.problems import LabProblem

_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_SIDE = r"(?:\b[a-z]+\(\d+(?:, \d+)*\)|-?\d+(?: [-+*/] \d+)*)"
_CHAIN = re.compile(rf"{_SIDE}(?: = {_SIDE})+")
_NUMBER = re.compile(r"-?\d+")
_OPERATION = re.compile(r"(-?\d+) ([-+*]) (\d+) = (-?\d+)")


def split_steps(text: str) -> list[str]:
    """The steps of a solution: paragraphs between blank lines."""
    return [step.strip() for step in text.split("\n\n") if step.strip()]


def boxed(text: str) -> str | None:
    r"""What stands in the last \boxed{} of a text, without spaces and thousands separators."""
    found = _BOXED.findall(text)
    return re.sub(r"[\s,]", "", found[-1]) if found else None


def check_answer(problem: LabProblem, text: str) -> bool:
    r"""Whether the last \boxed{} of `text` holds the right answer."""
    answer = boxed(text)
    return answer is not None and _NUMBER.fullmatch(answer) is not None and int(answer) == int(problem.answer)


def check_steps(problem: LabProblem, text: str) -> list[bool]:
    """For each step of `text`: is everything up to and including it right?"""
    rule = {"linear": _linear, "countdown": _search, "signs": _search}.get(problem.family, _plan)
    right, flags = True, []
    for step in split_steps(text):
        right = right and (boxed(step) is None or check_answer(problem, step)) and rule(problem, step)
        flags.append(right)
    return flags


def correction(problem: LabProblem, steps: list[str], wrong: int) -> str:
    """What should stand in place of the first wrong step (index `wrong`): the next step of the known solution."""
    known = split_steps(problem.solution)
    if boxed(steps[wrong]) is not None:
        return known[-1]
    if problem.family in ("countdown", "signs"):
        lines = [
            f"{a} {sign} {b} = {OPERATE[sign](int(a), int(b))}" for a, sign, b, _ in _OPERATION.findall(steps[wrong])
        ]
        return ", ".join(lines) + "." if lines else known[-2]
    written = set().union(*(_chains(step) for step in steps[:wrong])) if wrong else set()
    if problem.family == "linear":
        return known[min(wrong, len(known) - 1)]
    return next((step for step in known if _chains(step) - written), known[-1])


def _plan(problem: LabProblem, step: str) -> bool:
    """Only equations and numbers of the problem's own solution."""
    equations, numbers = _reference(problem.prompt, problem.solution)
    rest = _CHAIN.sub(" ", _BOXED.sub(" ", step))
    return "=" not in rest and _chains(step) <= equations and numbers.issuperset(_NUMBER.findall(rest))


@lru_cache(maxsize=4096)
def _reference(prompt: str, solution: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(_chains(solution)), frozenset(_NUMBER.findall(f"{prompt} {solution}"))


def _chains(text: str) -> set[str]:
    """The equations in a text, each in a form that does not depend on the order of summands or factors."""
    return {" = ".join(map(_canonical, chain.split(" = "))) for chain in _CHAIN.findall(_BOXED.sub(" ", text))}


def _canonical(side: str) -> str:
    for sign in (" + ", " * "):
        parts = side.split(sign)
        if len(parts) > 1 and all(" " not in part for part in parts):
            return sign.join(sorted(parts))
    return side


def _linear(problem: LabProblem, step: str) -> bool:
    text = _BOXED.sub(" ", step)
    found = algebra.equations(text)
    readable = sum(equation.count("=") for equation in found) == text.count("=")
    return readable and all(algebra.holds(equation, problem.facts[0]) for equation in found)


def _search(problem: LabProblem, step: str) -> bool:
    """Chained operations, each given number used once (signs: in order), and a true verdict on the target."""
    target, *unused = problem.facts
    operations = [(int(a), sign, int(b), int(result)) for a, sign, b, result in _OPERATION.findall(step)]
    if not operations:
        return "Try" not in step
    in_order = problem.family == "signs"
    value = operations[0][0]
    if value not in (unused[:1] if in_order else unused):
        return False
    unused.remove(value)
    for a, sign, b, result in operations:
        if a != value or b not in (unused[:1] if in_order else unused) or OPERATE[sign](a, b) != result:
            return False
        unused.remove(b)
        value = result
    works = not unused and value == target
    return f"makes {target}." in step if works else f"Not {target}." in step
