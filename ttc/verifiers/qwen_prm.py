"""Qwen2.5-Math-PRM on a pooling server: one call for a candidate, one score for each of its steps."""

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

TAG = "<extra_0>"
SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
"""The system prompt that the model was trained with."""


@dataclass(frozen=True)
class QwenPRM(RewardServer):
    """Step scores of Qwen2.5-Math-PRM (Zhang et al. 2025, arXiv 2501.07301), joined by `aggregate`.

    Served by `vllm serve Qwen/Qwen2.5-Math-PRM-7B --runner pooling`. Steps are cut at blank lines and each is followed
    by <extra_0>, where the server reads [P(bad), P(good)]. vLLM computes the whole prompt anew in every such call, and
    so it is charged.
    """

    aggregate: Literal["last", "min", "prod", "mean", "model"] = "last"

    paper: ClassVar[str] = "Zhang et al. 2025, arXiv 2501.07301"

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict each, with the score of every step in `steps`."""

        async def score(candidate: Candidate, server: Backend) -> Verdict:
            steps = [defused(s.replace(TAG, "")).strip() for s in Steps("blank").of(candidate)]
            steps = ["\n".join(steps)] if self.aggregate == "model" else steps
            asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": session.problem.text}]
            answer = "".join(step + TAG for step in steps)
            reply = await rows(
                session, server, f"verify/qwen_prm/{candidate.id}", asked, answer,
                endpoint="pooling", task="token_classify", add_generation_prompt=False,
            )  # fmt: skip
            found = reply["data"][0]["data"]
            one_each(found, len(steps), "steps")
            scores = tuple(good(row) for row in found)
            return Verdict(joined(scores, self.aggregate), f"{self.aggregate} of {len(scores)} steps", scores)

        return await scored(session, self, candidates, score)
