"""Which law answers a prompt: a solution, a verdict, a critique, a preference or a process score."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ttc.backends.simulated import verdicts
from ttc.backends.simulated.laws import Laws
from ttc.backends.simulated.roles import Task, recognise
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
    if task.role == "verify":
        return _token(verdicts.verdict(laws, facts, task.solutions[0]))
    if task.role == "critique":
        return _critique(verdicts.verdict(laws, facts, task.solutions[0]), task.solutions[0])
    if task.role == "compare":
        return _token(verdicts.preference(laws, facts, *task.solutions))
    write = Writer(laws, facts, _p_correct(laws, task)).start(prefix)
    return lambda rng, greedy: write(rng)


def _p_correct(laws: Laws, task: Task) -> float:
    """Of a solution from the start; after a refinement it depends on what is refined."""
    facts = laws.facts(task.problem)
    if task.role == "solve":
        return facts.p_correct
    was_right = is_right(task.solutions[0], facts, laws.answer_form)
    return 1.0 - laws.p_degrade if was_right else laws.p_improve


def _token(choice: Choice) -> Reply:
    return lambda rng, greedy: _with_choice(choice, choice.draw(rng, greedy), "")


def _critique(choice: Choice, solution: str) -> Reply:
    def reply(rng: Random, greedy: bool) -> Draft:
        verdict = choice.draw(rng, greedy)
        report = verdicts.critique(solution, verdict, rng)
        return _with_choice(choice.spaced(), f" {verdict}", report.removesuffix(f" {verdict}"))

    return reply


def _with_choice(choice: Choice, drawn: str, before: str) -> Draft:
    """A text whose last token is the drawn one."""
    draft = Draft()
    draft.add((before, encode(before)))
    draft.add((drawn, encode(drawn)))
    draft.mark(True)
    draft.last = choice.top(drawn)
    return draft
