"""Prompts that are written from earlier solutions keep the conversation that they belong to in order."""

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import AbMcts, Rsa, Seat, SelfEvolution, Strategy, Universal
from ttc.types import Message, Problem

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
ASKED: tuple[Message, ...] = (
    {"role": "user", "content": "How warm is it in Rome?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "21 degrees"},
)


class Listening(SimulatedBackend):
    """Keeps the messages of all requests."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Message, ...]] = []

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        self.asked.append(request.messages)
        return await super().complete(request, meter)


@pytest.mark.parametrize(
    "strategy",
    [Universal(n=4), Rsa(n=4, loops=2), Seat(n=4, rounds=3), SelfEvolution(n=2, rounds=1), AbMcts(n=12)],
    ids=lambda strategy: type(strategy).__name__,
)
async def test_a_tools_result_at_the_end_stays(strategy: Strategy) -> None:
    """Servers answer 400 to a call of a tool that no result follows."""
    backend = Listening()
    await ttc.asolve(Problem(ASKED, domain="open"), strategy, backend=backend, verifier="confidence")
    written = [messages for messages in backend.asked if messages != ASKED]
    assert written
    assert all(messages[:-1] == ASKED and messages[-1]["role"] == "user" for messages in written)


async def test_the_users_last_message_is_replaced() -> None:
    backend = Listening()
    history: tuple[Message, ...] = (*ASKED, {"role": "user", "content": "And in Oslo?"})
    await ttc.asolve(Problem(history, domain="open"), Universal(n=4), backend=backend)
    written = [messages for messages in backend.asked if messages != history]
    assert written
    assert all(len(messages) == len(history) and "<candidate>" in messages[-1]["content"] for messages in written)
