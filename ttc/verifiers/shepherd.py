"""Math-Shepherd by generative scoring: all prefixes of a candidate in one call, without a chat template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc.backends.base import Backend
from ttc.core.session import Session
from ttc.types import Candidate, Verdict
from ttc.verifiers.formats import FORMATS, TagFormat
from ttc.verifiers.prm import joined
from ttc.verifiers.reward_server import RewardServer
from ttc.verifiers.rewards import one_each, rows, scored


@dataclass(frozen=True)
class Shepherd(RewardServer):
    """Step scores of Math-Shepherd (Wang et al. 2023, arXiv 2312.08935) from vLLM's /generative_scoring.

    The server continues the plain text "problem step ки ... step ки" by one token for each prefix and compares "+" and
    "-"; prefixes share its cache. `prm:format=math-shepherd` asks the same of a chat endpoint.
    """

    aggregate: Literal["last", "min", "prod", "mean"] = "last"

    paper: ClassVar[str] = "Wang et al. 2023, arXiv 2312.08935"

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict each, with the score of every step in `steps`."""
        form = FORMATS["math-shepherd"]
        assert isinstance(form, TagFormat)

        async def score(candidate: Candidate, server: Backend) -> Verdict:
            steps = form.cut.of(candidate)
            prefixes = [form.ask(session, steps[: number + 1])[1] for number in range(len(steps))]
            reply = await rows(
                session, server, f"verify/shepherd/{candidate.id}", session.problem.text,
                endpoint="generative_scoring", query=session.problem.text, items=prefixes,
                labels=list(form.labels.names), apply_softmax=True,
            )  # fmt: skip
            found = sorted(reply["data"], key=lambda entry: int(entry["index"]))
            one_each(found, len(steps), "steps")
            scores = tuple(float(entry["score"]) for entry in found)
            return Verdict(joined(scores, self.aggregate), f"{self.aggregate} of {len(scores)} steps", scores)

        return await scored(session, self, candidates, score)
