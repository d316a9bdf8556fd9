"""The allocator's beliefs, values, costs and prices."""

import asyncio
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ttc.auto.futures import Votes, chances, judging_gain, sampling_gains, scoring_gain
from ttc.auto.old_policy import Option, best_option, chunk_of
from ttc.auto.planner import Helpers, Planner, State, leaders
from ttc.auto.prior import Component, JudgeLaw, LengthLaw, ScoreLaw, ValueProfile
from ttc.auto.votes_belief import AnswerLaw, joint_evidence, judged_evidence, log_partition

from ttc.auto.batch_allocation import allocate_batch, choose_at_price
from ttc.auto.costs import CalibratedTimes, Length, Spending, WaveTimes, times, total
from ttc.auto.market import Market
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.prices.latency import LatencyLaw, LatencyLaws
from ttc.types import Cost

PROFILE = ValueProfile(
    name="test",
    components=(
        Component(weight=0.3, alpha=0.4, beta=3.0, spread=4.0, discount=0.5),
        Component(weight=0.7, alpha=4.0, beta=1.5, spread=1.5, discount=0.3),
    ),
)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=6)


class Free:
    """Prices of nothing, but quadratic eFLOPs."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        return 1e-6 * (prompt + 4 * output)

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        return 1e-6 * n * (output / n) ** 2


# ---- beliefs


@settings(max_examples=30, deadline=None)
@given(SIZES)
def test_beliefs_add_up_and_do_not_depend_on_order(sizes: list[int]) -> None:
    belief = chances(PROFILE, Votes(tuple(sizes)))
    assert belief.sum() == pytest.approx(1)
    backwards = chances(PROFILE, Votes(tuple(reversed(sizes))))
    assert backwards[:-1][::-1] == pytest.approx(belief[:-1])
    assert belief[-1] == pytest.approx(backwards[-1])


@settings(max_examples=20, deadline=None)
@given(SIZES)
def test_the_belief_is_bayes_rule_written_out(sizes: list[int]) -> None:
    """Σ over components of Beta-binomial(right) · restaurant(wrong), for each guess; by the slow formula."""
    from scipy.special import beta

    weights = []
    for guess in range(len(sizes) + 1):
        right = sizes[guess] if guess < len(sizes) else 0
        others = [size for j, size in enumerate(sizes) if j != guess]
        weights.append(
            sum(
                c.weight
                * beta(c.alpha + right, c.beta + sum(others)) / beta(c.alpha, c.beta)
                * np.exp(log_partition(np.array([*others, 0]), c.spread, c.discount))
                for c in PROFILE.components
            )
        )  # fmt: skip
    assert chances(PROFILE, Votes(tuple(sizes))) == pytest.approx(np.array(weights) / sum(weights))


def test_a_belief_today_is_the_mean_of_beliefs_tomorrow() -> None:
    """The martingale: averaged over the next vote by the model's own chances, P(answer 0 is right) does not move."""
    law, now = AnswerLaw(PROFILE.components), np.array([3, 1])
    outcomes = [np.array([4, 1, 0]), np.array([3, 2, 0]), np.array([3, 1, 1])]
    joint_now = np.exp(law.log_joint(now)).sum()
    tomorrow = mass = 0.0
    for sizes in outcomes:
        chance = np.exp(law.log_joint(sizes)).sum() / joint_now
        mass += chance
        tomorrow += chance * law.posterior(sizes)[0]
    # "right, but not seen before" and "wrong, but not seen before" make the same votes, so the outcomes cover all
    assert mass == pytest.approx(1)
    assert tomorrow == pytest.approx(law.posterior(now)[0])


def test_beliefs_are_calibrated_where_the_prior_is_true() -> None:
    """Among problems drawn from the profile, those believed right with chance about p are right so often."""
    rng = np.random.default_rng(7)
    believed, right = [], []
    for _ in range(1500):
        part = PROFILE.components[int(rng.random() > PROFILE.components[0].weight)]
        rate, wrong = rng.beta(part.alpha, part.beta), list[int]()
        hits = int(rng.binomial(6, rate))
        for _ in range(6 - hits):
            weights = np.array([*(m - part.discount for m in wrong), part.spread + len(wrong) * part.discount])
            place = int(rng.choice(len(weights), p=weights / weights.sum()))
            wrong = [*wrong, 0] if place == len(wrong) else wrong
            wrong[place] += 1
        sizes = np.array(([hits] if hits else []) + wrong)
        order = rng.permutation(len(sizes))  # or ties would always go to the right answer, which comes first
        belief = chances(PROFILE, Votes(tuple(sizes[order].tolist())))[:-1]
        front = int(np.argmax(belief))
        believed.append(belief[front])
        right.append(hits > 0 and order[front] == 0)
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = [i for i, p in enumerate(believed) if low <= p < high]
        assert np.mean([right[i] for i in inside]) == pytest.approx(np.mean([believed[i] for i in inside]), abs=0.06)


def test_equal_scores_of_one_answer_count_less_than_independent_ones() -> None:
    law = ScoreLaw.of_auc(0.8)
    whole = law.model_copy(update={"independence": 1.0})
    none = law.model_copy(update={"independence": 0.0})
    assert joint_evidence(whole, [0.9] * 4) == pytest.approx(4 * law.evidence(0.9))
    assert joint_evidence(none, [0.9] * 4) == pytest.approx(law.evidence(0.9))
    assert joint_evidence(law, [math.nan]) == 0.0


# ---- values


@settings(max_examples=12, deadline=None)
@given(SIZES)
def test_more_candidates_are_never_worth_less(sizes: list[int]) -> None:
    gains = [gain for _, gain in sampling_gains(PROFILE, Votes(tuple(sizes)), 8)]
    assert gains == sorted(gains)
    assert gains[0] >= 0
    assert sampling_gains(PROFILE, Votes(tuple(reversed(sizes))), 8) == sampling_gains(PROFILE, Votes(tuple(sizes)), 8)


def test_agreement_leaves_little_to_win() -> None:
    gain = {sizes: sampling_gains(PROFILE, Votes(sizes), 8)[-1][1] for sizes in ((6,), (3, 3), (1, 1, 1, 1, 1, 1))}
    assert gain[6,] < 0.01 < gain[3, 3]
    assert gain[6,] < gain[1, 1, 1, 1, 1, 1]


def test_the_first_candidate_is_worth_its_chance_to_be_right() -> None:
    mean = sum(part.weight * part.rate for part in PROFILE.components)
    gain = sampling_gains(PROFILE.model_copy(update={"silent": (1e-3, 1e3)}), Votes(), 1)[0][1]
    assert gain == pytest.approx(mean, abs=1e-6)  # all futures show one answer: no Monte Carlo noise here


def test_a_judge_is_worth_what_enumeration_says() -> None:
    """One judgement of a pair that splits all belief, with a judge right in 3 of 4 cases."""
    votes = Votes((2, 2))
    belief = chances(PROFILE, votes)
    gain = judging_gain(PROFILE, votes, (0, 1), (0.0, 0.0), 1)
    p = belief[0]  # = belief[1]; a verdict for either is as likely, and makes it 1.5·p in place of p
    assert gain == pytest.approx(0.5 * p)
    assert judging_gain(PROFILE, Votes((9, 1)), (0, 1), (0.0, 0.0), 1) == pytest.approx(0, abs=1e-12)
    assert judged_evidence(JudgeLaw(), 1, 0) == pytest.approx(math.log(1.5))


def test_scores_are_worth_more_the_better_the_verifier() -> None:
    votes = Votes((2, 2), scores=((), ()))
    gains = [scoring_gain(PROFILE, votes, (1, 1), ScoreLaw.of_auc(auc)) for auc in (0.5, 0.7, 0.95)]
    assert gains[0] < 0.01 < gains[1] < gains[2]
    better = sampling_gains(PROFILE, votes, 4, ScoreLaw.of_auc(0.95), score_new=True)[-1][1]
    assert better > sampling_gains(PROFILE, votes, 4)[-1][1]


# ---- costs


def test_lengths_are_learnt_and_cut() -> None:
    law = LengthLaw(log_mean=math.log(100), between=1.0, within=0.3)
    assert Length.learnt(law, [400] * 20, 10**6).moment(1) == pytest.approx(400, rel=0.1)
    rng = np.random.default_rng(1)
    drawn = np.minimum(np.exp(rng.normal(5, 0.8, 200_000)), 250)
    length = Length(5.0, 0.8, 250)
    assert length.moment(1) == pytest.approx(drawn.mean(), rel=0.01)
    assert length.moment(2) == pytest.approx((drawn**2).mean(), rel=0.01)
    assert length.longest(1) < length.longest(4) <= 250


def test_the_scarcest_currency_prices_an_action_and_eflops_need_the_square() -> None:
    spending = Spending({"tokens": 1000, "eflops": 1.0}, Free(), WaveTimes(), 10, Length(5.0, 0.8, 10**6))
    one = spending.samples(1)
    mean, square = spending.length.moment(1), spending.length.moment(2)
    assert one["eflops"] == pytest.approx(1e-6 * square, rel=0.02)
    assert one["eflops"] > 1.5e-6 * mean**2  # the toy version, the cost of the mean length, is too low
    assert spending.share(one) == pytest.approx(max(one["tokens"] / 1000, one["eflops"]))
    assert spending.binding(one) == "tokens"
    assert total(one, times(one, 2))["tokens"] == pytest.approx(3 * one["tokens"])
    assert spending.lacking(one, lambda currency: {"tokens": 5000.0, "eflops": 0.001}[currency]) == "eflops"


def test_waves_teach_how_parallel_a_server_is() -> None:
    free, serial = WaveTimes(), WaveTimes()
    for n in (1, 8, 4):
        free.add(n, 100, 1.0)
        serial.add(n, 100, 1.0 * n)
    assert free.seconds(16, 10, 100) == pytest.approx(1.0, rel=0.05)
    assert serial.seconds(16, 10, 100) == pytest.approx(16.0, rel=0.1)
    law = LatencyLaws(LatencyLaw((0.01, 0.001, 0.0), 0.0), LatencyLaw((0.1, 0.0, 0.0, 0.0), 0.0))
    assert CalibratedTimes(law).seconds(10, 50, 100) == pytest.approx(0.1 + 100 * 0.02)


# ---- choice


def test_seconds_choose_wide_and_eflops_narrow() -> None:
    """The same state and profile: 8 candidates side by side in seconds, one to look at first in eFLOPs."""
    chosen = {}
    for currency, limit in (("seconds", 60.0), ("eflops", 10.0)):
        spending = Spending({currency: limit}, Free(), WaveTimes(0.01, 0.05), 10, Length(5.0, 0.3, 1000))
        planner = Planner(PROFILE, spending, Helpers(), lambda currency: math.inf, 16)
        options, _ = planner.options(State(Votes((1, 1))))
        option = best_option(options, 0.05, currency)
        assert option is not None
        chosen[currency] = option.chunk
    assert chosen["seconds"] >= 8
    assert chosen["eflops"] <= 2
    assert [chunk_of(8, c) for c in ("seconds", "tokens", "eflops")] == [8, 4, 2]


def test_what_cannot_be_paid_is_no_option() -> None:
    spending = Spending({"tokens": 1000.0}, Free(), WaveTimes(), 10, Length(5.0, 0.01, 1000))  # 148 tokens each
    planner = Planner(PROFILE, spending, Helpers(), lambda currency: 350.0, 16)
    options, refused = planner.options(State(Votes((1, 1))))
    assert [option.size for option in options] == [1, 2]
    assert refused == "tokens"
    assert leaders(PROFILE, Votes((1, 3, 1))) == [1, 0]


def test_verdicts_are_bought_for_the_two_leading_answers_only() -> None:
    spending = Spending({"tokens": 10_000.0}, Free(), WaveTimes(), 10, Length(5.0, 0.01, 1000))
    helpers = Helpers(ScoreLaw.of_auc(0.8), spending.samples(1))
    planner = Planner(PROFILE, spending, helpers, lambda currency: math.inf, 16)
    for unscored, size in (((5, 4, 3, 2), 4), ((1, 0, 3, 2), 1), ((0, 0, 3, 2), None)):
        options, _ = planner.options(State(Votes((5, 4, 3, 2)), unscored))
        assert [option.size for option in options if option.action == "score"] == ([] if size is None else [size])


def test_free_gains_come_first() -> None:
    paid, free = Option("sample", 1, 0.3, 0.1, 1), Option("score", 1, 0.01, 0.0, 1)
    assert best_option([paid, free], 0.0, "tokens") == free
    assert best_option([], 0.0, "tokens") is None


# ---- the market


async def simulate(market: Market, ledger: Ledger, curves: list[list[float]], chunk: float) -> list[int]:
    """Problems whose k-th chunk is worth curves[problem][k]; returns how many each got."""
    got = [0] * len(curves)

    async def problem(number: int) -> None:
        while got[number] < len(curves[number]):
            gain = curves[number][got[number]]
            option = Option("sample", 1, gain, chunk / market.limits["tokens"], 1)
            if not await market.bid(number, [option], option):
                break
            ledger.cost += Cost(output_tokens=int(chunk))
            got[number] += 1
            await asyncio.sleep(0)
        market.leave(number)

    async with asyncio.TaskGroup() as group:
        for number in range(len(curves)):
            group.create_task(problem(number))
    return got


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5))
def test_a_market_spends_the_total_to_within_a_chunk_on_the_best_chunks(seed: int, chunks: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    curves = [sorted(rng.random(8).tolist(), reverse=True) for _ in range(6)]

    async def trial() -> tuple[list[int], int]:
        ledger = Ledger(Budget(tokens=10 * chunks))
        return await simulate(Market(ledger, len(curves), at_once), ledger, curves, 10.0), ledger.cost.output_tokens

    got, spent = asyncio.run(trial())
    possible = sum(map(len, curves))
    slack = at_once - 1  # what ran when the total went to its end
    assert min(chunks, possible) <= spent / 10 <= min(chunks + slack, possible)
    value = sum(sum(curve[:k]) for curve, k in zip(curves, got, strict=True))
    best = sum(sorted((gain for curve in curves for gain in curve), reverse=True)[: sum(got)])
    assert value >= best - 0.35 * at_once  # decisions taken while others run are made with a price a little old


async def test_a_problem_that_fails_does_not_block_the_others() -> None:
    ledger = Ledger(Budget(tokens=100))
    market = Market(ledger, 2, 1)
    option = Option("sample", 1, 0.5, 0.1, 1)
    waiting = asyncio.create_task(market.bid("a", [option], option))
    await asyncio.sleep(0)
    assert not waiting.done()
    market.leave("b")
    assert await waiting


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 1.0))
def test_the_price_is_the_multiplier_that_bisection_finds(seed: int, left: float) -> None:
    rng = np.random.default_rng(seed)
    plans = [
        [Option("sample", k, float(g), 0.02 * k, 1) for k, g in enumerate(np.cumsum(rng.random(5)), start=1)]
        for _ in range(5)
    ]

    async def price() -> float:
        market = Market(Ledger(Budget(tokens=10**6)), len(plans), 1)
        market._ledger.cost += Cost(output_tokens=round((1 - left) * 10**6))
        bids = [asyncio.create_task(market.bid(i, plan, plan[0])) for i, plan in enumerate(plans)]
        await asyncio.sleep(0)
        found = market.price
        for bid in bids:
            bid.cancel()
        await asyncio.gather(*bids, return_exceptions=True)
        return found

    found = asyncio.run(price())
    curves = [[(0.0, 0.0), *((o.cost, o.gain) for o in plan)] for plan in plans]
    allocation = allocate_batch(curves, left)
    if allocation.cost < choose_at_price(curves, 0.0).cost:
        assert choose_at_price(curves, found).cost <= left + 1e-9
        assert choose_at_price(curves, found * (1 - 1e-9)).cost > left - 1e-9
        assert allocation.price == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("sizes", [(1100,), (1020, 2), (1,) * 1030, (2500, 2000)])
def test_beliefs_have_no_limit_of_votes(sizes: tuple[int, ...]) -> None:
    """The tables ended at 1024 votes, and with them, by an IndexError, every longer run."""
    belief = chances(PROFILE, Votes(sizes))
    assert belief.sum() == pytest.approx(1.0)
    assert all(0 <= gain < 0.5 for _, gain in sampling_gains(PROFILE, Votes(sizes), 16))


def test_a_verifier_that_leaves_no_doubt_leaves_nothing_to_gain() -> None:
    """The chance of all other answers underflows to 0; the futures in which they are right were then nan."""
    law = ScoreLaw(edges=(0.5,), right=(1e-4, 1 - 1e-4), wrong=(1 - 1e-4, 1e-4), independence=1.0)
    votes = Votes((100,), 0, ((1.0,) * 100,))
    assert all(gain == 0.0 for _, gain in sampling_gains(PROFILE, votes, 16, law))
