"""Replay: the server writes, and the same weights beside it read what was written, which gives the same states."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ttc.errors import VerifierError
from ttc.types import Candidate, Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ttc.core.session import Session


class Replay(ABC):
    """Teacher-forced forward passes over prompt and tokens: no generation, one pass for each candidate.

    Let the prompt have P tokens. The state that produced token s (from 0) lies at position P - 1 + s, so the last token
    itself is never read. The passes are not charged to the run's ledger. "replay" in the trace says how many tokens
    they read.
    """

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> NDArray[np.float32]:
        """Hidden states [steps, layers + 1, candidates, width]: see `ttc.strategies.st_bon.HiddenStates`."""
        written = [candidate.token_ids for candidate in candidates]
        prompt = await asyncio.to_thread(self.prompt_ids, session.messages)
        found, read = [], 0
        for ids in written:
            if not ids:
                raise VerifierError("a replay reads token ids, and this backend gave none for a candidate")
            sequence = [*prompt, *ids[: min(steps, len(ids)) - 1]]
            found.append(await asyncio.to_thread(self.read, sequence, len(prompt) - 1))
            read += len(sequence)
        session.note("replay", tokens=read, prompt_tokens=len(prompt))
        return stacked(found, steps)

    @abstractmethod
    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of the prompt as the server's chat template writes it."""

    @abstractmethod
    def read(self, ids: Sequence[int], first: int) -> NDArray[np.float32]:
        """States [positions from `first`, layers + 1, width] of one sequence; embeddings first, and the last layer's
        after the final norm, as in transformers."""


def stacked(states: Sequence[NDArray[np.float32]], steps: int) -> NDArray[np.float32]:
    """States [steps, layers + 1, n, width] of n candidates' own [at most steps, layers + 1, width].

    A candidate that ended early repeats the mean of its states: its running mean, which is what votes, then stays.
    """
    padded = []
    for own in states:
        rest = np.broadcast_to(own.mean(axis=0), (steps - len(own), *own.shape[1:]))
        padded.append(np.concatenate([own, rest.astype(np.float32)]))
    return np.stack(padded, axis=2)
