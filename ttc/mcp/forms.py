"""What goes into the tools and what comes out: types with descriptions, which the SDK makes schemas of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ttc.core.result import Result
from ttc.errors import check_range
from ttc.serve.request_options import Scalar

Question = Annotated[str, Field(min_length=1, description="The problem, whole: the model sees nothing else.")]
Solution = Annotated[str, Field(min_length=1, description="One solution, as it was written.")]
Kind = Annotated[Literal["math", "choice", "code", "open"], Field(description="How answers are found and compared.")]
Knobs = Annotated[dict[str, Scalar], Field(description="Knobs of the strategy, for example n for candidates.")]
Tokens = Annotated[int | None, Field(ge=1, description="Most output tokens; the server has a limit of its own.")]
Calls = Annotated[int | None, Field(ge=1, description="Most completions; the server has a limit of its own.")]
Seconds = Annotated[float | None, Field(gt=0, description="Most seconds; the server has a limit of its own.")]
Strategy = Annotated[str, Field(description="auto, self_consistency, best_of_n, tournament, ...: see `plan`.")]
Checker = Annotated[
    str, Field(description="self_verify, genrm, graded, scrutinize, confidence or agreement, as name:knob=value.")
]


class Spent(BaseModel):
    """What a tool call cost. `usd` is null where no price is known."""

    output_tokens: int
    prompt_tokens: int
    calls: int
    seconds: float
    usd: float | None


class Solved(BaseModel):
    """`confidence` in [0, 1] is P(the answer is right), null where nothing is known of it. `stopped` is finished,
    budget or deadline, `limit` which budget. `warnings` say what could not be read or was not counted.
    """

    answer: str | None
    text: str
    confidence: float | None
    candidates: int
    strategy: str
    stopped: str
    limit: str | None
    warnings: list[str]
    spent: Spent


class Checked(BaseModel):
    """`score` in [0, 1] is P(right), null where the verifier could not judge."""

    score: float | None
    answer: str | None
    reason: str

    @classmethod
    def of(cls, result: Result, name: str) -> Checked:
        """What a run said of the candidate with that id."""
        verdict = result.verdicts.get(name)
        score = verdict.score if verdict is not None and verdict.known else None
        reason = verdict.reason if verdict is not None else f"not reached: {result.stopped}"
        answer = next((c.answer for c in result.candidates if c.id == name), None)
        return cls(score=score, answer=answer, reason=reason)


class Verified(BaseModel):
    """In the order of the solutions given; `warnings` say what could not be read."""

    solutions: list[Checked]
    warnings: list[str]
    spent: Spent


class Compared(BaseModel):
    """`first_wins` in [0, 1] is the mean of `votes` readable judgements, null where there was none; 0.50 is a tie."""

    better: Literal["first", "second", "tie", "unknown"]
    first_wins: float | None
    votes: int
    spent: Spent


class Planned(BaseModel):
    """`rows` hold, for each strategy, its largest setting that fits with predicted costs and P(right)."""

    best: str | None
    rows: list[dict[str, Any]]
    notes: list[str]
    spent: Spent


@dataclass(frozen=True)
class Caps:
    """The most that one tool call may use, whatever it asks for; `total_tokens` bounds all of a server's life."""

    tokens: int = field(default=32_768, metadata={"help": "Most output tokens of a tool call."})
    calls: int = field(default=512, metadata={"help": "Most completions of a tool call."})
    seconds: float = field(default=300.0, metadata={"help": "Most seconds of a tool call."})
    n: int = field(default=64, metadata={"help": "Most candidates, solutions or votes of a tool call."})
    max_tokens: int = field(default=1024, metadata={"help": "Of one candidate."})
    total_tokens: int | None = field(default=None, metadata={"help": "Of all tool calls together."})

    def __post_init__(self) -> None:
        caps = {"tokens": self.tokens, "calls": self.calls, "seconds": self.seconds}
        check_range("(0, inf]", **caps, n=self.n, max_tokens=self.max_tokens)


def spent_of(result: Result) -> Spent:
    """What a run cost."""
    found = {name: getattr(result.cost, name) for name in Spent.model_fields}
    return Spent(**{**found, "seconds": round(result.cost.seconds, 3)})
