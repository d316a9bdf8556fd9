"""What counts as an answer in each domain, and when two answers are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ttc import prompts
from ttc.answers import equivalent, extract_answer, group_answers
from ttc.answers import settle as settle_answers
from ttc.answers.algebra import Algebra, within
from ttc.answers.choices import option_of
from ttc.answers.extract import extract_choice
from ttc.answers.structured import CALLS, canonical_calls, canonical_json
from ttc.types import Domain, Message, Problem, Sampling

_FENCE = re.compile(r"```[\w+-]*\n(.*?)```", re.DOTALL)


def answer_of(domain: Domain, text: str) -> str | None:
    """The final answer in a text, or None: math and choice as in `ttc.answers`, else the last code block or all.

    Among options, the one that is named last counts; a box with something else in it does not beat "Answer: D".
    """
    if domain == "math":
        return extract_answer(text)
    if domain == "choice":
        return extract_choice(text)
    if domain == "json":
        return canonical_json(text)
    if domain == "code":
        blocks = _FENCE.findall(text)
        return blocks[-1].strip() or None if blocks else None
    return text.strip() or None


def answer_in(problem: Problem, text: str, message: Mapping[str, Any] | None = None) -> str | None:
    """The answer of a reply to the problem: its tool calls if `message` makes any, else what its text says.

    Calls of tools that the problem does not offer, and JSON that does not fit its schema, are no answer.
    """
    if message and (calls := message.get("tool_calls")):
        return canonical_calls(calls, problem.meta.get("tools", ()))
    if problem.domain == "json":
        return canonical_json(text, problem.meta.get("schema"), whole=problem.meta.get("type", object))
    answer = answer_of(problem.domain, text)
    return None if answer is not None and answer.startswith(CALLS) else answer  # words that only look like calls


def same(domain: Domain, first: str, second: str) -> bool:
    """Whether two answers are the same: by mathematics, or up to white space and case."""
    if first.startswith(CALLS) or second.startswith(CALLS):
        return first == second
    if domain in ("math", "choice"):
        return equivalent(_letter(domain, first), _letter(domain, second))
    return _plain(domain, first) == _plain(domain, second)


def group(domain: Domain, answers: Sequence[str | None]) -> list[list[int]]:
    """Indices of equal answers, largest group first, then by first member; None is in no group."""
    groups: dict[str, list[int]] = {}
    texts: list[str | None] = list(answers)
    for index, answer in enumerate(answers):
        if answer is not None and (answer.startswith(CALLS) or domain not in ("math", "choice")):
            groups.setdefault(_plain(domain, answer), []).append(index)
            texts[index] = None
        elif answer is not None:
            texts[index] = _letter(domain, answer)
    found = [*groups.values(), *(group_answers(texts) if any(texts) else ())]
    return sorted(found, key=lambda members: (-len(members), members[0]))


def group_known(domain: Domain, answers: Sequence[str | None]) -> list[list[int]]:
    """As `group`, but nothing is waited for: pairs that only algebra could tell, and did not yet, are different."""
    with within(Algebra(left=0.0)):
        return group(domain, answers)


async def settle(domain: Domain, answers: Sequence[str | None], algebra: Algebra | None = None) -> None:
    """Decide beforehand, without holding up the event loop, what `group` will have to know of these answers.

    `algebra` is what the run has left for it; what it cannot tell in that time is different.
    """
    if domain in ("math", "choice"):
        texts = [None if a is None or a.startswith(CALLS) else _letter(domain, a) for a in answers]
        await settle_answers(texts, algebra)


def messages_of(problem: Problem, sampling: Sampling) -> tuple[Message, ...]:
    """The problem as chat messages: system message, history, and the question with what makes its answer findable."""
    default = prompts.SOLVE if problem.domain == "math" else ""
    suffix = default if sampling.suffix is None else sampling.suffix
    if isinstance(problem.prompt, str):
        messages: list[Message] = [{"role": "user", "content": problem.prompt + suffix}]
    else:
        messages = list(problem.prompt)
        last = messages[-1]
        if last.get("role") == "user" and suffix:
            messages[-1] = {**last, "content": _with_suffix(last.get("content"), suffix)}
    system = sampling.system
    return tuple(messages) if system is None else ({"role": "system", "content": system}, *messages)


def _with_suffix(content: Any, suffix: str) -> Any:
    """A message's content with words after it: a text, or parts, of which the last text takes them."""
    if isinstance(content, str):
        return content + suffix
    if not isinstance(content, list | tuple):
        return content
    parts = list(content)
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        if isinstance(part, Mapping) and isinstance(part.get("text"), str):
            parts[place] = {**part, "text": part["text"] + suffix}
            return parts
    return [*parts, {"type": "text", "text": suffix.lstrip()}]  # images alone


def _letter(domain: Domain, answer: str) -> str:
    """The option that an answer names. Among options e and i are letters and no numbers, and (A) x = 3 is A."""
    return (option_of(answer) or answer) if domain == "choice" else answer


def _plain(domain: Domain, text: str) -> str:
    """Code up to trailing blanks; open text up to white space and case; calls and JSON are canonical already."""
    if domain == "json" or text.startswith(CALLS):
        return text
    if domain == "code":
        return "\n".join(line.rstrip() for line in text.strip().splitlines())
    return " ".join(text.split()).casefold()
