"""DeepConf: conformance, what is kept, what is stopped and when, savings, access."""

import math
from collections import Counter
from dataclasses import replace

import pytest

import ttc
from ttc.backends.base import Delta
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.search.confidence import lowest_confidence, token_confidence
from ttc.search.voting import deepconf
from ttc.strategies import DeepConf
from ttc.strategies.deepconf import GroupWatch
from ttc.testing.strategies import StrategyConformance


class TestOnline(StrategyConformance):
    def make(self) -> DeepConf:
        return DeepConf(n=8, warmup=4, window=32, eta=30.0, consensus=1.0)


class TestOffline(StrategyConformance):
    def make(self) -> DeepConf:
        return DeepConf(n=5, mode="offline", window=32)


PROBLEM = "What is 19 + 25?"
CONFUSED = {"p_correct": 0.4, "separation": 2.0}


async def online(eta: float, seed: int = 0, **knobs: float) -> ttc.Result:
    strategy = DeepConf(**({"n": 32, "warmup": 8, "window": 24, "consensus": 1.0} | knobs), eta=eta)  # type: ignore[arg-type]
    return await ttc.asolve(PROBLEM, strategy, backend=SimulatedBackend(**CONFUSED), seed=seed)  # type: ignore[arg-type]


def stopped(result: ttc.Result) -> list[ttc.Candidate]:
    return [c for c in result.candidates if c.finish == "stopped"]


async def test_eta_is_what_is_kept_so_a_smaller_eta_stops_more() -> None:
    bars, ended = [], []
    for eta in (90.0, 50.0, 10.0):
        results = [await online(eta, seed) for seed in range(3)]
        bars.append(results[0].trace.named("bar")[0].data["confidence"])
        ended.append(sum(len(stopped(r)) for r in results))
    assert bars == sorted(bars)
    assert ended == sorted(ended)
    assert ended[2] > ended[0] + 20


async def test_no_stream_ends_before_a_full_window_and_the_warm_up_never() -> None:
    result = await online(10.0)
    assert stopped(result)
    assert all(c.output_tokens >= 24 for c in stopped(result))
    assert not {c.id for c in stopped(result)} & {str(i) for i in range(8)}


async def test_stopped_streams_save_tokens_and_do_not_vote() -> None:
    result = await online(10.0)
    bar = result.trace.named("bar")[0].data["confidence"]
    for candidate in stopped(result):
        assert lowest_confidence(candidate.confidences, 24) < bar
    whole = await online(10.0, mode="offline")
    assert result.cost.output_tokens < 0.8 * whole.cost.output_tokens
    answers = {c.answer for c in result.candidates if c.finish == "stop"}
    assert result.answer in answers


async def test_online_votes_as_offline_filtering_at_the_same_bar() -> None:
    # the same candidates whole, filtered afterwards: a stream is ended exactly where its lowest group is below the bar
    hosted = SimulatedBackend(**CONFUSED, capabilities=HOSTED)  # type: ignore[arg-type]
    knobs, compared = {"n": 24, "warmup": 8, "window": 24}, 0
    for seed in range(4):
        live = await ttc.asolve(PROBLEM, DeepConf(**knobs, eta=30.0, consensus=1.0), backend=hosted, seed=seed)  # type: ignore[arg-type]
        pool = await ttc.asolve(PROBLEM, DeepConf(**knobs, mode="offline"), backend=hosted, seed=seed)  # type: ignore[arg-type]
        if len(live.candidates) < 24:
            continue
        compared += 1
        bar = live.trace.named("bar")[0].data["confidence"]
        whole = sorted(pool.candidates, key=lambda c: int(c.id))
        scores = [lowest_confidence(c.confidences, 24) for c in whole]
        below = {c.id for c, score in zip(whole, scores, strict=True) if score < bar and int(c.id) >= 8}
        assert {c.id for c in stopped(live)} == below
        answers = sorted({c.answer or "" for c in whole})
        vote = deepconf([answers.index(c.answer or "") for c in whole], scores, threshold=bar)
        assert vote.winner is not None
        assert answers[vote.winner] == live.answer
    assert compared >= 3


async def test_of_the_warm_up_only_those_above_the_bar_vote() -> None:
    """All 8 candidates are warm-up, and an eta that keeps one of them makes it the answer, whatever the others say."""
    backend, outvoted = SimulatedBackend(p_correct=0.5, separation=0.0), 0
    for seed in range(12):
        result = await ttc.asolve(PROBLEM, DeepConf(n=8, warmup=8, window=24, eta=5.0), backend=backend, seed=seed)
        surest = max(result.candidates, key=lambda c: lowest_confidence(c.confidences or (), 24))
        assert result.answer == surest.answer
        counts = Counter(c.answer for c in result.candidates)
        outvoted += max(counts.values()) > counts[surest.answer]
    assert outvoted >= 2


async def test_agreement_stops_after_the_warm_up() -> None:
    agreed = SimulatedBackend(p_correct=1.0)
    result = await ttc.asolve(PROBLEM, DeepConf(n=64, warmup=8, window=24), backend=agreed)
    assert len(result.candidates) == 8
    one_kept = await ttc.asolve(PROBLEM, DeepConf(n=64, warmup=8, window=24, eta=10.0), backend=agreed)
    assert len(one_kept.candidates) >= 11  # the only one left of the warm-up agrees with itself, which is no consensus
    spread = SimulatedBackend(p_correct=0.5)
    result = await ttc.asolve(PROBLEM, DeepConf(n=32, warmup=8, window=24), backend=spread)
    assert len(result.candidates) == 32


async def test_confidence_helps_where_it_tells_right_from_wrong() -> None:
    backend = SimulatedBackend(p_correct=0.35, separation=3.0, tokens=40.0, distractor_weights=(0.7, 0.3))
    right = {10.0: 0, 100.0: 0}
    for eta in right:
        async with ttc.Solver(DeepConf(n=16, mode="offline", eta=eta), backend=backend) as solver:
            async for r in solver.solve_many([f"What is {i} + 9?" for i in range(24)]):
                right[eta] += r.answer == backend.facts(r.problem.text).gold
    assert right[10.0] > right[100.0] + 3


async def test_streams_can_end_at_the_defaults() -> None:
    """A window of the paper's 2,048 could never end a stream of at most 1,024 tokens."""
    assert [DeepConf().tokens(most) for most in (4, 1024, 16_384, 100_000)] == [1, 128, 2048, 2048]
    assert DeepConf(window=24).tokens(1024) == 24
    backend = SimulatedBackend(p_correct=0.4, separation=2.0, tokens=500.0)
    ended = 0
    for seed in range(2):
        ended += len(stopped(await ttc.asolve(PROBLEM, "deepconf", backend=backend, seed=seed)))
    assert ended > 0


async def test_it_says_which_access_it_misses_before_it_spends() -> None:
    backend = SimulatedBackend(capabilities=replace(HOSTED, logprobs=False))
    with pytest.raises(ttc.VerifierError, match="log-probabilities of the likeliest"):
        await ttc.asolve(PROBLEM, "deepconf", backend=backend)


def test_a_dip_in_the_middle_ends_the_stream_and_the_entry_beyond_the_top_is_dropped() -> None:
    def token(confidence: float, extra: bool = False) -> Delta:
        top = tuple((str(i), -confidence) for i in range(20)) + ((("far", -99.0),) if extra else ())
        return Delta("x", 1, top=(top,))

    watch = GroupWatch(4, 5.0)
    assert [watch(0, token(c)) for c in (9, 9, 9, 9, 9, 2, 2)] == [True] * 6 + [True]
    assert not watch(0, token(2))  # mean of 9, 2, 2, 2 = 3.75
    low_start = GroupWatch(4, 5.0)
    assert all(low_start(0, token(1)) for _ in range(3))
    assert not low_start(0, token(1))
    assert all(GroupWatch(1, 5.0)(0, token(5.5, extra=True)) for _ in range(3))


@pytest.mark.parametrize("knobs", [{"n": 0}, {"eta": 0}, {"eta": 101}, {"consensus": 1.5}, {"mode": "live"}])
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        DeepConf(**knobs)  # type: ignore[arg-type]


class Asked(SimulatedBackend):
    """Notes how many alternatives are asked for, and checks that no more are there."""

    wanted: set[int | None]

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        completions = await super().complete(request, meter)
        self.wanted.add(request.logprobs)
        for completion in completions:
            assert all(len(place) <= request.logprobs for place in completion.top)
        return completions


@pytest.mark.parametrize("mode", ["online", "offline"])
async def test_fewer_alternatives_can_be_read(mode: str) -> None:
    backend = Asked(**CONFUSED)  # type: ignore[arg-type]
    backend.wanted = set()
    strategy = DeepConf(n=12, warmup=4, window=24, eta=50.0, consensus=1.0, mode=mode, top=5)  # type: ignore[arg-type]
    result = await ttc.asolve(PROBLEM, strategy, backend=backend)
    assert backend.wanted == {5}
    assert all(c.confidences for c in result.candidates)
    with pytest.raises(ValueError, match="top is 21"):
        DeepConf(top=21)


def test_the_likeliest_token_alone_is_refused_for_it_turns_confidence_round() -> None:
    sure, unsure = ([math.log(p), math.log((1 - p) / 2), math.log((1 - p) / 2)] for p in (0.98, 0.4))
    (low, high), (turned_high, turned_low) = token_confidence([unsure, sure], 2), token_confidence([unsure, sure], 1)
    assert low < high
    assert turned_low < turned_high
    assert DeepConf(top=2).top == 2
    with pytest.raises(ValueError, match="must lie in \\[2, 20\\]"):
        DeepConf(top=1)
