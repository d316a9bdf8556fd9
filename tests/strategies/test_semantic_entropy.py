"""Semantic entropy: conformance, stopping, abstention, meanings of open text."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import ttc
from tests.believed import by_votes
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.session import Session
from ttc.strategies import SemanticEntropy
from ttc.strategies.semantic_groups import Embedding, Entailment
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate


class TestDiscrete(StrategyConformance):
    def make(self) -> SemanticEntropy:
        return SemanticEntropy(n=6, wave=3)


class TestWeighted(StrategyConformance):
    def make(self) -> SemanticEntropy:
        return SemanticEntropy(n=4, wave=2, form="weighted")


class TestEntailment(StrategyConformance):
    def make(self) -> SemanticEntropy:
        return SemanticEntropy(n=3, wave=3, meanings=Entailment())


PROBLEM = "What is 19 + 24?"


class Script:
    """Meanings as told."""

    def __init__(self, *labels: int):
        self.told = labels

    async def labels(self, session: Session, candidates: Sequence[Candidate]) -> list[int]:
        return list(self.told[: len(candidates)])


async def drawn(*labels: int, **knobs: float) -> ttc.Result:
    strategy = SemanticEntropy(n=12, wave=4, meanings=Script(*labels), **knobs)  # type: ignore[arg-type]
    return await ttc.asolve(PROBLEM, strategy, backend=SimulatedBackend())


async def test_it_stops_when_low_or_settled_and_else_goes_on() -> None:
    assert len((await drawn(*[0] * 12)).candidates) == 4  # 0
    settled = await drawn(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, tolerance=0.07)
    assert len(settled.candidates) == 8  # ln 2 + 1/8, then ln 2 + 1/16
    assert len((await drawn(0, 1, 2, 3, 0, 0, 0, 0, 4, 5, 6, 7)).candidates) == 12


async def test_the_entropy_is_corrected_and_the_confidence_is_that_of_the_votes() -> None:
    result = await drawn(0, 1, 2, 1, low=2.0)
    event = result.trace.named("entropy")[0].data
    expected = 1.5 * math.log(2) + 2 / 8
    assert math.isclose(event["entropy"], expected)
    assert result.confidence == pytest.approx(by_votes([2, 1, 1]))
    sure = await drawn(0, 0, 0, 0)
    assert sure.confidence == pytest.approx(by_votes([4]))


async def test_it_abstains_above_the_bar_and_says_what_it_would_have_said() -> None:
    scattered = await drawn(*range(12), abstain=1.5)
    assert scattered.answer is None
    assert scattered.trace.named("abstained")[0].data["answer"] is not None
    assert scattered.confidence == 0.0  # no answer is not right
    assert (await drawn(*[0] * 12, abstain=1.5)).answer is not None


async def test_unreadable_answers_agree_with_nobody() -> None:
    result = await ttc.asolve(
        PROBLEM, SemanticEntropy(n=4), backend=SimulatedBackend(tokens=900.0), sampling=ttc.Sampling(max_tokens=40)
    )
    assert math.isclose(result.trace.named("entropy")[0].data["entropy"], math.log(4) + 3 / 8)
    assert result.answer is None


def weighted(labels: Sequence[int], logprobs: Sequence[float]) -> float:
    candidates = [Candidate(str(i), "", logprobs=(value, value)) for i, value in enumerate(logprobs)]
    return SemanticEntropy(form="weighted").entropy(candidates, labels)


def test_weights_are_mean_logprobs_normalised_over_the_draw() -> None:
    equal = SemanticEntropy().entropy([Candidate(str(i), "") for i in range(4)], [0, 1, 0, 0])
    assert math.isclose(weighted([0, 1, 0, 0], [-0.5] * 4), equal)
    shifted = [weighted([0, 1, 0, 2], [v + shift for v in (-0.1, -0.9, -0.3, -2.0)]) for shift in (0, -800)]
    assert math.isclose(*shifted)
    p = math.exp(-0.1) / (math.exp(-0.1) + math.exp(-1.1))
    assert math.isclose(weighted([0, 1], [-0.1, -1.1]), -p * math.log(p) - (1 - p) * math.log(1 - p) + 0.25)


async def test_the_weighted_form_says_what_it_misses() -> None:
    backend = SimulatedBackend(capabilities=replace(HOSTED, logprobs=False))
    with pytest.raises(ttc.VerifierError, match="log-probabilities"):
        await ttc.asolve(PROBLEM, SemanticEntropy(form="weighted"), backend=backend)


async def test_entropy_tells_right_from_wrong() -> None:
    def law(text: str) -> float:
        return 0.95 if int(text.split()[2]) % 2 else 0.3

    backend, sure = SimulatedBackend(p_correct=law), {True: [], False: []}
    async with ttc.Solver(SemanticEntropy(n=8, wave=8), backend=backend) as solver:
        async for r in solver.solve_many([f"What is {i} + 3?" for i in range(40)]):
            sure[r.answer == backend.facts(r.problem.text).gold].append(r.confidence or 0)
    assert np.mean(sure[True]) > np.mean(sure[False]) + 0.15


class Speaks(SimulatedBackend):
    """Answers in open text; entailment by a table of (first, second), "hm" where the table is silent."""

    def __init__(self, *answers: str, entails: set[tuple[str, str]] = frozenset()):  # type: ignore[assignment]
        super().__init__(capabilities=HOSTED)
        self.answers, self.entails, self.tests = list(answers), entails, 0

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        completions = await super().complete(request, meter)
        text = request.messages[-1]["content"]
        if "entail answer 2" not in text:
            number = int(request.key.rpartition("/")[2])
            return [replace(c, text=self.answers[number], finish="stop") for c in completions]
        self.tests += 1
        pair = tuple(part.split("</candidate>")[0].strip() for part in text.split("<candidate>")[1:])
        return [replace(c, text="Entailment." if pair in self.entails else "hm") for c in completions]


async def meant(backend: Speaks, meanings: object) -> ttc.Result:
    strategy = SemanticEntropy(n=4, wave=4, meanings=meanings)  # type: ignore[arg-type]
    return await ttc.asolve(ttc.Problem("Why?", domain="open"), strategy, backend=backend)


async def test_entailment_needs_both_directions_and_never_takes_back() -> None:
    both = {("rain", "it rained"), ("it rained", "rain")}
    backend = Speaks("rain", "it rained", "snow", "rain", entails=both | {("rain", "snow")})
    result = await meant(backend, Entailment())
    assert result.trace.named("entropy")[0].data["meanings"] == 2
    assert backend.tests == 2 + 2 + 2  # against "rain"; against "rain"; equal to "rain", so only against "snow"
    chain = {("b", "a"), ("a", "b"), ("b", "c"), ("c", "b")}  # a = b = c, but a != c: c founds its own
    assert (await meant(Speaks("a", "b", "c", "c", entails=chain), Entailment())).trace.named("entropy")[0].data[
        "meanings"
    ] == 2
    lenient = Speaks("rain", "snow", "rain", "rain", entails={("rain", "snow")})
    assert (await meant(lenient, Entailment(strict=False))).trace.named("entropy")[0].data["meanings"] == 1


async def test_entailment_asks_once_about_a_pair_however_many_waves_there_are() -> None:
    meanings, tests = Entailment(), []
    for wave in (1, 2, 6, 2):  # one object for several runs
        backend = Speaks(*"abcdef")
        strategy = SemanticEntropy(n=6, wave=wave, low=0, tolerance=0, meanings=meanings)
        await ttc.asolve(ttc.Problem("Why?", domain="open"), strategy, backend=backend)
        tests.append(backend.tests)
    assert tests == [6 * 5] * 4


async def test_an_embedding_joins_what_lies_close() -> None:
    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.array([[1.0, 0.0] if "rain" in text else [0.0, 1.0] for text in texts])

    result = await meant(Speaks("rain", "it rained 3 times", "snow", "much rain"), Embedding(embed))
    assert result.trace.named("entropy")[0].data["meanings"] == 2


@pytest.mark.parametrize("knobs", [{"n": 0}, {"wave": 0}, {"low": -1}, {"form": "rao"}])
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        SemanticEntropy(**knobs)  # type: ignore[arg-type]


@pytest.mark.parametrize("tolerance", [0.0, 10.0])
async def test_one_candidate_is_no_agreement(tolerance: float) -> None:
    strategy = SemanticEntropy(n=6, wave=1, tolerance=tolerance)
    result = await ttc.asolve(PROBLEM, strategy, backend=SimulatedBackend(p_correct=1.0))
    assert len(result.candidates) == 2
    alone = await ttc.asolve(PROBLEM, SemanticEntropy(n=1), backend=SimulatedBackend(p_correct=1.0))
    assert len(alone.candidates) == 1
