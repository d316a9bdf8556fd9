"""Outcome reward model on a pooling server: one score for a whole solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ttc.errors import check_range
from ttc.quoting import defused
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about
from ttc.verifiers.reward_server import RewardServer
from ttc.verifiers.rewards import good, rows, scored, sigmoid

if TYPE_CHECKING:
    from ttc.backends.base import Backend
    from ttc.core.session import Session


@dataclass(frozen=True)
class ORM(RewardServer):
    """Score of the conversation problem, solution by a reward model (Cobbe et al. 2021, arXiv 2110.14168).

    Three kinds of models are asked at three endpoints:

    - classify: sequence classifiers such as Skywork-Reward. With one label the raw reward is asked for and its sigmoid
      is the score; the order is what counts, for rewards are no log-odds. With more labels it is the probability of the
      last.
    - pooling: models with a value for each token, of which the last counts (Qwen2.5-Math-RM).
    - score: cross-encoders, whose score of the pair is taken as it is, or by its sigmoid outside [0, 1].
    """

    endpoint: Literal["classify", "pooling", "score"] = "classify"
    scale: float = 1.0
    """Raw rewards are divided by this first; large rewards would all come to 1."""

    paper: ClassVar[str] = "Cobbe et al. 2021, arXiv 2110.14168"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("(0, inf]", "1 leaves rewards as they are", scale=self.scale)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One score for each candidate."""

        async def score(candidate: Candidate, server: Backend) -> Verdict:
            text = defused(candidate.text).strip()
            fields: dict[str, Any] = {"endpoint": self.endpoint}
            if self.endpoint == "score":
                fields |= {"text_1": session.problem.text, "text_2": text}
            else:
                fields |= {"use_activation": False, "add_generation_prompt": False}
            if self.endpoint == "pooling":
                fields["task"] = "token_classify"
            asked = about(session, session.problem.text)
            reply = await rows(session, server, f"verify/orm/{candidate.id}", asked, text, **fields)
            return self._verdict(reply["data"][0])

        return await scored(session, self, candidates, score)

    def _verdict(self, entry: dict[str, Any]) -> Verdict:
        if self.endpoint == "score":
            value = float(entry["score"])
            inside = 0.0 <= value <= 1.0
            return Verdict(value if inside else sigmoid(value / self.scale), f"score {value:.3f}")
        row = entry["probs"] if self.endpoint == "classify" else entry["data"][-1]
        row = [row] if isinstance(row, int | float) else row
        shown = ", ".join(f"{value:.3f}" for value in row)
        return Verdict(good([row[0] / self.scale] if len(row) == 1 else row), f"reward {shown}")
