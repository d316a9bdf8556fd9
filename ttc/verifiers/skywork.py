"""Skywork-o1-Open-PRM on a pooling server: a value for every token, of which the last of each step is its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc.backends.base import Backend
from ttc.core.session import Session
from ttc.quoting import defused
from ttc.types import Candidate, Verdict
from ttc.verifiers.prm import joined
from ttc.verifiers.reward_server import RewardServer
from ttc.verifiers.rewards import good, one_each, rows, scored
from ttc.verifiers.steps import Steps


@dataclass(frozen=True)
class Skywork(RewardServer):
    """Step scores = sigmoid of the value at each step's line break (Skywork-o1-Open-PRM), joined by `aggregate`.

    The problem and each line of the solution are tokenised apart, so that every step ends on a token of its own. The
    server (pooling type ALL, activation off) sends one value a token, and the rows are picked here.
    """

    aggregate: Literal["last", "min", "prod", "mean"] = "last"

    paper: ClassVar[str] = "Skywork o1 Open Series, 2024"

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict each, with the score of every step in `steps`."""

        async def score(candidate: Candidate, server: Backend) -> Verdict:
            lines = [defused(line).strip() + "\n" for line in Steps("line").split(candidate.text)]
            reply = await rows(
                session, server, f"verify/skywork/{candidate.id}", session.problem.text,
                endpoint="pooling", task="token_classify", use_activation=False,
                pieces=[session.problem.text + "\n", *lines],
            )  # fmt: skip
            values, ends = reply["data"][0]["data"], reply["ends"]
            one_each(values, ends[-1], "tokens")
            scores = tuple(good(_row(values[end - 1])) for end in ends[1:])
            return Verdict(joined(scores, self.aggregate), f"{self.aggregate} of {len(scores)} steps", scores)

        return await scored(session, self, candidates, score)


def _row(value: float | Sequence[float]) -> Sequence[float]:
    """A row of one number comes as [x] or as x."""
    return [value] if isinstance(value, int | float) else value
