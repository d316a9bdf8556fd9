"""The contracts of what judges candidates: a verifier scores each of them, a judge compares two.

Both get the session, so whatever they ask a model is charged and can be cancelled. What only some verifiers have (a
need of log-probabilities, a name) is a protocol of its own. Their classes may say what they need (`needs`, see
`ttc.core.needs`), and `finished_only = True` where they cannot judge an unfinished solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ttc.types import Candidate, Verdict

if TYPE_CHECKING:
    from ttc.core.session import Session


@runtime_checkable
class Verifier(Protocol):
    """Says how good candidates are.

    >>> from ttc.verifiers import make_verifier
    >>> isinstance(make_verifier("agreement"), Verifier)
    True
    """

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        """One verdict for each candidate, in the same order. What cannot be judged is `ABSTAIN`, never a score of 0."""


@runtime_checkable
class ReadsLogprobs(Verifier, Protocol):
    """A verifier that reads log-probabilities of the candidates, so that they must be drawn with them."""

    @property
    def logprobs(self) -> int | None:
        """What it needs, as in `Request.logprobs`: None nothing, 0 those of the sampled tokens, k the top k."""


def logprobs_for(*verifiers: Verifier | None) -> int | None:
    """What candidates must be drawn with so that all of these can work: the most that one of them needs."""
    needs = [verifier.logprobs for verifier in verifiers if isinstance(verifier, ReadsLogprobs)]
    return max((need for need in needs if need is not None), default=None)


def is_free(verifier: Verifier | None) -> bool:
    """Whether a verifier asks no model: its class says so with `asks_no_model`, and its verdicts cost no budget."""
    return getattr(verifier, "asks_no_model", False) is True


@runtime_checkable
class Named(Protocol):
    """A verifier or judge with a name of its own; the others are called by the name of their class."""

    @property
    def name(self) -> str:
        """The name, as in a value profile or in a pool."""


def name_of(role: Verifier | Judge | None) -> str:
    """The own name of a verifier or a judge, or that of its class."""
    return role.name if isinstance(role, Named) else type(role).__name__


@runtime_checkable
class Judge(Protocol):
    """Says which of two candidates is better.

    >>> from ttc.verifiers import make_judge
    >>> isinstance(make_judge("pairwise"), Judge)
    True
    """

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """P(first is better) in [0, 1]; 0.5 is a tie, nan says nothing.

        Args:
            session: The run; whatever is asked of a model goes through it.
            first: One candidate.
            second: The other one.
            vote: Counts the judgements of this pair from 0. Even votes must show `first` in the first place and odd
                votes in the second, so that a preference for a place cancels.
        """
