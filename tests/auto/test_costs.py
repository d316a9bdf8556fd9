"""What candidates, verdicts and judgements cost, in every currency."""

import math

import numpy as np
import pytest

from ttc.auto.costs import USUAL, CalibratedTimes, Length, Spending, WaveTimes, times, total
from ttc.auto.options import Limits
from ttc.belief.belief import Lengths, Way
from ttc.prices.latency import LatencyLaw, LatencyLaws
from ttc.types import Cost


class Priced:
    """USD linear in tokens, a prompt token for a quarter of an output token; quadratic eFLOPs."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        return 1e-6 * (prompt - cached + 4 * output)

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        return 1e-6 * n * (output / n) ** 2


class Unpriced:
    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        return None

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        return None


def spending(*counted: str, prices: Priced | Unpriced | None = None) -> Spending:
    return Spending(frozenset(counted), prices or Priced(), WaveTimes(), 10, Length(5.0, 0.8, 10**6))


def test_lengths_are_learnt_and_cut() -> None:
    law = Lengths((Way("prose", math.log(100), 0.3),), 1.0)
    assert Length.learnt(law, [400] * 20, 10**6).moment(1) == pytest.approx(400, rel=0.1)
    assert Length.learnt(law, [], 10**6).sd == pytest.approx(math.hypot(1.0, 0.3))
    sloped = Length.learnt(Lengths((Way("prose", 4.0, 0.3),), 0.4, 0.3), [], 10**6)
    assert sloped.sd == pytest.approx(math.hypot(0.5, 0.3))  # difficulty moves lengths too
    assert Length.learnt(None, [], 10**6).log_mean == USUAL.ways[0].log_mean
    rng = np.random.default_rng(1)
    drawn = np.minimum(np.exp(rng.normal(5, 0.8, 200_000)), 250)
    length = Length(5.0, 0.8, 250)
    assert length.moment(1) == pytest.approx(drawn.mean(), rel=0.01)
    assert length.moment(2) == pytest.approx((drawn**2).mean(), rel=0.01)
    assert length.longest(1) < length.longest(4) <= 250


def test_the_scarcest_currency_prices_an_action_and_eflops_need_the_square() -> None:
    one = spending("tokens", "eflops").samples(1)
    length = Length(5.0, 0.8, 10**6)
    mean, square = length.moment(1), length.moment(2)
    assert one["eflops"] == pytest.approx(1e-6 * square, rel=0.02)
    assert one["eflops"] > 1.5e-6 * mean**2  # the cost of the mean length would be too low
    assert (one["usd"], one["seconds"]) == (0.0, 0.0)  # in these nothing is counted
    limits = Limits({"tokens": 1000, "eflops": 1.0}, {"tokens": 5000.0, "eflops": 0.001})
    assert limits.share(one) == pytest.approx(max(one["tokens"] / 1000, one["eflops"]))
    assert limits.binding(one) == "tokens"
    assert limits.lacking(one) == "eflops"
    assert total(one, times(one, 2))["tokens"] == pytest.approx(3 * one["tokens"])


def test_judgements_are_priced_with_their_prompts() -> None:
    """Two judgements of one output token each, after prompts of 800 tokens, of which 200 were cached."""
    spent = Cost(calls=2, prompt_tokens=1600, cached_tokens=400, output_tokens=2, usd=0.0012, eflops=3.0)
    told = spending("tokens").checks(spent, 1.5, 2)
    assert told == {
        "tokens": pytest.approx(1 + 1200 / 4 / 2), "calls": 1.0, "usd": 0.0006, "eflops": 1.5, "seconds": 0.75,
    }  # fmt: skip
    assert spending("tokens", prices=Unpriced()).checks(spent, 1.5, 2)["tokens"] == pytest.approx(1 + 600)
    free = spending("tokens").checks(Cost(), 0.3, 4)
    assert not any(free.values())


def test_waves_teach_how_parallel_a_server_is() -> None:
    free, serial = WaveTimes(), WaveTimes()
    for n in (1, 8, 4):
        free.add(n, 100, 1.0)
        serial.add(n, 100, 1.0 * n)
    assert free.seconds(16, 10, 100) == pytest.approx(1.0, rel=0.05)
    assert serial.seconds(16, 10, 100) == pytest.approx(16.0, rel=0.1)
    law = LatencyLaws(LatencyLaw((0.01, 0.001, 0.0), 0.0), LatencyLaw((0.1, 0.0, 0.0, 0.0), 0.0))
    assert CalibratedTimes(law).seconds(10, 50, 100) == pytest.approx(0.1 + 100 * 0.02)
