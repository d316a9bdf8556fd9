"""Random runs in which what judges cannot be read: every run must end, inside its budget, and say so.

python -m evals.bench.odd_judges [--runs 200] [--seed 0]

A run is a strategy, a verifier, a judge and a behaviour of the server towards calls that verify or judge: nan (it says
"nan"), garbage, empty, slow (20 ms more for each call), refusing (an error), fair. Prints one line for each behaviour.
The tests run a tenth of it.
"""

import argparse
import asyncio
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ttc
from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.wrapper import Wrapper
from ttc.core.candidates import votable
from ttc.core.result import Result
from ttc.core.session import Session
from ttc.errors import BackendError, TTCError, VerifierError
from ttc.strategies import STRATEGIES
from ttc.types import Candidate, Verdict

SAYS = {"nan": "nan", "garbage": "\u00a7\u00a7 lorem 7/ipsum \ufffd", "empty": ""}
BEHAVIOURS = (*SAYS, "slow", "refusing", "fair")
DUMB = "dumb"
"""A scripted verifier, or judge, that never says anything."""
VERIFIERS = (
    None, DUMB, "agreement", "confidence", "self_verify", "genrm:votes=2", "graded", "prm", "panel", "hybrid", "cisc",
    "scrutinize:votes=4:preliminary=2",
)  # fmt: skip
JUDGES = (None, DUMB, "pairwise")
STRATEGY_NAMES = tuple(sorted(set(STRATEGIES) - {"st_bon"}))  # that one needs hidden states
BUDGET = ttc.Budget(tokens=12000, calls=400)
LONGEST_SECONDS = 60.0


class Odd(Wrapper):
    """A server that answers solutions as ever, and what verifies or judges by its behaviour."""

    def __init__(self, behaviour: str):
        super().__init__(SimulatedBackend(p_correct=0.5, tokens=60.0))
        self.behaviour = behaviour

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """The completions, other words in them where the call verifies or judges."""
        if request.kind != "solve" and self.behaviour == "refusing":
            raise BackendError("the server refuses to judge", status=400)
        if request.kind != "solve" and self.behaviour == "slow":
            await asyncio.sleep(0.02)
        found = await self.backend.complete(request, meter)
        if request.kind == "solve" or self.behaviour not in SAYS:
            return found
        return [replace(one, text=SAYS[self.behaviour], logprobs=None, top=None) for one in found]


class Dumb:
    """Neither a verdict nor a judgement can be read."""

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """Nothing."""
        return [Verdict(math.nan, "unreadable") for _ in candidates]

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """Nothing."""
        return math.nan


@dataclass(frozen=True)
class Odds:
    """One combination."""

    strategy: str
    verifier: str | None
    judge: str | None
    behaviour: str
    seed: int

    async def play(self) -> Result | None:
        """The result; None where the run was refused or ended in an error that says why."""
        roles: Any = {
            "verifier": Dumb() if self.verifier == DUMB else self.verifier,
            "judge": Dumb() if self.judge == DUMB else self.judge,
        }
        about: Any = {"backend": Odd(self.behaviour), "budget": BUDGET, "seed": self.seed, **roles}
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await ttc.asolve(f"What is {self.seed % 90} + 7?", self.strategy, **about)
        except VerifierError:  # it lacks a verifier or a judge
            return None
        except TTCError as error:
            if self.behaviour != "refusing":
                raise AssertionError(f"{self}: {error}") from error
            return error.result

    def check(self, result: Result) -> None:
        """What must hold at the end."""
        cost = result.cost
        assert cost.calls <= (BUDGET.calls or 0), self
        assert cost.output_tokens <= (BUDGET.tokens or 0), self
        assert result.confidence is None or 0 <= result.confidence <= 1, self
        if result.stopped == "error":
            return
        answered = {c.id for c in result.candidates if votable(c) is not None}
        verdicts = [verdict for name, verdict in result.verdicts.items() if name in answered]
        if verdicts and not any(verdict.known for verdict in verdicts):
            assert any("could be read" in line for line in result.warnings), f"{self}: {result.warnings}"
        wins = [event.data["wins"] for event in result.trace.named("judgement")]
        if wins and all(map(math.isnan, wins)):
            assert any("could be read" in line or "unknown" in line for line in result.warnings), self


def odds(seed: int) -> Odds:
    """A random combination."""
    rng = random.Random(seed)
    return Odds(rng.choice(STRATEGY_NAMES), rng.choice(VERIFIERS), rng.choice(JUDGES), rng.choice(BEHAVIOURS), seed)


def bench(runs: int, first: int = 0) -> Counter[tuple[str, str]]:
    """(behaviour, how it ended or "warned") -> runs; AssertionError for one that breaks a rule."""
    counts: Counter[tuple[str, str]] = Counter()
    for seed in range(first, first + runs):
        one = odds(seed)
        result = asyncio.run(one.play())
        counts[one.behaviour, "refused" if result is None else result.stopped] += 1
        if result is not None:
            one.check(result)
            counts[one.behaviour, "warned"] += bool(result.warnings)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts = bench(options.runs, options.seed)
    for behaviour in BEHAVIOURS:
        print(behaviour, {what: count for (name, what), count in sorted(counts.items()) if name == behaviour})


if __name__ == "__main__":
    main()
