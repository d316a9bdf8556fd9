"""New candidates that are written from earlier ones: the same run, asked something else about its problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from ttc.core.session import Session
from ttc.errors import BudgetExhausted
from ttc.types import Candidate

T = TypeVar("T")


def prompted(session: Session, text: str, suffix: str | None = None) -> Session:
    """A session on the same budget and candidates that asks `text` in the place of the user's last message.

    A tool's result at the end is kept: servers refuse a tool call without one. `suffix` is that of `Sampling`: None
    appends the domain's default, "" nothing.
    """
    prompt = session.problem.prompt
    history = () if isinstance(prompt, str) else prompt[:-1] if prompt[-1].get("role") == "user" else prompt
    asked = text if isinstance(prompt, str) else (*history, {"role": "user", "content": text})
    sampling = session.sampling if suffix is None else replace(session.sampling, suffix=suffix)
    return session.asking(replace(session.problem, prompt=asked), sampling)


async def fitting(
    session: Session, shown: Sequence[Candidate], question: Callable[[Sequence[Candidate]], str]
) -> list[Candidate]:
    """The first of `shown`, as many (at least one) as leave room for a whole reply in the model's context.

    `question` writes the prompt that shows the candidates it is given. What is left out is noted in the trace.
    """
    low, high, trial = 1, len(shown), len(shown)  # all of them usually fit: tried first
    while low < high:
        if await session.fits(prompted(session, question(shown[:trial])).messages, session.sampling.max_tokens):
            low = trial
        else:
            high = trial - 1
        trial = (low + high + 1) // 2
    if low < len(shown):
        session.note("left out", shown=low, of=len(shown), context=session.backend.capabilities.context)
    return list(shown[:low])


async def side_by_side(
    session: Session, draw: Callable[[T], Awaitable[Sequence[Candidate]]], items: Sequence[T]
) -> list[Candidate | None]:
    """One new candidate for each item, all at once; None where the budget or the server refused.

    Raises only if all were refused.
    """

    async def one(item: T) -> Candidate:
        try:
            return (await draw(item))[0]
        except BudgetExhausted as refusal:
            session.refuse(refusal.limit)
            raise

    return await session.map(one, items)


async def write(session: Session, texts: Sequence[str], suffix: str | None = None) -> list[Candidate | None]:
    """One new candidate for each text, as `side_by_side`."""
    return await side_by_side(session, lambda text: prompted(session, text, suffix).sample(), texts)
