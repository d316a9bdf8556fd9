"""Several readings of one candidate become one verdict, and what could not be read is counted, not guessed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ttc.core.session import Session
from ttc.search.aggregate import mean_verdict
from ttc.types import ABSTAIN, Verdict

Reading = float | None
"""P(correct) in [0, 1]; nan = the reply had no verdict in it (abstention); None = there was no reply (error)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The readings of one candidate.

    Args:
        mean: The mean of the verdicts, in [0, 1].
        verdicts: How many there were.
        abstained: How many replies had no verdict.
        failed: How many calls failed.
    """

    mean: float
    verdicts: int
    abstained: int = 0
    failed: int = 0

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Tally:
        """Count; the mean is nan where nothing could be read."""
        replies = [r for r in readings if r is not None]
        mean, abstained = mean_verdict(replies)
        return cls(mean, len(replies) - abstained, abstained, len(readings) - len(replies))

    def verdict(self, what: str = "P(Yes)") -> Verdict:
        """The mean as a verdict."""
        missing = [f"{n} {word}" for n, word in ((self.abstained, "unreadable"), (self.failed, "failed")) if n]
        if not self.verdicts:
            return Verdict(math.nan, ", ".join(missing)) if missing else ABSTAIN
        reason = f"{what} {self.mean:.3f} over {self.verdicts}"
        return Verdict(min(1.0, self.mean), "; ".join([reason, *missing]))


def report(session: Session, verifier: str, tallies: Sequence[Tally]) -> None:
    """Note in the trace how many readings of a verifier were verdicts, abstentions and failures."""
    session.note(
        "readings",
        verifier=verifier,
        verdicts=sum(t.verdicts for t in tallies),
        abstained=sum(t.abstained for t in tallies),
        failed=sum(t.failed for t in tallies),
    )
