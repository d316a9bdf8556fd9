"""What is believed of a model before it is asked: the value profile, a small file that `fit_profile` makes from pools.

Answers of one problem follow one of a few components, which stand for degrees of difficulty. In a component the share
of right answers is Beta(alpha, beta); wrong answers repeat each other by the two-parameter Chinese restaurant process
(Pitman, 1995, "Exchangeable and partially exchangeable random partitions"): after w wrong answers, a wrong answer seen
m times comes again with chance (m - discount) / (spread + w), else the wrong answer is a new one. A component with
alpha near 0 is the problems that are never solved.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ttc.errors import check_range

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Chance = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    """A frozen record that knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Component(_Part):
    """One degree of difficulty; see the module."""

    weight: Chance
    alpha: Positive
    beta: Positive
    spread: Positive
    discount: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @property
    def rate(self) -> float:
        """Mean share of right answers."""
        return self.alpha / (self.alpha + self.beta)


class LengthLaw(_Part):
    """Output tokens of a candidate: log-normal, its median in turn log-normal over problems."""

    log_mean: float = math.log(400)
    between: Positive = 1.0  # standard deviation of a problem's log-median
    within: Positive = 0.4  # standard deviation of the log-length inside a problem


class ScoreLaw(_Part):
    """How a verifier scores: chances of its score to fall into each bin of [0, 1], for right and for wrong answers.

    `edges` are the inner borders of the bins, ascending; a score on a border belongs to the upper bin. Scores of equal
    answers repeat each other: m of them count as m^`independence` observations, `independence` in [0, 1].
    """

    edges: tuple[Chance, ...]
    right: tuple[Positive, ...]
    wrong: tuple[Positive, ...]
    independence: Chance = 0.5

    @model_validator(mode="after")
    def _check(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges {self.edges} must ascend")
        for name, chances in (("right", self.right), ("wrong", self.wrong)):
            if len(chances) != len(self.edges) + 1 or abs(sum(chances) - 1) > 1e-6:
                raise ValueError(f"{name} must hold {len(self.edges) + 1} chances that add up to 1, one for each bin")
        return self

    def evidence(self, score: float) -> float:
        """ln P(score | right) - ln P(score | wrong); 0 for nan, which says nothing."""
        if math.isnan(score):
            return 0.0
        place = bisect_right(self.edges, score)
        return math.log(self.right[place] / self.wrong[place])

    @property
    def auc(self) -> float:
        """P(a right answer scores higher than a wrong one), ties half."""
        below = 0.0
        area = 0.0
        for right, wrong in zip(self.right, self.wrong, strict=True):
            area += right * (below + wrong / 2)
            below += wrong
        return area

    @classmethod
    def of_auc(cls, auc: float, bins: int = 10) -> ScoreLaw:
        """A calibrated verifier of this AUC in [0.5, 1): its log-odds are normal, so score = P(right) at even odds."""
        check_range("[0.5, 1)", "0.75 is usual", auc=auc)
        delta = max(1e-3, math.sqrt(2) * NormalDist().inv_cdf(auc))
        inner = tuple(i / bins for i in range(1, bins))
        logits = [-math.inf, *(math.log(edge / (1 - edge)) for edge in inner), math.inf]
        laws = [NormalDist(sign * delta**2 / 2, delta) for sign in (1, -1)]
        rows = [[max(law.cdf(b) - law.cdf(a), 1e-4) for a, b in itertools.pairwise(logits)] for law in laws]
        right, wrong = (tuple(chance / sum(row) for chance in row) for row in rows)
        return cls(edges=inner, right=right, wrong=wrong)


class JudgeLaw(_Part):
    """A pairwise judge: for a pair of a right and a wrong answer, its chance to prefer the right one is a Beta draw.

    The chance is drawn once for each pair, so that repeated judgements of a pair agree with each other more than
    independent ones would.
    """

    alpha: Positive = 3.0
    beta: Positive = 1.0


class ValueProfile(_Part):
    """All that the allocator believes beforehand; `name` says of which model and problems."""

    version: Literal[1] = 1
    name: str
    components: tuple[Component, ...]
    silent: tuple[Positive, Positive] = (0.5, 9.5)  # Beta law of the share of candidates that give no answer
    lengths: LengthLaw = LengthLaw()
    scores: Mapping[str, ScoreLaw] = Field(default_factory=dict)  # by the verifier's name
    judge: JudgeLaw = JudgeLaw()
    problems: int = 0  # that it was fitted to

    @model_validator(mode="after")
    def _check(self) -> Self:
        total = sum(part.weight for part in self.components)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the weights of the components add up to {total}; they must add up to 1")
        return self

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> ValueProfile:
        """Read what `save` wrote; pydantic's ValidationError, a ValueError, names any wrong field."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))


@cache
def shipped_profile() -> ValueProfile:
    """The profile that comes with ttc, for models that nobody has measured."""
    return ValueProfile.load(Path(__file__).with_name("shipped.json"))


@dataclass(frozen=True, slots=True)
class Observed:
    """What a profile is fitted to: all candidates of one problem, graded.

    labels [n]: the number of each candidate's answer, -1 = none (cut off, or no answer); right: the label of the right
    answer, None if nobody gave it; tokens [n]: output tokens; cut [n]: whether it was cut off at that length;
    scores: [n] for each verifier by name, nan where it did not judge.
    """

    labels: Sequence[int]
    right: int | None
    tokens: Sequence[int]
    cut: Sequence[bool] = ()
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)


def fit_profile(problems: Sequence[Observed], name: str = "fitted", components: int = 3) -> ValueProfile:
    """The profile of greatest likelihood for these problems, from 20 up; `components` is the most that it may have.

    Deterministic. `ttc.evaluation.graded_pool` makes the problems from a pool.
    """
    from ttc.auto import prior_fit as fit  # it imports the parts of a profile from here

    if len(problems) < fit.LEAST_PROBLEMS:
        raise ValueError(f"{len(problems)} problems are too few to fit a profile: give at least {fit.LEAST_PROBLEMS}")
    names = sorted({verifier for problem in problems for verifier in problem.scores})
    return ValueProfile(
        name=name,
        components=fit.fit_components(problems, components),
        silent=fit.fit_silent(problems),
        lengths=fit.fit_lengths(problems),
        scores={verifier: fit.fit_scores(problems, verifier) for verifier in names},
        problems=len(problems),
    )
