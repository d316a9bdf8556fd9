"""Tasks of several parts for an agent with a calculator: each part needs a number that the call before it gave.

A part is a problem of the laboratory. One of its numbers is written as the result of the part before, R1, R2, ...; the
constants are such that right answers on the way give back the number that stood there. A wrong answer makes every
part after it another problem.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ttc.lab.problems import LabProblem

INTRO = (
    "Work through the parts in order. In each, find the answer A, then call the calculator as the part says. "
    "Later parts need its result."
)
_PART = re.compile(r"^Part \d+: (.*)\nThen call the calculator with A ([+-]) (\d+);", re.MULTILINE)
_LONE = re.compile(r"(?<![\w^])\d+(?![\w^])")


@dataclass(frozen=True)
class AgentTask:
    """A task as its agent reads it, and the right answer: the last result."""

    id: str
    prompt: str
    answer: str


@dataclass(frozen=True)
class Part:
    """What is asked (with the results so far filled in) and what the calculator adds to its answer."""

    question: str
    shift: int


def task_of(problems: Sequence[LabProblem], seed: int) -> AgentTask:
    """The problems as one task; the seed picks the numbers to be replaced and the last constant."""
    rng = Random(f"agent task/{seed}")
    texts, gives = [problems[0].prompt], list[int]()
    for index, problem in enumerate(problems[1:], 1):
        spot = rng.choice(list(_LONE.finditer(problem.prompt)))
        texts.append(f"{problem.prompt[: spot.start()]}R{index}{problem.prompt[spot.end() :]}")
        gives.append(int(spot[0]))
    gives.append(int(problems[-1].answer) + rng.randint(1, 99))
    written = [INTRO]
    for index, (problem, text, result) in enumerate(zip(problems, texts, gives, strict=True), 1):
        shift = result - int(problem.answer)
        call = f"A {'+' if shift >= 0 else '-'} {abs(shift)}"
        written.append(f"Part {index}: {text}\nThen call the calculator with {call}; its result is R{index}.")
    written.append(f"What is R{len(problems)}?")
    return AgentTask("+".join(problem.id for problem in problems), "\n\n".join(written), str(gives[-1]))


def open_part(messages: Sequence[Mapping[str, Any]]) -> Part | None:
    """The part that is to be solved next in a history, or None when each has its result."""
    results = [str(message["content"]).strip() for message in messages if message["role"] == "tool"]
    found = _PART.findall(next(message["content"] for message in messages if message["role"] == "user"))
    if len(results) >= len(found):
        return None
    question, sign, constant = found[len(results)]
    for index, result in enumerate(results, 1):
        question = re.sub(rf"\bR{index}\b", result, question)
    return Part(question, int(f"{sign}{constant}"))


def expression(answer: int, shift: int) -> str:
    """The sum of both as the calculator takes it: no number has a sign of its own.

    >>> expression(5, -7), expression(-5, 7), expression(-5, -7)
    ('5 - 7', '7 - 5', '0 - 5 - 7')
    """
    if answer >= 0:
        return f"{answer} {'+' if shift >= 0 else '-'} {abs(shift)}"
    return f"{shift} - {-answer}" if shift >= 0 else f"0 - {-answer} - {-shift}"
