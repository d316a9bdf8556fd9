"""Self-truncation by texts: begin n candidates, finish the one whose beginning is nearest to the mean of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ttc.core.session import Session
from ttc.forecast import Stage, Workload, truncated
from ttc.search.cluster import hashed_tfidf
from ttc.strategies.chunks import affords, begun, finished
from ttc.strategies.st_bon import check
from ttc.types import Candidate


@dataclass(frozen=True)
class StBonText:
    """The plan of ST-BoN for servers without hidden states, and a different algorithm: beginnings vote by their texts.

    All n are read until all texts differ or one has ended, and then some tokens further. The candidate with the least
    mean squared distance to the others, as vectors, is finished; the others are dropped.

    Args:
        n: Candidates, at least 3.
        tau: Tokens that are read further, as a multiple of those until all differed, > 0.
        chunk: Tokens that are read first; later chunks double.
        embed: Texts -> vectors [n, dimensions]; None: hashed n-grams, which see wording and not meaning.
    """

    n: int = 10
    tau: float = 1.0
    chunk: int = 16
    embed: Callable[[Sequence[str]], Any] | None = None

    paper: ClassVar[str] = "after Wang et al. 2025, arXiv 2503.01422"
    needs: ClassVar[frozenset[str]] = frozenset({"prefill"})
    uses: ClassVar[frozenset[str]] = frozenset({"token_ids"})

    def __post_init__(self) -> None:
        check(self.n, self.tau, self.chunk)

    def forecast(self, workload: Workload) -> list[Stage]:
        """As st_bon, but the step where all differ is known only to the chunk that shows it."""

        def window(differ: float) -> float:
            read = float(self.chunk)
            while read < differ:
                read *= 2
            return (1 + self.tau) * read

        return truncated(workload, self.n, self.chunk, window)

    async def run(self, session: Session) -> Candidate:
        """Begin all, vote, finish one."""
        if not affords(session, self.n, 2 * self.chunk):
            return (await session.sample())[0]
        window = 0

        def wanted(candidates: Sequence[Candidate]) -> int:
            nonlocal window
            have = max(c.output_tokens for c in candidates)
            differ = len({c.text for c in candidates}) == len(candidates)
            if have and not window and (differ or any(c.done for c in candidates)):
                window = have + max(1, int(self.tau * have))
            return window or max(self.chunk, 2 * have)

        candidates = await begun(session, self.n, wanted)
        winner = self._elected(candidates)
        session.propose(candidates[winner])
        chosen = await finished(session, candidates, winner)
        session.note("st_bon_text", winner=candidates[winner].id, n=len(candidates), window=window)
        session.propose(chosen)
        return chosen

    def _elected(self, candidates: Sequence[Candidate]) -> int:
        """Index of the text nearest to the mean vector, which is the one nearest to all others on average."""
        vectors = (self.embed or hashed_tfidf)([c.text for c in candidates])
        return int(np.argmin(np.square(vectors - vectors.mean(axis=0)).sum(axis=1)))
