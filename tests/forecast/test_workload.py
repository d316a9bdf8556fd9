"""Workloads: what lengths are known, and what is learnt from many problems together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.bench.workloads import learnt, merged
from ttc.forecast.workload import Workload


def test_orders_of_lengths() -> None:
    w = Workload(50, (80, 100, 130, 90))
    assert w.longest(1) == w.mean
    assert w.mean < w.longest(4) < w.longest(16) <= w.max_tokens
    assert w.order(1, 8) < w.mean < w.order(8, 8)
    assert merged([w, w]).lengths == w.lengths * 2


def test_the_scatter_of_lengths_is_learnt_from_all_problems() -> None:
    """Samples that are all alike: four of them leave a belief in longer ones, thirty-two hardly any."""
    alone = Workload(50, (200, 201, 199, 200))
    together = learnt([alone] * 8)[0]
    beyond = [w.longest(8) / w.mean - 1 for w in (alone, together)]
    assert beyond[0] > 0.3
    assert beyond[1] < 0.6 * beyond[0]


def test_the_longest_of_n_is_near_the_mean_of_many_draws() -> None:
    rng = np.random.default_rng(3)
    lengths = tuple(round(x) for x in rng.lognormal(math.log(300), 0.5, 200))
    w = Workload(50, lengths, max_tokens=100_000)
    for n in (2, 8, 32):
        drawn = float(rng.choice(lengths, (20_000, n)).max(axis=1).mean())
        assert w.longest(n) == pytest.approx(drawn, rel=0.1)


@pytest.mark.parametrize("lengths", [(), (0,)])
def test_lengths_are_needed(lengths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="lengths is"):
        Workload(50, lengths)
