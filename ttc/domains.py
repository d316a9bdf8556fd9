"""What counts as an answer in each domain, and when two answers are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ttc import prompts
from ttc.answers import equivalent, extract_answer, group_answers
from ttc.types import Domain, Message, Problem, Sampling

_FENCE = re.compile(r"```[\w+-]*\n(.*?)```", re.DOTALL)


def answer_of(domain: Domain, text: str) -> str | None:
    """The final answer in a text, or None: math and choice as in `ttc.answers`, else the last code block or all."""
    if domain in ("math", "choice"):
        return extract_answer(text)
    if domain == "code":
        blocks = _FENCE.findall(text)
        return blocks[-1].strip() or None if blocks else None
    return text.strip() or None


def same(domain: Domain, first: str, second: str) -> bool:
    """Whether two answers are the same: by mathematics, or up to white space and case."""
    if domain in ("math", "choice"):
        return equivalent(first, second)
    return _plain(domain, first) == _plain(domain, second)


def group(domain: Domain, answers: Sequence[str | None]) -> list[list[int]]:
    """Indices of equal answers, largest group first, then by first member; None is in no group."""
    if domain in ("math", "choice"):
        return group_answers(answers)
    groups: dict[str, list[int]] = {}
    for index, answer in enumerate(answers):
        if answer is not None:
            groups.setdefault(_plain(domain, answer), []).append(index)
    return sorted(groups.values(), key=lambda members: (-len(members), members[0]))


def messages_of(problem: Problem, sampling: Sampling) -> tuple[Message, ...]:
    """The problem as chat messages: system message, history, and the question with what makes its answer findable."""
    default = prompts.SOLVE if problem.domain == "math" else ""
    suffix = default if sampling.suffix is None else sampling.suffix
    if isinstance(problem.prompt, str):
        messages: list[Message] = [{"role": "user", "content": problem.prompt + suffix}]
    else:
        messages = list(problem.prompt)
        last = messages[-1]
        if last.get("role") == "user" and isinstance(last.get("content"), str):
            messages[-1] = {**last, "content": last["content"] + suffix}
    system = sampling.system
    return tuple(messages) if system is None else ({"role": "system", "content": system}, *messages)


def _plain(domain: Domain, text: str) -> str:
    """Code up to trailing blanks; open text up to white space and case."""
    if domain == "code":
        return "\n".join(line.rstrip() for line in text.strip().splitlines())
    return " ".join(text.split()).casefold()
