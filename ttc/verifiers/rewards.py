"""What the verifiers over pooling servers share: the server, its rows, and rows read as probabilities."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ttc.backends.base import Backend
from ttc.backends.foreign import FAULTS
from ttc.errors import VerifierError
from ttc.types import ABSTAIN, Candidate, Message, Verdict

if TYPE_CHECKING:
    from ttc.core.session import Session
    from ttc.verifiers.reward_server import RewardServer


async def scored(
    session: Session,
    rewards: RewardServer,
    candidates: Sequence[Candidate],
    score: Callable[[Candidate, Backend], Awaitable[Verdict]],
) -> list[Verdict]:
    """The verdicts of all candidates at once; those without text and those that were refused are unknown."""
    async with rewards.server() as server:
        await session.server(server).prepare()

        async def one(candidate: Candidate) -> Verdict:
            if not candidate.text.strip():
                return ABSTAIN
            try:
                return await score(candidate, server)
            except FAULTS as error:  # rows of another shape than the endpoint's
                raise VerifierError(f"the reward model sent rows that cannot be read ({error!r:.100})") from error

        return [verdict or Verdict(math.nan, "failed") for verdict in await session.map(one, candidates)]


async def rows(
    session: Session,
    backend: Backend,
    key: str,
    messages: str | Sequence[Message],
    prefix: str = "",
    **extra: Any,
) -> Mapping[str, Any]:
    """What the server says: `data`, its entries, and `ends` where pieces were sent."""
    reply = await session.ask(key, messages, backend=backend, prefix=prefix, max_tokens=1, extra=extra)
    message = reply[0].message
    if message is None or "data" not in message:
        raise VerifierError("the backend sent no rows; a reward model needs a PoolingBackend")
    return message


def good(row: Sequence[float], label: int = -1) -> float:
    """P(label) of a row: of one number its sigmoid, of several their share, by softmax where they are no shares yet."""
    if len(row) == 1:
        return sigmoid(row[0])
    if min(row) >= 0.0 and abs(math.fsum(row) - 1.0) < 1e-3:
        return min(1.0, row[label])
    highest = max(row)
    return math.exp(row[label] - highest) / math.fsum(math.exp(value - highest) for value in row)


def sigmoid(value: float) -> float:
    """1 / (1 + e^-value) without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * value))


def one_each(found: Sequence[Any], wanted: int, what: str) -> None:
    """VerifierError where the server sent another number of rows than there are `what`."""
    if len(found) != wanted:
        raise VerifierError(
            f"the server sent {len(found)} rows for {wanted} {what}; check its --pooler-config (STEP for tags, ALL for "
            "one row a token)"
        )
