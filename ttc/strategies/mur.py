"""MUR: one solution, whose uncertain steps alone are written several times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

from ttc.core.candidates import ROOT, votable
from ttc.core.session import Session
from ttc.errors import VerifierError, check_range
from ttc.forecast import FREE, Stage, Workload, step_checks
from ttc.search.mur import step_uncertainty, triggered, updated
from ttc.strategies.step_search import Growth, StepSearch
from ttc.types import Candidate


@dataclass(frozen=True)
class Mur(StepSearch):
    """Write step by step; where a step is less certain than the momentum allows, draw `n` more and keep the best.

    A step's uncertainty is its mean negative log-probability. It gets extra compute where exp(-uncertainty) falls
    below `scale` * exp(-momentum). The momentum then moves towards the step that was accepted. The first draft of the
    step stays in the race, and the verifier decides it. The first step is never rewritten. The published
    runs draw the further drafts at sampling temperature 0.6 and give up after 20 steps. Here only tokens end a run.

    Args:
        n: Further drafts of an uncertain step.
        scale: In [0, 1]; 0.8 as published, 1 spends on any step that is less certain than the momentum.
        rate: In [0, 1): how much of the momentum a step leaves.
    """

    n: int = 4
    scale: float = 0.8
    rate: float = 0.9

    paper: ClassVar[str] = "Yan et al. 2025, arXiv 2507.14958"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("[0, 1]", "0.8 is the published setting", scale=self.scale)
        check_range("[0, 1)", "0.9 is the published setting", rate=self.rate)

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities too, which tell how uncertain a step is."""
        return super().needs | {"logprobs"}

    def forecast(self, workload: Workload) -> list[Stage]:
        """One solution; steps that are uncertain beside the momentum are written n more times and judged."""
        w, share = workload, self._uncertain(workload)
        stages = self.growing(replace(w, check=FREE), 1)
        tokens, longest = (min(size, self.step_tokens) for size in (w.step, w.longest_step(self.n)))
        for number in range(1, ceil(min(w.steps, self.max_steps or w.steps))):
            prompt, chance = w.prompt + number * w.step, share * min(1.0, w.steps - number)
            stages.append(Stage("solve", self.n, tokens, prompt, self.n, prompt, longest=longest, chance=chance))
            stages += step_checks(w, self.n + 1, number + 1, chance)
        return stages

    def _uncertain(self, workload: Workload) -> float:
        """Share of the steps after the first that the momentum rule finds uncertain in the samples; 1 without any."""
        found = list[bool]()
        for row in workload.uncertainty:
            momentum = 0.0
            for step, value in enumerate(row):
                if step:
                    found.append(triggered(step, value, momentum, self.scale))
                momentum = updated(momentum, value, self.rate)
        return sum(found) / len(found) if found else 1.0

    async def run(self, session: Session) -> Candidate:
        """Write a step, look at its uncertainty, write it again where that is due."""
        growth, chosen, momentum, step = Growth(session, self), ROOT, 0.0, 0
        while growth.goes_on(0 if chosen.done else 1):
            before = chosen
            chosen = (await growth.grow([before], logprobs=0))[0]
            uncertainty = step_uncertainty_of(before, chosen)
            if triggered(step, uncertainty, momentum, self.scale) and growth.goes_on(self.n):
                session.note("triggered", step=step, uncertainty=uncertainty, momentum=momentum)
                drafts = [chosen, *await growth.grow([before] * self.n, logprobs=0)]
                scores = await growth.scores(drafts)
                able = [i for i, draft in enumerate(drafts) if not draft.done or votable(draft) is not None]
                chosen = drafts[max(able or range(len(drafts)), key=lambda i: scores[i])]
                uncertainty = step_uncertainty_of(before, chosen)
            momentum, step = updated(momentum, uncertainty, self.rate), step + 1
            session.propose(chosen)
        (chosen,) = await growth.landed([chosen], [1.0])
        session.propose(chosen)
        return chosen


def step_uncertainty_of(before: Candidate, after: Candidate) -> float:
    """Mean negative log-probability (nats a token) of what `after` has and `before` has not; 0 if that is nothing."""
    if after.text == before.text:
        return 0.0
    if after.logprobs is None:
        raise VerifierError("mur reads log-probabilities, which this backend does not give")
    new = after.logprobs[len(before.logprobs or ()) :]
    return step_uncertainty(new) if new else 0.0
