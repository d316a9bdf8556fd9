"""Which law answers a prompt: a solution, a verdict, a critique, a preference or a process score."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ttc.backends.simulated import verdicts
from ttc.backends.simulated.laws import Facts, Laws
from ttc.backends.simulated.roles import Role, Task, recognise
from ttc.backends.simulated.solutions import Draft, Writer, is_right
from ttc.backends.simulated.tokens import encode
from ttc.backends.simulated.verdicts import Choice

Reply = Callable[[Random, bool], Draft]
"""(random numbers, greedy) -> the reply."""


def reply_to(laws: Laws, prompt: str, prefix: str) -> Reply:
    """How the model answers the last message, continuing the prefix."""
    if (prefix or prompt).rstrip().endswith(laws.score_tag):
        return _token(verdicts.process_score(laws, prefix or prompt))
    task = recognise(prompt)
    facts = laws.facts(task.problem)
    if judged := _judgement(laws, facts, task):
        return judged
    write = Writer(laws, facts, _p_correct(laws, task, prompt)).start(prefix)
    return lambda rng, greedy: write(rng)


def _judgement(laws: Laws, facts: Facts, task: Task) -> Reply | None:
    """The reply where no solution is asked for."""
    shown = task.solutions
    replies: dict[Role, Callable[[], Reply]] = {
        "verify": lambda: _token(verdicts.verdict(laws, facts, shown[0])),
        "critique": lambda: _critique(verdicts.verdict(laws, facts, shown[0]), shown[0]),
        "compare": lambda: _token(verdicts.preference(laws, facts, *shown)),
        "entail": lambda: _token(verdicts.entailment(*shown)),
        "select": lambda: _after(verdicts.selection(laws, facts, shown), verdicts.comparison(shown)),
        "consistent": lambda: _after(verdicts.consistency(laws, shown), verdicts.comparison(shown)),
        "check": lambda: _program(verdicts.verdict(laws, facts, shown[0])),
    }
    return replies[task.role]() if task.role in replies else None


def _p_correct(laws: Laws, task: Task, prompt: str) -> float:
    """Of a solution from the start; of one written from earlier solutions, the mean over those that are shown."""
    facts = laws.facts(task.problem)
    if task.role == "solve" or not task.solutions:
        return facts.p_correct
    if task.role == "rewrite" and laws.p_rewrite is not None:
        return laws.p_rewrite(prompt)
    right = sum(is_right(solution, facts, laws.answer_form) for solution in task.solutions) / len(task.solutions)
    return right * (1.0 - laws.p_degrade) + (1.0 - right) * laws.p_improve


def _token(choice: Choice) -> Reply:
    return lambda rng, greedy: _with_choice(choice, choice.draw(rng, greedy), "")


def _critique(choice: Choice, solution: str) -> Reply:
    def reply(rng: Random, greedy: bool) -> Draft:
        verdict = choice.draw(rng, greedy)
        report = verdicts.critique(solution, verdict, rng)
        return _with_choice(choice.spaced(), f" {verdict}", report.removesuffix(f" {verdict}"))

    return reply


def _after(choice: Choice, text: str) -> Reply:
    """A fixed text, then the choice."""
    return lambda rng, greedy: _with_choice(choice, choice.draw(rng, greedy), text)


def _program(choice: Choice) -> Reply:
    """A Python program that prints the verdict."""

    def reply(rng: Random, greedy: bool) -> Draft:
        found = "CORRECT" if choice.draw(rng, greedy) == "Yes" else "WRONG"
        draft, text = Draft(), f'```python\nprint("RESULT: {found}")\n```'
        draft.add((text, encode(text)))
        draft.mark(True)
        return draft

    return reply


def _with_choice(choice: Choice, drawn: str, before: str) -> Draft:
    """A text whose last token is the drawn one."""
    draft = Draft()
    draft.add((before, encode(before)))
    draft.add((drawn, encode(drawn)))
    draft.mark(True)
    draft.last = choice.top(drawn)
    return draft
