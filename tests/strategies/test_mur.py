"""MUR: conformance, what triggers, that extra drafts are charged and help."""

from dataclasses import replace
from itertools import pairwise

import pytest

import ttc
from tests.strategies.stepwise import PRM, Seeing, StepConformance, accuracy, truth
from ttc.backends.simulated import ALL, SimulatedBackend
from ttc.errors import VerifierError
from ttc.search.mur import updated
from ttc.strategies import Mur
from ttc.strategies.mur import step_uncertainty_of
from ttc.types import Candidate


class TestConformance(StepConformance):
    def make(self) -> Mur:
        return Mur(n=3)


async def test_triggers_follow_the_momentum_of_the_accepted_steps() -> None:
    strategy = Mur(n=2, scale=0.95)
    laws = {"steps": (6, 6), "p_correct": 0.3, "separation": 3.0}
    triggered = 0
    for i in range(12):
        backend = SimulatedBackend(**laws)  # type: ignore[arg-type]
        result = await ttc.asolve(f"What is {i} + 4?", strategy, backend=backend, verifier=Seeing(truth))
        assert result.candidate is not None
        numbers = [event.data["step"] for event in result.trace.named("triggered")]
        assert 0 not in numbers
        assert result.cost.calls == 6 + 2 * len(numbers)  # rejected drafts are charged
        triggered += len(numbers)
        momentum, ends = 0.0, [0, *_ends(result)]
        logprobs = result.candidate.logprobs or ()
        for step, (start, end) in enumerate(pairwise(ends)):
            for event in result.trace.named("triggered"):
                if event.data["step"] == step:
                    assert event.data["momentum"] == pytest.approx(momentum)
            momentum = updated(momentum, -sum(logprobs[start:end]) / (end - start), 0.9)
    assert 0 < triggered < 12 * 5


def _ends(result: ttc.Result) -> list[int]:
    """Tokens of the chosen solution after each step."""
    tokens = {event.data["id"]: event.data["tokens"] for event in result.trace.named("candidate")}
    numbers, total, ends = result.candidate.id.split("."), 0, []  # type: ignore[union-attr]
    for k in range(len(numbers)):
        total += tokens[".".join(numbers[: k + 1])]
        ends.append(total)
    return ends


async def test_extra_drafts_help_and_none_are_drawn_without_a_gate() -> None:
    laws = {"p_correct": 0.3, "separation": 3.0}
    plain = await accuracy(Mur(n=4, scale=0.0), Seeing(truth), 60, **laws)
    gated = await accuracy(Mur(n=4, scale=0.95), Seeing(truth), 60, **laws)
    assert abs(plain - 0.3) < 0.18
    assert gated > plain + 0.1
    result = await ttc.asolve("What is 5 + 4?", Mur(scale=0.0), backend=SimulatedBackend(), verifier=PRM)
    assert not result.trace.named("triggered")


async def test_the_first_draft_stays_in_the_race_and_rejected_drafts_are_paid() -> None:
    """The verifier likes what was drawn first, so that nothing is replaced; what was drawn in vain is on the bill."""
    prefers_first = Seeing(lambda number, right, candidate: 0.9 if candidate.id.endswith("0") else 0.1)
    backend = SimulatedBackend(steps=(4, 4), separation=0.0)
    result = await ttc.asolve("What is 5 + 4?", Mur(n=3, scale=1.0, rate=0.0), backend=backend, verifier=prefers_first)
    tree = result.trace.lineage()
    drafts = [name for name in tree if name != "root"]
    assert result.trace.named("triggered")
    assert result.candidate is not None
    assert result.candidate.id == "0.0.0.0"
    assert len(drafts) == 4 + 3 * len(result.trace.named("triggered"))
    assert result.cost_by_kind["solve"].output_tokens == sum(tree.nodes[name]["tokens"] for name in drafts)


async def test_what_is_missing_is_said() -> None:
    backend = SimulatedBackend(capabilities=replace(ALL, logprobs=False))
    with pytest.raises(VerifierError, match="log-prob"):
        await ttc.asolve("What is 5 + 4?", Mur(), backend=backend, verifier=Seeing(truth))
    assert step_uncertainty_of(Candidate("0", "a"), Candidate("0", "a")) == 0.0
    for knobs in ({"scale": 1.5}, {"rate": 1.0}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            Mur(**knobs)
