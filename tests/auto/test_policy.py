"""What is bought and why a run stops; that it always stops; and that more money does not harm."""

import math

import numpy as np
import pytest

from evals.bench.random_runs import BEHAVIOURS, Run, random_run
from tests.belief.planted import THETA_1, THETA_2, candidates, planted
from ttc.auto.options import Limits, Offer, Option, State
from ttc.auto.policy import Decision, best_option, decide, worth_it
from ttc.belief.belief import Belief, Stream, Votes, belief_of
from ttc.belief.fit_judge import JudgedPair, fit_judge
from ttc.belief.fit_worth import fit_verifier
from ttc.belief.graded import Graded
from ttc.belief.worth import JudgeWorth

ONE = belief_of((Stream("prose:1", THETA_1),))
BOTH = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2)))


def draw(stream: int, h: int) -> dict[str, float]:
    return {"tokens": 400.0 * h * (2 - stream)}


def decided(votes: Votes, drawn: int, tokens: float = 8000.0, left: float = math.inf, **changes: object) -> Decision:
    belief = ONE if len(votes.counts) == 1 else BOTH
    keys = {key: changes.pop(key) for key in ("price", "target") if key in changes}
    offer = Offer(draw=draw, **{"n": 32, **changes})  # type: ignore[arg-type]
    return decide(belief, State(votes, drawn), offer, Limits({"tokens": tokens}, {"tokens": left}), **keys)  # type: ignore[arg-type]


def test_a_run_starts_with_one_candidate_of_the_cheapest_stream() -> None:
    first = decided(Votes(((), ()), (0, 0)), 0, price=math.inf)
    assert first.option is not None
    assert (first.option.stream, first.option.size, first.option.chunk) == (1, 1, 1)
    assert first.why.startswith("start:")
    poor = decided(Votes.of(), 0, left=10.0)  # the first call waits at the ledger, which decides
    assert poor.option is not None
    assert poor.option.lacking == "tokens"


def test_where_seconds_bind_the_first_wave_is_wide() -> None:
    offer = Offer(draw=lambda stream, h: {"seconds": 5 + 0.2 * h}, n=32)
    first = decide(ONE, State(Votes.of(), 0), offer, Limits({"seconds": 60.0}, {"seconds": 60.0}))
    assert first.option is not None
    assert first.option.size == first.option.chunk >= 8


def test_the_action_of_highest_index_is_bought_in_chunks() -> None:
    found = decided(Votes.of([1, 1]), 2)
    assert found.option is not None
    assert found.stop is None
    assert found.option.index == max(option.index for option in found.options) > 0.05
    assert found.option.chunk == math.ceil(found.option.size / 2)


@pytest.mark.parametrize(
    ("votes", "drawn", "changes", "stop"),
    [
        ([6], 6, {"target": 0.5}, "target"),
        ([1], 31, {}, "settled"),  # one more vote cannot change the answer
        ([1, 1], 32, {}, "all drawn"),
        ([4, 2], 6, {"tokens": 4000.0}, "price"),
        ([1, 1], 2, {"left": 100.0}, "budget"),
        ([1, 1], 2, {"price": math.inf}, "price"),
    ],
)
def test_reasons_to_stop(votes: list[int], drawn: int, changes: dict[str, object], stop: str) -> None:
    found = decided(Votes.of(votes), drawn, **changes)  # type: ignore[arg-type]
    assert (found.option, found.stop) == (None, stop)
    assert found.why.startswith(stop)
    assert found.refused == ("tokens" if stop == "budget" else None)


def test_the_deadline_is_not_called_a_budget() -> None:
    offer = Offer(draw=lambda stream, h: {"seconds": 5.0 * h}, n=32)
    found = decide(ONE, State(Votes.of([1, 1]), 2), offer, Limits({"seconds": 60.0}, {"seconds": 1.0}))
    assert (found.option, found.stop) == (None, "deadline")


def test_a_target_sets_the_price_to_nothing_but_buys_nothing_without_gain() -> None:
    assert decided(Votes.of([2, 1]), 3, tokens=1000.0).stop == "price"
    assert decided(Votes.of([2, 1]), 3, tokens=1000.0, target=0.99).option is not None
    judge = JudgeWorth(alpha=3, beta=1, gamma=1)
    votes = Votes.of([30, 1, 1])  # no outcome of two or four comparisons overturns this
    done = decided(votes, 32, target=0.999999, judge=judge, judgement={})
    assert (done.option, done.stop) == (None, "all drawn")
    assert [option.gain for option in done.options] == [0.0, 0.0]


def test_what_is_free_is_bought_at_any_price_if_it_has_a_gain() -> None:
    judge = JudgeWorth(alpha=3, beta=1, gamma=1)
    found = decided(Votes.of([2, 2]), 32, price=math.inf, judge=judge, judgement={})
    assert found.option is not None
    assert found.option.action == "compare"


def test_the_best_option() -> None:
    rows = [Option("draw", h, gain, cost, 1) for h, gain, cost in ((1, 0.02, 0.1), (4, 0.1, 0.4), (8, 0.2, 0.8))]
    assert best_option(rows, 0.05) is rows[2]  # of equal indices the larger gain
    assert best_option(rows, 0.3, seconds=True) is rows[0]
    assert best_option([], 0.05) is None
    assert not worth_it(rows[0], 0.3)
    assert worth_it(rows[0], 0.15)
    assert not worth_it(Option("draw", 1, 0.0, 0.0, 1), 0.0, seconds=True)


def test_decisions_as_plain_values() -> None:
    found = decided(Votes.of([1, 1]), 2).to_dict()
    assert found["chose"]["action"] == "draw"
    assert found["right"] == round(float(ONE.right(Votes.of([1, 1]))[0]), 4)
    assert len(found["considered"]) == 1
    assert decided(Votes.of([1, 1]), 32).to_dict()["chose"] is None


# ---- it ends


@pytest.mark.parametrize("part", range(4))
def test_random_runs_end_inside_their_budget(part: int) -> None:
    for seed in range(250 * part, 250 * (part + 1)):
        run = random_run(seed)
        run.play()
        run.check()


def test_a_judge_that_cannot_be_read_is_asked_at_most_twice_a_candidate() -> None:
    for target in (None, 0.99):
        run = Run(3, None, "nan", 0.0, target, 8, 1e9)
        run.play()
        run.check()
        assert run.drawn <= 8
        assert sum(run.asked.values()) <= 16


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_helpers_that_cost_nothing_do_not_keep_a_run_alive(behaviour: str) -> None:
    for target in (None, 0.99):
        run = Run(11, behaviour, "free", 0.0, target, 8, 1e9)
        run.play()
        run.check()


# ---- it is worth it


def test_helpers_of_no_worth_are_never_bought() -> None:
    """Random scores and a coin judge, with the worth that a fit gives them."""
    rng = np.random.default_rng(8)
    problems = [
        Graded(p.labels, p.right, scores={"v": rng.random(len(p.labels)).tolist()})
        for p in planted(THETA_1, 120, 16, rng)
    ]
    verifier = fit_verifier(problems, ONE, "v")
    judge = fit_judge([JudgedPair(int(won), 4 - int(won)) for won in rng.binomial(4, 0.5, 200)])
    assert not verifier.helps
    assert not judge.helps
    found = decided(Votes.of([1, 1]), 2, verifier=verifier, judge=judge, verdict={}, judgement={})
    assert {option.action for option in found.options} == {"draw"}


def replayed(belief: Belief, labels: list[int], tokens: float) -> tuple[bool, int]:
    """Whether a run of the policy on these candidates is right, and how many it drew."""
    drawn = 0
    while True:
        seen = [label for label in labels[:drawn] if label >= 0]
        answers = list(dict.fromkeys(seen))
        votes = Votes.of([seen.count(answer) for answer in answers], drawn - len(seen))
        offer = Offer(draw=lambda stream, h: {"tokens": 400.0 * h}, n=len(labels))
        limits = Limits({"tokens": tokens}, {"tokens": tokens - 400.0 * drawn})
        option = decide(belief, State(votes, drawn), offer, limits).option
        if option is None:
            first = belief.leaders(votes, 1)
            return bool(first) and answers[first[0]] == 0, drawn
        drawn += option.chunk


def test_twice_the_budget_does_not_harm_and_the_policy_beats_a_fixed_number() -> None:
    """Six worlds of 60 problems: accuracy at 6,400 tokens against 3,200, and against as many plain votes on average."""
    rng = np.random.default_rng(9)
    gains, against_votes = [], []
    for world in range(6):
        theta = (rng.normal(-0.5, 0.7), *(THETA_1 if world % 2 else THETA_2)[1:])
        belief = belief_of((Stream("prose:1", theta),))
        problems = [
            candidates(theta, float(z), 16, rng) for z in rng.choice([-1.732, 0, 1.732], 60, p=[1 / 6, 2 / 3, 1 / 6])
        ]
        small, large = ([replayed(belief, labels, tokens) for labels in problems] for tokens in (3200.0, 6400.0))
        gains += [int(b[0]) - int(a[0]) for a, b in zip(small, large, strict=True)]
        fixed = round(np.mean([drawn for _, drawn in large]))
        votes = [voted(labels[:fixed]) for labels in problems]
        against_votes += [int(right) - vote for (right, _), vote in zip(large, votes, strict=True)]
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    assert np.mean(gains) >= -2 * error
    assert np.mean(against_votes) >= -2 * np.std(against_votes, ddof=1) / len(against_votes) ** 0.5


def voted(labels: list[int]) -> float:
    """Whether a plain vote is right, ties by lot."""
    votes = [label for label in labels if label >= 0]
    most = max((votes.count(label) for label in votes), default=0)
    winners = {label for label in votes if votes.count(label) == most}
    return (0 in winners) / len(winners) if winners else 0.0
