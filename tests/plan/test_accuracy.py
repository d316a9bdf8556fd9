"""Predicted accuracy, and the table of settings."""

from __future__ import annotations

from typing import Any

import pytest
from ttc.auto.futures import Votes
from ttc.auto.prior import Component, ScoreLaw, ValueProfile, shipped_profile

from ttc.budget.budget import Budget
from ttc.plan import Costing, Workload, predict
from ttc.plan.accuracy import predicted_accuracy, vote_accuracy
from ttc.plan.table import Row, Situation, best_row, rows_of
from ttc.strategies import STRATEGIES, make_strategy

EASY = ValueProfile(name="easy", components=(Component(weight=1, alpha=30, beta=20, spread=5),), silent=(0.01, 9.99))
LENGTHS = (80, 100, 120, 100)
ACCESS = {name: str(getattr(cls, "access", "")) for name, cls in STRATEGIES.items()}


def test_one_sample_is_right_as_often_as_the_profile_says() -> None:
    # the best answer after one sample is that sample, right with the mean rate .6 but for silence (.001)
    assert vote_accuracy(EASY, 1) == pytest.approx(0.6, abs=0.06)


def test_votes_raise_accuracy_where_right_answers_are_the_mode() -> None:
    curve = [vote_accuracy(EASY, n) for n in (1, 3, 8, 32)]
    assert curve == sorted(curve)
    assert curve[-1] > 0.9


def test_probes_move_the_prediction() -> None:
    profile = shipped_profile()
    agree, differ = Votes((4,)), Votes((1, 1, 1, 1))
    assert vote_accuracy(profile, 8, agree) > vote_accuracy(profile, 8) > vote_accuracy(profile, 8, differ)


def test_scores_help() -> None:
    law = ScoreLaw.of_auc(0.9)
    assert vote_accuracy(shipped_profile(), 8, law=law) > vote_accuracy(shipped_profile(), 8) + 0.05


def test_nothing_is_claimed_of_what_was_never_measured() -> None:
    w = Workload(50, LENGTHS)
    for name in ("rsa", "beam", "tournament", "st_bon_text", "universal"):
        strategy = make_strategy(name, {"n": 4})
        assert predicted_accuracy(name, predict(strategy, w), w, EASY) is None
    verified = Workload(50, LENGTHS, has_verifier=True)
    prediction = predict(make_strategy("best_of_n", {"n": 4}), verified)
    assert predicted_accuracy("best_of_n", prediction, verified, EASY, "self_verify") is None


def rows(budget: Budget, **fields: Any) -> dict[str, Row]:
    situation = Situation(Workload(50, LENGTHS), fields.pop("costing", Costing()), budget, EASY, **fields)
    return {row.strategy: row for row in rows_of(STRATEGIES, ACCESS, make_strategy, situation)}


def test_every_strategy_has_a_row_and_the_largest_setting_that_fits() -> None:
    found = rows(Budget(tokens=1000), verifier="prm", judge="pairwise")
    assert set(found) == set(STRATEGIES)
    for row in found.values():
        assert row.fits == (row.costs.tokens <= 1000)
    votes = found["shortest_majority"]
    assert votes.knobs == {"n": 8}  # 8 x 100 fits, 12 x 100 does not
    assert votes.accuracy is not None


def test_what_does_not_fit_says_of_what_it_lacks() -> None:
    found = rows(Budget(tokens=150, calls=1))
    assert found["st_bon_text"].lacks
    assert "calls" in found["st_bon_text"].lacks
    assert not found["st_bon_text"].fits
    assert rows(Budget(usd=1.0))["auto"].lacks == ("usd",), "a limit without a price promises nothing"


def test_what_is_missing_is_named_and_never_best() -> None:
    found = rows(Budget(tokens=2000))
    assert found["beam"].needs == "--verifier prm"
    assert found["tournament"].needs == "--judge pairwise"
    assert found["best_of_n"].needs == "--verifier"
    assert found["self_consistency"].needs is None
    best = best_row(found.values())
    assert best is not None
    assert best.needs is None


def test_without_a_budget_the_defaults_are_shown() -> None:
    assert rows(Budget())["self_consistency"].knobs == {}
