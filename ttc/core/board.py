"""The board: what a run has found so far. It is read when the run ends, also by its budget, deadline or an error."""

from __future__ import annotations

from dataclasses import dataclass, field

from ttc.answers.algebra import Algebra
from ttc.types import Candidate, Verdict


@dataclass(slots=True)
class Board:
    """Candidates, verdicts and the current proposal; shared by a session and its shares.

    Args:
        candidates: Finished candidates by id.
        verdicts: The newest verdict on each, by id.
        proposed: The candidate whose answer counts if the run ends now.
        confidence: What the strategy says of it, if it says anything.
        children: How many children each lineage id has.
    """

    candidates: dict[str, Candidate] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    proposed: Candidate | None = None
    confidence: float | None = None
    refused: str | None = None
    """The currency in which the budget refused or cut a candidate, if it did."""
    children: dict[str, int] = field(default_factory=dict)
    pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    """Judgements that were asked for of each pair, in the order in which it was first given."""
    judgements: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """What they said: P(the first is better), nan where nothing could be read."""
    rewritten: set[str] = field(default_factory=set)
    """Candidates that were written from earlier ones, so that they are no votes of their own."""
    aside: set[str] = field(default_factory=set)
    """Candidates that a strategy does not count because of when or how they ended."""
    warnings: list[str] = field(default_factory=list)
    """What a strategy or verifier found that one must know to read the result."""
    meanings: dict[str, int] = field(default_factory=dict)
    """The group of each candidate where a strategy sorts answers by meaning, -1 = none."""
    verifier_auc: float | None = None
    """What the user says that the verifier is worth; the value profile goes before it."""

    algebra: Algebra = field(default_factory=Algebra)
    """What is left of the time for comparing answers by symbolic algebra."""

    def next_child(self, parent: str) -> str:
        """A fresh lineage id below `parent` ("" is the root)."""
        number = self.children.get(parent, 0)
        self.children[parent] = number + 1
        return f"{parent}.{number}" if parent else str(number)
