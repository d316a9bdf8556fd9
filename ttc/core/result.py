"""The result of a run: the answer, how sure it is, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ttc.core.trace import Trace, plain
from ttc.types import Candidate, Cost, Kind, Problem, Stopped, Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """What `solve` returns. It is there also when the budget or the deadline ended the run.

    >>> import ttc
    >>> from ttc.backends.simulated import SimulatedBackend
    >>> result = ttc.solve("What is 6 * 7?", backend=SimulatedBackend(p_correct=1.0, gold=lambda text: "42"))
    >>> result.answer, result.stopped
    ('42', 'finished')

    `confidence` is the same for every strategy. It comes from the votes, silent candidates and lengths of all
    independent draws. Scores and comparisons count where the value profile knows what the verifier or judge is worth.
    It is as true as the profile. Fitted to your model (`ttc fit`) its calibration error is within 0.05; the shipped one
    is a guess. See `ttc.belief.right`.
    """

    problem: Problem
    """What was solved."""
    strategy: str
    """The name of the strategy, or of its class."""
    answer: str | None
    """The chosen answer in the words of its candidate, None if none was found."""
    text: str
    """The whole text of that candidate."""
    confidence: float | None
    """P(the answer is right) in [0, 1]; 0 without an answer, None where nothing is known of it (such as programs)."""
    candidate: Candidate | None
    """The chosen candidate."""
    candidates: tuple[Candidate, ...]
    """All finished candidates, by lineage."""
    verdicts: Mapping[str, Verdict]
    """The newest verdict on each candidate, by its id."""
    stopped: Stopped
    """What ended the run: "finished", "budget", "deadline" or "error"."""
    cost: Cost
    """All that was used; its seconds are wall time."""
    cost_by_kind: Mapping[Kind, Cost]
    """The cost of solve, verify and judge; its seconds are latencies added up."""
    seed: int = 0
    """The seed of the run."""
    limit: str | None = None
    """The currency that ended the run, if the budget did."""
    warnings: tuple[str, ...] = ()
    """What one must know to read the result: a judge that could not be read, a verifier of unknown worth."""
    error: str | None = None
    """What ended the run of a problem of `solve_many` that failed by itself; `stopped` is then "error"."""
    trace: Trace = field(default_factory=Trace, repr=False, compare=False)
    """All events of the run in order of time."""

    @property
    def plan(self) -> dict[str, Any] | None:
        """What the allocator believed, considered and chose, decision by decision, and why it stopped.

        None for strategies that do not allocate. Plain JSON values. `kind` is "fitted" where the laws are of the run's
        class of models, and "guess" where they are of another one. It is "stated" where the user said what the verifier
        is worth. Each decision holds:

        - `believed`: votes, P(right) of the leading answer, P(the right one was not seen);
        - `considered`: each action with its horizon, gain, and cost as a share of the budget;
        - `chose` and `why`.
        """
        decisions = [plain(dict(event.data)) for event in self.trace.named("decision")]
        if not decisions:
            return None
        last = decisions[-1]
        why = last["why"] if last["chose"] is None else f"{self.stopped}: {self.limit} ended the run"
        steps = ("believed", "considered", "chose", "why", "price")
        return {
            "profile": last["profile"],
            "kind": last["kind"],
            "currencies": last["currencies"],
            "believed": last["believed"],
            "stopped": why,
            "decisions": [{key: decision[key] for key in steps} for decision in decisions],
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the command line prints them with --json."""
        return {
            "answer": self.answer,
            "text": self.text,
            "confidence": self.confidence,
            "strategy": self.strategy,
            "stopped": self.stopped,
            "limit": self.limit,
            "problem": self.problem.id,
            "seed": self.seed,
            "warnings": list(self.warnings),
            "error": self.error,
            "cost": asdict(self.cost),
            "cost_by_kind": {kind: asdict(cost) for kind, cost in self.cost_by_kind.items()},
            "plan": self.plan,
            "candidates": [self._row(candidate) for candidate in self.candidates],
        }

    def to_json(self, indent: int | None = None) -> str:
        """One JSON object."""
        return json.dumps(plain(self.to_dict()), ensure_ascii=False, indent=indent)

    def _row(self, candidate: Candidate) -> dict[str, Any]:
        verdict = self.verdicts.get(candidate.id)
        return {
            "id": candidate.id,
            "answer": candidate.answer,
            "score": verdict.score if verdict else None,
            "output_tokens": candidate.output_tokens,
            "finish": candidate.finish,
        }
