"""SEAT: conformance, rules on scripted entropies, what a round is shown, collapse, short rounds."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.session import Session
from ttc.errors import BackendError
from ttc.strategies import Seat, SelfConsistency
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate

PROBLEM = "What is 19 + 23?"


class TestSecretary(StrategyConformance):
    def make(self) -> Seat:
        return Seat(n=3, rounds=3, look=1)


class TestThreshold(StrategyConformance):
    def make(self) -> Seat:
        return Seat(n=3, rounds=2, stop="threshold", threshold=0.2)


class Script:
    """Meanings as told: for each round the label of each candidate."""

    def __init__(self, *rounds: list[int]):
        self.told = list(itertools.chain(*rounds))

    async def labels(self, session: Session, candidates: Sequence[Candidate]) -> list[int]:
        return self.told[: len(candidates)]


async def rounds_of(strategy: Seat, **options: object) -> tuple[ttc.Result, int]:
    result = await ttc.asolve(PROBLEM, strategy, backend=SimulatedBackend(gold={PROBLEM: "42"}), **options)  # type: ignore[arg-type]
    return result, len(result.trace.named("begin"))


WIDE, MIXED, PAIRS, ONE = [0, 1, 2, 3], [0, 0, 1, 2], [0, 0, 1, 1], [0, 0, 0, 0]


async def test_the_secretary_stops_at_the_first_round_below_all_it_looked_at() -> None:
    assert (await rounds_of(Seat(n=4, rounds=5, look=2, meanings=Script(WIDE, MIXED, PAIRS, ONE, ONE))))[1] == 3
    assert (await rounds_of(Seat(n=4, rounds=4, look=1, meanings=Script(PAIRS, PAIRS, PAIRS, PAIRS))))[1] == 4
    assert (await rounds_of(Seat(n=4, rounds=4, look=1, meanings=Script(ONE, ONE, ONE, ONE))))[1] == 2


async def test_the_threshold_is_in_normalised_entropy() -> None:
    script = Script(WIDE, MIXED, PAIRS, ONE)  # 1, .75, .5, 0
    for threshold, rounds in ((1.0, 1), (0.8, 2), (0.5, 3), (0.1, 4)):
        strategy = Seat(n=4, rounds=4, stop="threshold", threshold=threshold, meanings=script)
        assert (await rounds_of(strategy))[1] == rounds


async def test_the_round_of_least_entropy_answers() -> None:
    result, _ = await rounds_of(Seat(n=4, rounds=3, look=2, meanings=Script(MIXED, PAIRS, [0, 1, 2, 2])))
    assert result.candidate is not None
    assert result.candidate.id in {"4", "5"}


async def test_a_collapse_is_reported_and_not_trusted_where_that_is_asked_for() -> None:
    for guard, chosen in ((True, 0), (False, 1)):
        script = Script(MIXED, [7, 7, 7, 7], ONE)
        collapse, _ = await rounds_of(Seat(n=4, rounds=3, look=1, meanings=script, guard=guard))
        last = collapse.trace.named("rounds")[-1].data
        assert (last["chosen"], last["collapsed"]) == (chosen, True)
    settled, _ = await rounds_of(Seat(n=4, rounds=3, look=1, meanings=Script(MIXED, ONE, ONE), guard=True))
    last = settled.trace.named("rounds")[-1].data
    assert (last["chosen"], last["collapsed"]) == (1, False)
    script = Script([0, 0, 0, 1], [7, 7, 7, 7], ONE)
    decided, _ = await rounds_of(Seat(n=4, rounds=3, look=1, meanings=script, guard=True))
    assert decided.trace.named("rounds")[-1].data["collapsed"] is False


async def test_later_rounds_see_each_answer_once_after_the_problem() -> None:
    asked: list[str] = []

    class Spy(SimulatedBackend):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            asked.append(request.messages[-1]["content"])
            return await super().complete(request, meter)

    backend = Spy(p_correct=0.5, gold={PROBLEM: "42"}, capabilities=HOSTED)
    result = await ttc.asolve(PROBLEM, Seat(n=8, rounds=2, look=1), backend=backend)
    first = [c for c in result.candidates if int(c.id) < 8]
    later = [text for text in asked if "Earlier solutions" in text]
    assert len(later) == 8
    assert len(set(later)) == 1
    assert later[0].startswith(PROBLEM)
    assert later[0].count("<candidate>") == len({c.answer for c in first}) < 8
    assert later[0].endswith("\\boxed{}.")


async def test_a_round_sees_the_round_before_it_alone() -> None:
    """Every round answers something new, so that what is shown tells where it is from."""
    asked: list[str] = []

    class Counting(SimulatedBackend):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            asked.append(request.messages[-1]["content"])
            completions = await super().complete(request, meter)
            return [replace(c, text=f"\\boxed{{{100 + len(asked) // 3}}}") for c in completions]

    await ttc.asolve(PROBLEM, Seat(n=3, rounds=3, look=2), backend=Counting(capabilities=HOSTED))
    assert len(asked) == 9
    first, second = (set(re.findall(r"boxed\{(\d+)\}", text)) for text in (asked[3], asked[6]))
    assert first
    assert second
    assert not first & second


async def test_reading_each_other_pays_where_the_model_can_use_it() -> None:
    def law(text: str) -> float:
        return 0.9 if "\\boxed{42}" in text else 0.35

    backend = SimulatedBackend(p_correct=law, p_rewrite=law, gold={PROBLEM: "42"}, distractor_weights=(0.6, 0.4))
    right = {1: 0, 3: 0}
    for rounds, seed in itertools.product(right, range(40)):
        result = await ttc.asolve(PROBLEM, Seat(n=5, rounds=rounds, look=1), backend=backend, seed=seed)
        right[rounds] += result.answer == "42"
    assert right[3] > right[1] + 8


async def test_the_guard_throws_away_what_the_rounds_put_right() -> None:
    """A model that goes along with a right solution once it sees one: right in .98 without the guard, .78 with it."""

    def law(text: str) -> float:
        return 0.9 if "\\boxed{42}" in text else 0.35

    backend = SimulatedBackend(p_correct=law, p_rewrite=law, gold={PROBLEM: "42"}, distractor_weights=(0.2,) * 5)
    right = {False: 0, True: 0}
    for guard, seed in itertools.product(right, range(60)):
        result = await ttc.asolve(PROBLEM, Seat(n=5, guard=guard), backend=backend, seed=seed)
        right[guard] += result.answer == "42"
    assert right[False] >= 56
    assert right[False] - right[True] >= 6
    assert not Seat().guard


async def test_one_round_is_self_consistency() -> None:
    for seed in range(10):
        vote = await ttc.asolve(PROBLEM, SelfConsistency(n=7, stop="none"), backend=SimulatedBackend(), seed=seed)
        seat = await ttc.asolve(PROBLEM, Seat(n=7, rounds=1), backend=SimulatedBackend(), seed=seed)
        assert (seat.answer, seat.confidence) == (vote.answer, vote.confidence)


async def test_a_round_that_the_budget_cut_short_is_not_chosen_for_looking_sure() -> None:
    result, _ = await rounds_of(Seat(n=4, rounds=3, look=2, meanings=Script(PAIRS, ONE)), budget=ttc.Budget(calls=6))
    assert len(result.candidates) == 6
    assert result.trace.named("rounds")[-1].data["chosen"] == 0


@pytest.mark.parametrize(
    "knobs", [{"n": 0}, {"rounds": 0}, {"stop": "never"}, {"look": 9}, {"threshold": None, "stop": "threshold"}]
)
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        Seat(**knobs)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost", ["1", "5"])
async def test_a_candidate_that_the_server_lost_does_not_end_the_rounds(lost: str) -> None:
    class Losing(SimulatedBackend):
        """Refuses one candidate."""

        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            if request.key.endswith(f"generate/{lost}"):
                raise BackendError("gone", status=500)
            return await super().complete(request, meter)

    backend = Losing(p_correct=0.5, capabilities=replace(HOSTED, fan_out=False))
    result = await ttc.asolve(PROBLEM, Seat(n=4, rounds=3, look=2), backend=backend)
    assert len(result.candidates) == 11
    assert len(result.trace.named("rounds")[-1].data["entropies"]) == 3
