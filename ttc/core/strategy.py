"""The contract of a strategy: a frozen dataclass whose fields are its knobs, with one coroutine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.budget.ledger import Ledger
    from ttc.core.session import Session


@runtime_checkable
class Strategy(Protocol):
    """Turns what a session may spend into one candidate.

    `run` returns the chosen candidate. It calls `session.propose` whenever a better answer is known. If the budget or
    the deadline ends the run, that is the answer. It lets BudgetExhausted pass.

    Its class may say more, which `ttc strategies` prints. `paper` is the source: authors, year and arXiv id. `needs`
    is a frozenset of names of `ttc.core.needs.NEEDS` ("logprobs", "prefill", "verifier", "judge", ...), or a property
    where knobs decide. It is checked before the first token. `uses` is what it makes use of where the run has it.

    >>> from ttc.strategies import BestOfN
    >>> isinstance(BestOfN(n=4), Strategy)
    True
    """

    async def run(self, session: Session) -> Candidate:
        """Solve the session's problem."""


@runtime_checkable
class Allocating(Protocol):
    """A strategy that shares one total among the problems of a batch; the others take what they need in turn."""

    def in_batch(self, total: Ledger, problems: int, at_once: int) -> Shared:
        """The strategies of a batch.

        Args:
            total: The budget that all its problems share.
            problems: How many there are.
            at_once: How many of them spend at the same time, at most.
        """


class Shared(Protocol):
    """The strategies of one batch: they bid for one total."""

    def strategy(self, number: int) -> Strategy:
        """The strategy of problem `number`, from 0."""

    def leave(self, number: int) -> None:
        """The run of problem `number` has ended, whatever ended it."""
