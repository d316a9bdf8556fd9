"""Metrics against closed forms, and intervals against what they promise."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from ttc.evaluation import sampled
from ttc.evaluation.metrics import difference, estimate, holm, proportion
from ttc.evaluation.runs import CURRENCIES, Run
from ttc.evaluation.sampled import Sampled
from ttc.evaluation.summary import summarise, warnings_of


def samples(labels: list[int], right: int = 0, scores: tuple[float, ...] = ()) -> Sampled:
    """Samples whose label `right` is the right answer."""
    return Sampled(tuple(labels), tuple(label == right for label in labels), (100,) * len(labels), scores)


def test_standard_error_is_over_problems() -> None:
    found = estimate([0.0, 1.0, 1.0, 0.5])
    assert found.value == pytest.approx(0.625)
    assert found.se == pytest.approx(np.std([0.0, 1.0, 1.0, 0.5], ddof=1) / 2)
    assert found.low < found.value < found.high
    assert math.isnan(estimate([1.0]).se)
    assert estimate([]).n == 0


def test_intervals_hold_what_they_promise() -> None:
    rng, inside = np.random.default_rng(7), 0
    for _ in range(300):
        problems = rng.beta(2.0, 1.0, 60)  # mean 2/3
        repeats = rng.binomial(8, problems) / 8  # eight samples each, which are not independent
        found = proportion(repeats, 8)
        inside += found.low <= 2 / 3 <= found.high
    assert 0.92 <= inside / 300 <= 0.98


def coverage(n: int) -> list[float]:
    """Chance that the interval of n problems holds p, for p = .03, .04, ..., .97: exact, a sum over all counts."""
    intervals = [proportion([1.0] * hits + [0.0] * (n - hits)) for hits in range(n + 1)]
    return [
        sum(
            math.comb(n, hits) * p**hits * (1 - p) ** (n - hits)
            for hits, found in enumerate(intervals)
            if found.low <= p <= found.high
        )
        for p in (step / 100 for step in range(3, 98))
    ]


@pytest.mark.parametrize(("n", "least", "most"), [(30, 0.915, 0.985), (100, 0.925, 0.98), (500, 0.93, 0.97)])
def test_intervals_of_accuracies_cover_every_share(n: int, least: float, most: float) -> None:
    found = coverage(n)
    assert least <= min(found)
    assert max(found) <= most
    assert 0.94 <= np.mean(found) <= 0.96


def test_an_accuracy_of_nought_or_one_has_an_interval() -> None:
    none, all_ = proportion([0.0] * 30), proportion([1.0] * 30)
    assert (none.low, all_.high) == (0.0, 1.0)
    assert none.high == pytest.approx(0.1135, abs=1e-4)  # Wilson, 0 of 30
    assert all_.low == pytest.approx(1 - none.high)
    assert 0 < proportion([1.0]).low < proportion([1.0]).high == 1.0  # one problem says little, but something
    assert math.isnan(proportion([1.0]).se)
    assert math.isnan(proportion([]).low)
    with pytest.raises(ValueError, match=r"from 0 to 1.5 must be in \[0, 1\]"):
        proportion([0.0, 1.5])


def test_repeats_narrow_an_interval_as_far_as_problems_are_alike() -> None:
    """n_eff = n m (1 - m) / variance: problems that are 0 or 1 gain nothing from repeats, alike ones gain all."""
    split = proportion([0.0, 1.0] * 20, 16)
    assert (split.low, split.high) == pytest.approx((proportion([0.0, 1.0] * 20).low, 1 - split.low))
    alike = np.random.default_rng(0).binomial(16, 0.5, 40) / 16
    found, single = proportion(alike, 16), proportion([0.0, 1.0] * 20)
    assert found.high - found.low == pytest.approx((single.high - single.low) / 4, rel=0.2)
    assert found.high - found.low == pytest.approx(2 * 1.96 * found.se, rel=0.15)
    capped = proportion([0.5, 0.501] * 20, 4)  # no more independent than the 160 draws
    assert capped.high - capped.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 160), rel=0.02)


def test_blocks_of_a_large_set_give_the_same_law() -> None:
    rng = np.random.default_rng(0)
    values = (rng.random(5000) < 0.3).astype(float)
    found = estimate(values)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * found.se, rel=0.1)


def test_paired_differences_see_what_unpaired_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    first = rng.random(200)
    gap = difference(first + 0.02, first)
    assert gap.value == pytest.approx(0.02)
    assert gap.se == pytest.approx(0.0, abs=1e-12)
    assert gap.p < 0.001
    assert estimate(first).se > 0.015  # unpaired, the gap would drown
    with pytest.raises(ValueError, match="200 and 3 problems"):
        difference(first, [1.0, 2.0, 3.0])


def test_sign_flips_are_exact_for_few_problems() -> None:
    """Three wins of three: two of the eight sign patterns are as far from zero, so p is 1/4."""
    assert difference([1, 1, 1], [0, 0, 0]).p == pytest.approx(0.25, abs=0.03)
    assert difference([1, 0, 1], [1, 0, 1]).p == 1.0


def test_p_values_are_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(3)
    p = [difference(rng.random(40), rng.random(40)).p for _ in range(300)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_pair_without_common_problems_does_not_count_among_the_comparisons() -> None:
    found = holm([0.01, math.nan, 0.04, 0.03])
    assert [found[i] for i in (0, 2, 3)] == pytest.approx([0.03, 0.06, 0.06])
    assert math.isnan(found[1])
    runs = [one_run("left", f"p{i}", samples([0])) for i in range(12)]
    runs += [one_run("other", f"q{i}", samples([0])) for i in range(12)]
    runs += [replace(one_run("both", name, samples([1])), correct=False) for name in map("p{}".format, range(12))]
    pairs = {(row["first"], row["second"]): row for row in summarise(runs, {})["comparisons"]}
    assert pairs["left", "other"]["p_holm"] is None
    assert pairs["left", "both"]["p_holm"] == pairs["left", "both"]["p"] < 0.01


def test_costs_and_curves_of_other_problems_are_not_compared() -> None:
    """The plain vote of one set says nothing of another one: no gain is claimed, and the reader is told."""
    runs = [one_run("here", f"p{i}", samples([0, 1, 0, 0]), tokens=200.0) for i in range(6)]
    runs += [one_run("there", f"q{i}", samples([0, 1]), tokens=200.0) for i in range(6)]
    summary = summarise(runs, {})
    here, there = summary["cells"]
    assert here["gain_at_equal_cost"] is not None
    assert there["gain_at_equal_cost"] is None
    assert warnings_of(summary) == ["the cells were run on 2 different sets of problems, which are plotted apart"]


def brute_majority(labels: list[int], k: int) -> float:
    """Expected accuracy over all k-subsets, ties shared; answer 0 is right."""
    total = 0.0
    subsets = list(combinations(labels, k))
    for subset in subsets:
        votes = [sum(x == label for x in subset) for label in range(max(labels) + 1)]
        if max(votes):
            total += (votes[0] == max(votes)) / sum(v == max(votes) for v in votes)
    return total / len(subsets)


def test_majority_is_the_expectation_over_subsets_and_ties() -> None:
    labels = [0, 0, 0, 1, 1, 2, -1, -1]
    found = sampled.majority(samples(labels), [1, 2, 4, 8])
    expected = [brute_majority(labels, k) for k in (1, 2, 4, 8)]
    assert found[0] == pytest.approx(3 / 8)
    assert found[3] == 1.0
    assert found[1:3] == pytest.approx(expected[1:3], abs=0.08)  # 200 random orders
    assert sampled.majority(samples([0, 0, 1, 1]), [4]) == [0.5]  # a tie is worth a half, whoever came first
    assert sampled.majority(samples([1, 1, 0, 0]), [4]) == [0.5]
    assert sampled.majority(samples([-1, -1]), [1, 2]) == [0.0, 0.0]


def test_pass_at_k_and_its_relatives_against_enumeration() -> None:
    labels = [0, 0, 1, 2, -1]
    for k in (1, 2, 5):
        subsets = list(combinations(labels, k))
        assert sampled.passing(samples(labels), k) == pytest.approx(np.mean([0 in s for s in subsets]))
        half = np.mean([sum(x == 0 for x in s) >= math.ceil(k / 2) for s in subsets])
        assert sampled.steadily_passing(samples(labels), k, 0.5) == pytest.approx(half)
    assert sampled.average(samples(labels)) == 0.4
    with pytest.raises(ValueError, match="share is 0"):
        sampled.steadily_passing(samples(labels), 2, 0.0)


def test_best_of_k_takes_the_highest_score_and_unjudged_last() -> None:
    scored = samples([0, 1, 1], scores=(0.9, 0.5, math.nan))
    assert sampled.best_scored(scored, 3) == 1.0
    assert sampled.best_scored(scored, 2) == pytest.approx(2 / 3)


def test_the_ladder_ends_at_n() -> None:
    assert sampled.ladder(1) == [1]
    assert sampled.ladder(12) == [1, 2, 4, 8, 12]
    assert sampled.ladder(16) == [1, 2, 4, 8, 16]


def test_a_summary_has_levels_subjects_and_comparisons_that_are_corrected_together() -> None:
    def made(cell: str, i: int, correct: bool) -> Run:
        cost = dict.fromkeys(CURRENCIES, 1.0)
        level, subject = str(i % 2 + 1), "sums" if i < 10 else "products"
        return Run(
            cell, f"p{i}", 0, correct, 0.5, level, subject, "finished", None, cost, Sampled((0,), (correct,), (9,))
        )

    rules = {"all": lambda i: True, "even": lambda i: i % 2 == 0, "few": lambda i: i < 5}
    summary = summarise([made(cell, i, rule(i)) for cell, rule in rules.items() for i in range(20)], {})
    even = next(cell for cell in summary["cells"] if cell["cell"] == "even")
    assert [even["by_level"][level]["value"] for level in ("1", "2")] == [1.0, 0.0]
    assert [even["by_subject"][subject]["value"] for subject in ("sums", "products")] == [0.5, 0.5]
    pairs = {(row["first"], row["second"]): row for row in summary["comparisons"]}
    assert set(pairs) == {("all", "even"), ("all", "few"), ("even", "few")}
    corrected = holm([row["p"] for row in summary["comparisons"]])
    assert [row["p_holm"] for row in summary["comparisons"]] == corrected
    assert pairs["all", "few"]["value"] == 0.75
    assert pairs["all", "few"]["p_holm"] < 0.01 < pairs["even", "few"]["p_holm"]


def one_run(cell: str, problem: str, found: Sampled, repeat: int = 0, tokens: float = 1.0) -> Run:
    cost = {**dict.fromkeys(CURRENCIES, 1.0), "tokens": tokens}
    return Run(cell, problem, repeat, True, 0.5, "1", "", "finished", None, cost, found)


def test_samples_of_a_rule_that_stops_early_tell_no_pass_at_k() -> None:
    """Such a rule looked at its samples: unanimous ones are few, split ones many, and their mean is biased."""
    uniform = [one_run("uniform", f"p{i}", samples([0, 0, 1, 0])) for i in range(3)]
    adaptive = [one_run("adaptive", f"p{i}", samples([0, 1] * (2 + i))) for i in range(3)]
    assert summarise(adaptive, {})["samples"] == {}
    both = summarise([*uniform, *adaptive], {})["samples"]  # the adaptive cell drew more and is left out
    assert both["avg@4"]["value"] == pytest.approx(0.75)


def test_the_gain_is_over_votes_of_equal_cost() -> None:
    """Interpolated in log tokens between the two sizes beside it; nothing is claimed outside of what was drawn."""
    pool = {f"p{i}": samples([0, 0, 1, 0, 2, 0, 0, 1]) for i in range(2)}

    def gain(tokens: float) -> tuple[float | None, list[dict[str, float]]]:
        runs = [one_run("rule", name, samples([0]), tokens=tokens) for name in pool]
        summary = summarise(runs, {}, pool)
        return summary["cells"][0]["gain_at_equal_cost"], summary["uniform"]

    found, curve = gain(math.sqrt(100.0 * 200.0))
    assert [row["tokens"] for row in curve] == [100.0, 200.0, 400.0, 800.0]
    assert curve[0]["accuracy"] < curve[2]["accuracy"]
    assert found == pytest.approx(1.0 - (curve[0]["accuracy"] + curve[1]["accuracy"]) / 2)
    assert gain(400.0)[0] == pytest.approx(1.0 - curve[2]["accuracy"])
    assert gain(99.0)[0] is gain(801.0)[0] is None


def test_repeats_make_no_interval_narrower_than_the_problems_allow() -> None:
    """Fifty repeats of two problems are two problems: SE = sd of their means / sqrt(2)."""
    runs = [
        one_run("rule", name, samples([0] * n), repeat, tokens=100.0 * n)
        for name, n in (("p0", 1), ("p1", 3))
        for repeat in range(50)
    ]
    (cell,) = summarise(runs, {})["cells"]
    for found, sd in ((cell["cost"]["tokens"], 100.0 * math.sqrt(2)), (cell["samples"], math.sqrt(2))):
        assert found["se"] == pytest.approx(sd / math.sqrt(2))
        assert found["n"] == 2


def test_repeats_of_one_sample_are_many_samples() -> None:
    """Sixteen repeats of one sample are avg@16, and votes over them know equal answers of different runs."""
    answers = ["5", "7", "5.0", "7", None, "5", "9", "7"]
    runs = [
        one_run("cell", name, Sampled((-1 if a is None else 0,), (a in ("5", "5.0"),), (9,), (math.nan,), (a,)), repeat)
        for name in ("p0", "p1")
        for repeat, a in enumerate(answers)
    ]
    found = summarise(runs, {})["samples"]
    assert found["avg@8"]["value"] == pytest.approx(3 / 8)
    assert found["maj@8"]["value"] == pytest.approx(1 / 2)  # three fives, one of them written as 5.0, and three sevens
    assert found["pass@8"]["value"] == 1.0
    assert "avg@1" not in found


def test_labels_of_a_run_hold_together_what_texts_do_not() -> None:
    first = Sampled((0, 0, 1), (False,) * 3, (9,) * 3, (math.nan,) * 3, ("1/2", "0.5", "3"))
    second = Sampled((0, 1, 1), (False,) * 3, (9,) * 3, (math.nan,) * 3, ("3", "0.50", "0.5"))
    assert sampled.together([first, second]).labels == (0, 0, 1, 1, 0, 0)
