"""Value profiles: their laws add up, a fit finds what made the data, files come back as they were."""

import math
from pathlib import Path

import numpy as np
import pytest

from ttc.auto.prior import Component, Observed, ScoreLaw, ValueProfile, fit_profile, shipped_profile
from ttc.auto.prior_fit import fit_components, fit_lengths, fit_scores
from ttc.auto.votes_belief import log_partition


def restaurant(rng: np.random.Generator, n: int, spread: float, discount: float) -> list[int]:
    """Labels of n wrong answers."""
    sizes: list[int] = []
    labels = []
    for _ in range(n):
        weights = np.array([*(m - discount for m in sizes), spread + len(sizes) * discount])
        label = int(rng.choice(len(weights), p=weights / weights.sum()))
        if label == len(sizes):
            sizes.append(0)
        sizes[label] += 1
        labels.append(label)
    return labels


def made(rng: np.random.Generator, n: int, parts: tuple[Component, ...]) -> Observed:
    """A problem with n candidates by the law; label 0 is right."""
    part = parts[rng.choice(len(parts), p=[p.weight for p in parts])]
    right = rng.random(n) < rng.beta(part.alpha, part.beta)
    wrong = iter(restaurant(rng, int((~right).sum()), part.spread, part.discount))
    labels = [0 if r else next(wrong) + 1 for r in right]
    tokens = np.exp(rng.normal(rng.normal(5, 0.5), 0.3, n)).astype(int) + 1
    cut = tokens > 400
    return Observed(labels, 0 if right.any() else None, np.minimum(tokens, 400).tolist(), cut.tolist())


PARTS = (
    Component(weight=0.4, alpha=0.3, beta=3.0, spread=2.0, discount=0.5),
    Component(weight=0.6, alpha=8.0, beta=2.0, spread=1.0, discount=0.2),
)


def test_partitions_of_four_add_up_to_one() -> None:
    # how many ways 4 labelled answers fall into groups of these sizes
    ways = {(4,): 1, (3, 1): 4, (2, 2): 3, (2, 1, 1): 6, (1, 1, 1, 1): 1}
    sizes = np.zeros((5, 4))
    for row, group in zip(sizes, ways, strict=True):
        row[: len(group)] = group
    for spread, discount in ((1.0, 0.0), (0.5, 0.3), (4.0, 0.9)):
        chances = np.exp(log_partition(sizes, spread, discount)) @ np.array(list(ways.values()))
        assert chances == pytest.approx(1, abs=1e-5)


def test_a_fit_finds_the_law() -> None:
    rng = np.random.default_rng(3)
    hard, easy = fit_components([made(rng, 24, PARTS) for _ in range(600)], 2)
    assert hard.rate == pytest.approx(PARTS[0].rate, abs=0.04)
    assert easy.rate == pytest.approx(PARTS[1].rate, abs=0.04)
    assert hard.weight == pytest.approx(0.4, abs=0.06)
    assert hard.discount == pytest.approx(0.5, abs=0.12)
    assert hard.spread == pytest.approx(2.0, rel=0.35)


def test_lengths_count_what_was_cut_off() -> None:
    rng = np.random.default_rng(4)
    problems = [made(rng, 16, PARTS) for _ in range(300)]
    law = fit_lengths(problems)
    assert law.log_mean == pytest.approx(5, abs=0.08)
    assert law.between == pytest.approx(0.5, abs=0.08)
    naive = np.log([t for p in problems for t in p.tokens]).mean()
    assert naive < law.log_mean  # the toy version, which takes cut lengths for whole ones, is short


def test_scores_of_right_and_wrong() -> None:
    rng = np.random.default_rng(5)
    problems = []
    for _ in range(300):
        labels = rng.integers(0, 2, 8).tolist()
        scores = [float(rng.beta(4, 2) if label == 0 else rng.beta(2, 4)) for label in labels]
        problems.append(Observed(labels, 0, [10] * 8, scores={"v": scores}))
    law = fit_scores(problems, "v")
    right, wrong = rng.beta(4, 2, 20000), rng.beta(2, 4, 20000)
    assert law.auc == pytest.approx((right > wrong).mean(), abs=0.03)
    assert law.independence > 0.8  # each score was drawn for itself


def test_a_law_of_given_auc_has_that_auc() -> None:
    for auc in (0.5, 0.6, 0.75, 0.9):
        assert ScoreLaw.of_auc(auc, bins=50).auc == pytest.approx(auc, abs=0.01)
    law = ScoreLaw.of_auc(0.8)
    assert law.evidence(0.95) > 0 > law.evidence(0.05)
    assert law.evidence(math.nan) == 0
    with pytest.raises(ValueError, match="auc is 1"):
        ScoreLaw.of_auc(1.0)


def test_files_come_back_as_they_were(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    profile = fit_profile([made(rng, 8, PARTS) for _ in range(40)], "mine", 2)
    profile.save(tmp_path / "p.json")
    assert ValueProfile.load(tmp_path / "p.json") == profile
    (tmp_path / "p.json").write_text(profile.model_dump_json().replace('"version":1', '"version":2'))
    with pytest.raises(ValueError, match="version"):
        ValueProfile.load(tmp_path / "p.json")
    with pytest.raises(ValueError, match="too few"):
        fit_profile([made(rng, 8, PARTS)] * 3)


def test_the_shipped_profile_is_there() -> None:
    profile = shipped_profile()
    assert profile.problems >= 100
    assert 0.05 < sum(part.weight * part.rate for part in profile.components) < 0.95


@pytest.mark.parametrize(("tokens", "cut"), [(100, False), (100, True), (0, False)])
def test_a_pool_of_equal_lengths_makes_a_profile(tokens: int, cut: bool) -> None:
    """A model that writes one token, or is always cut off: the spread of lengths was 0, which no profile may have."""
    problems = [Observed([0, 1] * 4, 0, [tokens] * 8, [cut] * 8) for _ in range(20)]
    law = fit_profile(problems).lengths
    assert math.exp(law.log_mean) == pytest.approx(max(tokens, 1), rel=0.02)
    assert max(law.within, law.between) < 0.1


def test_lengths_that_were_all_cut_off_are_not_taken_for_endless() -> None:
    """The likelihood grows with the mean for ever; the search stopped at e^22 tokens before."""
    rng = np.random.default_rng(0)
    problems = [Observed([-1] * 8, None, rng.integers(50, 100, 8).tolist(), [True] * 8) for _ in range(20)]
    assert 50 < math.exp(fit_lengths(problems).log_mean) < 100


@pytest.mark.parametrize("components", [0, -1])
def test_a_profile_has_at_least_one_component(components: int) -> None:
    problems = [Observed([0] * 4, 0, [10, 20, 30, 40]) for _ in range(20)]
    with pytest.raises(ValueError, match=f"components is {components}; it must be at least 1"):
        fit_profile(problems, components=components)
