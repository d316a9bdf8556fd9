"""A tenth of the bench of judges that cannot be read, and what tournaments ask of one."""

import math
from collections.abc import Sequence

import pytest

import ttc
from evals.bench.odd_judges import BEHAVIOURS, Dumb, Odd, bench
from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.types import Candidate


def test_every_run_ends_within_its_budget_and_says_what_could_not_be_read() -> None:
    counts = bench(20, first=1000)
    assert sum(count for (_, what), count in counts.items() if what != "warned") == 20
    assert sum(count for (_, what), count in counts.items() if what == "warned") > 3


class Readable:
    """Prefers what was drawn first, always."""

    asked = 0

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """Whether the first was drawn first."""
        self.asked += 1
        return float(int(first.id) < int(second.id))


@pytest.mark.parametrize("name", ["tournament", "league", "pivot"])
async def test_a_judge_that_cannot_be_read_is_asked_no_more_and_named(name: str) -> None:
    for seed in range(5):
        readable, asked = Readable(), {"strategy": name, "knobs": {"n": 8}, "seed": seed}
        backend = SimulatedBackend(p_correct=0.3, tokens=30.0)
        whole = await ttc.asolve("What is 5 + 9?", backend=backend, judge=readable, **asked)  # type: ignore[arg-type]
        dumb = await ttc.asolve("What is 5 + 9?", backend=backend, judge=Dumb(), **asked)  # type: ignore[arg-type]
        judgements = [event.data["wins"] for event in dumb.trace.named("judgement")]
        assert len(dumb.candidates) == len(whole.candidates) == 8
        assert 0 < len(judgements) <= readable.asked
        assert all(map(math.isnan, judgements))
        assert dumb.warnings == (f"judge Dumb: none of {len(judgements)} judgements could be read",)
        knobs = {"n": 8, "stop": "none"}
        plain = await ttc.asolve("What is 5 + 9?", "self_consistency", backend=backend, knobs=knobs, seed=seed)
        assert dumb.confidence == pytest.approx(plain.confidence)  # nothing is stated from what could not be read


async def test_the_model_as_a_judge_of_garbage_is_named_by_its_role() -> None:
    lines: Sequence[str] = ()
    for behaviour in BEHAVIOURS[:3]:
        about = {"knobs": {"n": 4}, "judge": "pairwise", "backend": Odd(behaviour)}
        result = await ttc.asolve("What is 5 + 9?", "league", **about)  # type: ignore[arg-type]
        lines = [line for line in result.warnings if line.startswith("judge pairwise: none of")]
        assert lines
