"""Who has no answer does not compete while others have one, whatever its score: for every strategy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ttc
from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.wrapper import Wrapper
from ttc.core.session import Session
from ttc.strategies import STRATEGIES, make_strategy
from ttc.strategies.st_bon import StBon
from ttc.strategies.verify_only import Given
from ttc.types import Candidate, Verdict

KNOBS: dict[str, dict[str, Any]] = {
    "deepconf": {"n": 8, "warmup": 4, "window": 16},
    "particle_gibbs": {"n": 4},
    "short_m": {"n": 6, "m": 1},
    "best_of_n": {"n": 6},
}


class Mute(Wrapper):
    """The first draw never comes to an answer, however often it goes on; it is the shortest as well."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """The completions, without the answer of that draw."""
        found = await self.backend.complete(request, meter)
        start = request.key.partition("generate/")[2]
        if request.kind != "solve" or start.partition(".")[0].partition("~")[0] != "0":
            return found
        text = "I cannot say." if "\\boxed" in found[0].text else found[0].text
        return [replace(found[0], text=text), *found[1:]]


class LovesSilence:
    """A verifier and a judge for which nothing is better than a solution without an answer."""

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """Almost 1 for those that came to an end without one."""
        scores = [0.99 if c.done and c.answer is None else 0.3 for c in candidates]
        return [Verdict(score, steps=(score,)) for score in scores]

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """The first draw wins."""
        return 0.5 if "0" not in (first.id, second.id) else float(first.id == "0")


class Near:
    """Hidden states in which the first draw lies in the middle of the others."""

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> Any:
        """[steps, layers + 1, candidates, width]."""
        middle = np.array([0.0 if c.id.partition(".")[0] == "0" else (-1.0) ** i for i, c in enumerate(candidates)])
        return np.broadcast_to(middle[None, None, :, None], (steps, 2, len(candidates), 3)).copy()


def strategy(name: str) -> Any:
    """With small knobs where the defaults are large."""
    return StBon(hidden=Near()) if name == "st_bon" else make_strategy(name, KNOBS.get(name))


@pytest.mark.parametrize("name", sorted(STRATEGIES))
async def test_an_answer_beats_no_answer(name: str) -> None:
    both = LovesSilence()
    for seed in range(3):
        result = await ttc.asolve(
            "What is 5 + 9?", strategy(name), backend=Mute(SimulatedBackend()), verifier=both, judge=both, seed=seed
        )
        answered = [c for c in result.candidates if c.answer is not None and c.finish == "stop"]
        assert answered or name in ("beam", "mur", "st_bon"), "the test needs a candidate with an answer"
        assert (result.answer is not None) == bool(answered)


async def test_given_texts_compete_with_their_answers() -> None:
    given = Given(("I give up.", "So it is \\boxed{14}."))
    result = await ttc.asolve("What is 5 + 9?", given, backend=SimulatedBackend(), verifier=LovesSilence())
    assert (result.answer, result.confidence) == ("14", None)  # nobody drew them, and the verifier is unknown
