"""What verifiers share when they ask: the messages about a candidate, several replies at once, thinking cut off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ttc.backends.base import Backend, Completion
from ttc.errors import BackendError, BudgetExhausted
from ttc.quoting import shown
from ttc.types import Candidate, Message

if TYPE_CHECKING:
    from ttc.core.session import Session

T = TypeVar("T")
U = TypeVar("U")


def solution_of(candidate: Candidate) -> str:
    """A candidate's text as data for a prompt: without its thinking, and unable to close the block it stands in."""
    return shown(candidate.text)


def about(session: Session, text: str) -> list[Message]:
    """The problem's history, with `text` (which holds the question) in the place of the user's last message.

    A tool's result at the end is kept: servers refuse a tool call without one.
    """
    prompt = session.problem.prompt
    asked = isinstance(prompt, str) or prompt[-1].get("role") == "user"
    history = [] if isinstance(prompt, str) else list(prompt[:-1] if asked else prompt)
    return [*history, {"role": "user", "content": text}]


async def ready(session: Session, backend: Backend | None) -> Backend:
    """The server that answers: the generating model, or the verifier's own, prepared."""
    server = session.server(backend)
    if backend is not None:
        await server.prepare()
    return server


async def more(session: Session, function: Callable[[T], Awaitable[U]], items: Sequence[T]) -> list[U | None]:
    """`session.map` for a second round: None everywhere if all were refused, since the first round must not be lost."""
    try:
        return await session.map(function, items)
    except (BudgetExhausted, BackendError):
        return [None] * len(items)


async def replies(
    session: Session, key: str, messages: str | Sequence[Message], n: int, first: int = 0, **fields: Any
) -> list[Completion | None]:
    """n replies to one prompt, None where the budget or the server refused; raises if it refused all.

    One request where they all fit and the server shares the prompt, else n side by side. `first` numbers them on from
    an earlier call, so that they get other seeds.
    """
    tokens = fields.get("max_tokens", session.sampling.max_tokens)
    if n > 1 and fields.get("backend") is None and session.may_share(n, tokens):
        completions = await session.ask(f"{key}#{first}", messages, n=n, **fields)
        return [None if completion.finish == "cancelled" else completion for completion in completions]

    async def one(number: int) -> Completion:
        return (await session.ask(f"{key}#{number}", messages, **fields))[0]

    return await session.map(one, range(first, first + n))
