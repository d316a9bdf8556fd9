"""ST-BoN: begin n candidates, find the one most consistent with the others from hidden states, finish only that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ttc.core.session import Session
from ttc.errors import MissingNeed, check_range
from ttc.forecast import Stage, Workload, truncated
from ttc.search.st_bon import Divergence, choose, divergence, vote_steps
from ttc.strategies.chunks import affords, begun, finished
from ttc.types import Candidate


class HiddenStates(Protocol):
    """Where the hidden states come from; `ttc.hidden` has providers."""

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> Any:
        """Hidden states [steps, layers + 1, candidates, width] that produced the first `steps` tokens of each.

        Embeddings come first. Step 0 is the last position of the prompt. A candidate of fewer tokens repeats the mean
        of its own states, which leaves its running mean where it was.
        """


@dataclass(frozen=True)
class StBon:
    """Self-truncation best-of-N: sample `n` candidates until all differ (step c), and tau = `tau` * c tokens further.

    Each of those tau steps casts a vote for the candidate whose chain of embeddings is nearest to the mean. The winner
    goes on from its own tokens, the others are dropped. c is found exactly from the token ids. Tokens beyond c + tau do
    not vote, but the winner keeps them. Needs no verifier.

    Args:
        n: Candidates, at least 3: of two, both are equally near to their mean.
        tau: Voting steps as a multiple of c, > 0.
        chunk: Tokens that are read first; later chunks double.
        hidden: Where the hidden states come from. It is set from Python, for example
            `ttc.hidden.ReplayTransformers(folder)`.
    """

    n: int = 10
    tau: float = 1.0
    chunk: int = 16
    hidden: HiddenStates | None = None

    paper: ClassVar[str] = "Wang et al. 2025, arXiv 2503.01422"
    needs: ClassVar[frozenset[str]] = frozenset({"prefill", "token_ids", "hidden_states"})

    def __post_init__(self) -> None:
        check(self.n, self.tau, self.chunk)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n beginnings up to tau times the step where all differ, and one of them to its end.

        Hidden states cost nothing here: what reads them runs beside the server.
        """
        return truncated(workload, self.n, self.chunk, lambda differ: (1 + self.tau) * differ)

    async def ready(self, session: Session) -> None:
        """Raise MissingNeed where no provider of hidden states is set."""
        if self.hidden is None:
            told = "st_bon needs hidden states; from Python set its knob `hidden` to a provider of ttc.hidden"
            raise MissingNeed(f"{told}. st_bon_text does without", "strategy", "st_bon_text")

    async def run(self, session: Session) -> Candidate:
        """Begin all, vote, finish one."""
        if not affords(session, self.n, 2 * self.chunk):
            return (await session.sample())[0]
        candidates = await begun(session, self.n, self._wanted)
        winner = 0
        if len(candidates) >= 3 and self.hidden is not None:
            winner = await self._elected(session, self.hidden, candidates)
        session.propose(candidates[winner])
        chosen = await finished(session, candidates, winner)
        session.propose(chosen)
        return chosen

    def _wanted(self, candidates: Sequence[Candidate]) -> int:
        """Tokens to read: twice as many until c is known, then up to c + tau."""
        have = max(c.output_tokens for c in candidates)
        if not have or len(candidates) < 3:
            return have or self.chunk
        found = self._divergence(candidates)
        return 2 * have if found.step is None else self._window(found, have)

    def _divergence(self, candidates: Sequence[Candidate]) -> Divergence:
        """Step c of candidates that have been begun."""
        tokens = [c.token_ids or () for c in candidates]
        if () in tokens:
            raise MissingNeed("st_bon needs token ids, which this backend does not give", "strategy", "st_bon_text")
        found = divergence(tokens)
        first_end = min((len(ids) for ids, c in zip(tokens, candidates, strict=True) if c.done), default=None)
        if first_end is not None and (found.step is None or first_end < found.step):
            return Divergence(first_end, False)
        return found

    def _window(self, found: Divergence, have: int) -> int:
        """c + tau; all there is where the candidates never differed."""
        return have if found.step is None else found.step + vote_steps(found.step, self.tau)

    async def _elected(self, session: Session, hidden: HiddenStates, candidates: Sequence[Candidate]) -> int:
        """The winner of the vote on hidden states."""
        found = self._divergence(candidates)
        have = max(c.output_tokens for c in candidates)
        steps = min(self._window(found, have), have)
        states = await hidden.states(session, candidates, steps)
        if states.ndim != 4 or (states.shape[0], states.shape[2]) != (steps, len(candidates)):
            raise ValueError(
                f"hidden states have shape {states.shape}; it must be ({steps}, layers + 1, {len(candidates)}, width)"
            )
        winner = choose(states, found, self.tau)
        facts = {"c": found.step, "diverged": found.diverged, "steps": steps}
        session.note("st_bon", winner=candidates[winner].id, n=len(candidates), **facts)
        return winner


def check(n: int, tau: float, chunk: int) -> None:
    """Raise ValueError for knobs that cannot be."""
    check_range("[3, inf)", "for of two candidates both are equally near to their mean", n=n)
    check_range("(0, inf]", "1 is the published setting", tau=tau)
    check_range("[1, inf)", "16 is usual", chunk=chunk)
