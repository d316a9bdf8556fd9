"""Predicted accuracy, and the table of settings."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ttc.auto.gains import forecast
from ttc.belief.belief import Votes
from ttc.belief.lookup import known_of
from ttc.belief.profile import StreamLaw, ValueProfile, shipped_profile
from ttc.belief.worth import VerifierWorth
from ttc.budget.budget import Budget
from ttc.core.needs import needs_of
from ttc.plan import Costing, Workload, predict
from ttc.plan.accuracy import predicted_accuracy
from ttc.plan.table import Row, Situation, best_row, rows_of
from ttc.strategies import STRATEGIES, make_strategy

LAW = StreamLaw(theta=(math.log(1.5), 0.0, 4.0, -7.0, 0.0, 3.0, 1.6, 0.0, 0.0, 0.0))
"""Right with chance .6 whatever the difficulty, hardly ever silent."""
EASY = known_of(ValueProfile(name="easy", streams={"prose:1": LAW}, verifiers={"good": VerifierWorth(c=1, auc=0.9)}))
SHIPPED = known_of(shipped_profile()).belief
LENGTHS = (80, 100, 120, 100)
NEEDS = {name: needs_of(cls) for name, cls in STRATEGIES.items()}


def test_one_sample_is_right_as_often_as_the_profile_says() -> None:
    assert forecast(EASY.belief, 1) == pytest.approx(0.6, abs=0.02)


def test_votes_raise_accuracy_where_right_answers_are_the_mode() -> None:
    curve = [forecast(EASY.belief, n) for n in (1, 3, 8, 32)]
    assert curve == sorted(curve)
    assert curve[-1] > 0.9


def test_probes_move_the_prediction() -> None:
    agree, differ = Votes.of([4]), Votes.of([1, 1, 1, 1])
    assert forecast(SHIPPED, 8, agree) > forecast(SHIPPED, 8) > forecast(SHIPPED, 8, differ)


def test_scores_help_where_their_worth_is_known() -> None:
    w = Workload(50, LENGTHS, has_verifier=True)
    prediction = predict(make_strategy("best_of_n", {"n": 4}), w)
    scored = predicted_accuracy("best_of_n", prediction, w, EASY, "good")
    votes = predicted_accuracy("best_of_n", prediction, Workload(50, LENGTHS), EASY)
    assert scored is not None
    assert votes is not None
    assert scored > votes + 0.05


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
    return {row.strategy: row for row in rows_of(STRATEGIES, NEEDS, make_strategy, situation)}


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
    assert found["ab_mcts"].needs == "--verifier"
    assert found["best_of_n"].needs is None  # without a verifier it votes
    assert found["self_consistency"].needs is None
    best = best_row(found.values())
    assert best is not None
    assert best.needs is None


def test_without_a_budget_the_defaults_are_shown() -> None:
    assert rows(Budget())["self_consistency"].knobs == {}
