"""Metrics against closed forms, and intervals against what they promise."""

import math
from itertools import combinations

import numpy as np
import pytest

from ttc.evaluation import sampled
from ttc.evaluation.metrics import difference, estimate, holm
from ttc.evaluation.runs import CURRENCIES, Run
from ttc.evaluation.sampled import Sampled
from ttc.evaluation.summary import summarise


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
        found = estimate(repeats)
        inside += found.low <= 2 / 3 <= found.high
    assert 0.90 <= inside / 300 <= 0.98


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
