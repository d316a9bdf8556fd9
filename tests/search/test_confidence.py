import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import confidence as conf

STREAM = st.lists(st.floats(0.01, 30), min_size=1, max_size=60)


def test_token_confidence_drops_the_extra_entry_of_the_chosen_token():
    rows = [[-0.1, -2.0, -3.0, -9.0], [-1.0, -1.0]]
    assert conf.token_confidence(rows, k=3) == pytest.approx([5.1 / 3, 1.0])
    assert math.isnan(conf.token_confidence([[]])[0])


def test_golden_windows():
    tokens = [1.0, 2.0, 6.0, 4.0]
    assert conf.group_confidences(tokens, 2) == pytest.approx([1.5, 4.0, 5.0])
    assert conf.mean_confidence(tokens) == 3.25
    assert conf.tail_confidence(tokens, 2) == 5.0
    assert conf.lowest_confidence(tokens, 2) == 1.5
    assert conf.bottom_confidence(tokens, 2, part=0.7) == 2.75  # int(.7 * 3) = 2 groups
    assert conf.bottom_confidence(tokens, 2) == 1.5  # at least one group


def test_shorter_than_a_window_is_the_mean_of_all():
    for score in (conf.lowest_confidence, conf.tail_confidence, conf.bottom_confidence):
        assert score([1.0, 2.0, 6.0], 10) == 3.0
        assert math.isnan(score([], 10))


def test_a_dip_in_the_middle_is_seen_by_lowest_and_not_by_mean():
    steady, dipped = np.full(300, 5.0), np.full(300, 5.5)
    dipped[100:125] = 0.5
    assert conf.mean_confidence(dipped) > conf.mean_confidence(steady)
    assert conf.lowest_confidence(dipped, 20) < conf.lowest_confidence(steady, 20)
    assert conf.tail_confidence(dipped, 20) > conf.tail_confidence(steady, 20)


@given(STREAM, st.integers(1, 20))
def test_meter_agrees_with_the_windows_and_says_nothing_early(tokens, window):
    meter = conf.GroupMeter(window)
    readings = [meter.add(token) for token in tokens]
    assert readings[: window - 1] == [None] * min(window - 1, len(tokens))
    full = [reading for reading in readings if reading is not None]
    if len(tokens) >= window:
        assert full == pytest.approx(conf.group_confidences(tokens, window).tolist(), rel=1e-9, abs=1e-9)


@given(STREAM, st.integers(1, 20))
def test_order_of_the_scores(tokens, window):
    lowest, bottom = conf.lowest_confidence(tokens, window), conf.bottom_confidence(tokens, window)
    assert min(tokens) - 1e-9 <= lowest <= bottom + 1e-9 <= max(tokens) + 2e-9


def test_smaller_eta_sets_a_higher_bar_and_stops_more():
    warm_up = np.random.default_rng(1).gamma(6, 1, 1000)
    low, high = conf.keep_threshold(warm_up, 10), conf.keep_threshold(warm_up, 90)
    assert low == np.percentile(warm_up, 90)
    assert high == np.percentile(warm_up, 10)
    assert (np.mean(warm_up < low), np.mean(warm_up < high)) == (0.9, 0.1)
    bars = [conf.keep_threshold(warm_up, eta) for eta in (1, 10, 50, 90, 100)]
    assert bars == sorted(bars, reverse=True)
    assert bars[-1] == warm_up.min()


def test_online_stopping_keeps_the_same_candidates_as_the_offline_filter():
    rng, window = np.random.default_rng(2), 16
    streams = [rng.gamma(5, rng.uniform(0.7, 1.3), 200) for _ in range(60)]
    bar = conf.keep_threshold([conf.lowest_confidence(stream, window) for stream in streams[:16]], 60)
    offline = [conf.lowest_confidence(stream, window) >= bar for stream in streams]
    online, seen = [], []
    for stream in streams:
        meter = conf.GroupMeter(window)
        stopped = next((t for t, c in enumerate(stream, 1) if (mean := meter.add(c)) is not None and mean < bar), None)
        online.append(stopped is None)
        seen.append(stopped or len(stream))
    assert online == offline
    assert min(seen) >= window
    assert sum(len(stream) - n for stream, n in zip(streams, seen, strict=True)) > 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: conf.token_confidence([[-1.0]], k=0),
        lambda: conf.group_confidences([1.0], 0),
        lambda: conf.bottom_confidence([1.0], 1, part=0),
        lambda: conf.keep_threshold([1.0], 0),
        lambda: conf.keep_threshold([math.nan], 10),
        lambda: conf.GroupMeter(0),
    ],
)
def test_bad_arguments(call):
    with pytest.raises(ValueError, match=r"must be|has no number"):
        call()
