"""The table of verifiers: its votes and best-of-n against closed forms, and verifiers that look at the whole batch."""

import math

import numpy as np
import pytest

from evals.tables.pool_scores import agreement_of, shares
from evals.tables.verifier_report import Scored, line_of, markdown
from evals.tables.verifier_votes import best, curves_of, vote
from ttc.evaluation.sampled import Sampled, majority
from ttc.search.estimators import best_of_k

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, -1, 0, 1, 3, -1, 2, 0])
SCORES = np.array([0.9, 0.2, 0.5, 0.5, 0.8, 0.1, 0.3, 0.3, 0.7, 0.6, 0.4, 0.9, 0.2, 0.1, 0.6, 0.5])
RIGHT = LABELS == 0


def test_curves_agree_with_closed_forms() -> None:
    found = curves_of([SCORES] * 40, [RIGHT] * 40, [LABELS] * 40)
    sizes = (1, 2, 4, 8, 16)
    votes = majority(Sampled(tuple(LABELS.tolist()), tuple(RIGHT.tolist()), (1,) * 16), sizes)
    for place, n in enumerate(sizes):
        exact = best_of_k(SCORES, RIGHT.astype(float), n)
        assert found.plain[:, place].mean() == pytest.approx(exact, abs=4 * 0.5 / math.sqrt(4000))
        assert found.majority[:, place].mean() == pytest.approx(votes[place], abs=4 * 0.5 / math.sqrt(200))


def test_votes_share_ties_and_leave_out_abstentions() -> None:
    labels, right = np.array([0, 1, -1, -1]), np.array([True, False, False, False])
    assert vote(labels, right) == 0.5
    assert vote(labels, right, np.array([0.2, 0.1, 0.9, 0.9])) == 1.0
    assert vote(labels, right, np.full(4, math.nan)) == 0.5
    assert vote(labels[2:], right[2:]) == 0.0
    assert best(np.array([math.nan, 0.4, 0.4, 0.1]), right) == 0.0
    assert best(np.full(4, math.nan), right) == 0.25


def test_agreement_is_scored_anew_among_those_that_were_drawn() -> None:
    """The toy version takes the shares among all 16 with it into best-of-2, and seems to beat the vote over two."""
    whole = shares(LABELS)
    assert whole[0] == pytest.approx(5 / 14)
    assert math.isnan(whole[9])
    honest = curves_of([whole], [RIGHT], [LABELS], agreement_of([LABELS]))
    toy = curves_of([whole], [RIGHT], [LABELS])
    assert honest.weighted == pytest.approx(honest.majority)
    assert abs(toy.plain[0, 1] - honest.plain[0, 1]) > 0.02


def test_a_verifier_that_knows_and_one_that_cannot_judge() -> None:
    rng = np.random.default_rng(1)
    knows, silent = Scored(), Scored()
    for problem in range(12):
        right = rng.random(16) < 0.4
        labels = np.where(right, 0, 1).tolist()
        cost = {"calls": 16, "prompt_tokens": 160, "cached_tokens": 80, "output_tokens": 16, "seconds": 1.6}
        knows.add(str(problem), right.astype(float).tolist(), right.tolist(), labels, cost)
        silent.add(str(problem), [None] * 16, right.tolist(), labels)
    line = line_of("knows", knows)
    assert line["auc"][0] == line["within_auc"][0] == line["accepted"]["ceiling"] == 1.0
    assert line["cost"]["seconds"] == pytest.approx(0.1)
    assert line["curves"]["plain"][-1][0] == 1.0
    none = line_of("silent", silent)
    assert math.isnan(none["auc"][0])
    assert "ece" not in none
    assert none["judged"] == 0.0
    text = markdown("title", [line, none], "notes")
    assert "nan" not in text
    assert "| knows | 12 | 100% | 1.000 (1.000 to 1.000)" in text
