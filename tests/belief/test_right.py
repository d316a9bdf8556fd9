"""P(the answer is right), for any strategy, from what its run has seen."""

import math

import numpy as np
import pytest

from tests.belief.planted import THETA_1, THETA_2, planted
from ttc.belief.belief import Votes
from ttc.belief.check import calibration_error, calibration_floor
from ttc.belief.classes import Model
from ttc.belief.lookup import known_of
from ttc.belief.profile import StreamLaw, ValueProfile, WayLengths
from ttc.belief.right import Comparison, Seen, evidence_of, p_right
from ttc.belief.worth import JudgeWorth, VerifierWorth

PRM = VerifierWorth(a=0.2, c=0.5, iota=0.25, auc=0.75)
JUDGE = JudgeWorth(alpha=3, beta=1, gamma=1)
PROFILE = ValueProfile(
    name="mine",
    model=Model(name="m", parameters=1.5e9),
    streams={"prose:1": StreamLaw(theta=THETA_1)},
    verifiers={"prm": PRM, "useless": VerifierWorth()},
    judges={"pairwise": JUDGE},
)
KNOWN = known_of(PROFILE)
BELIEF = KNOWN.belief


def test_every_answer_has_a_p_of_its_own() -> None:
    seen = Seen([4, -1, 4, 4, 7, 9])
    right = BELIEF.right(Votes.of([3, 1, 1], 1))
    leader, other = p_right(KNOWN, seen, 0), p_right(KNOWN, seen, 4)
    assert leader is not None
    assert other is not None
    assert (leader.right, leader.leads, leader.kind) == (pytest.approx(right[0]), True, "fitted")
    assert (other.right, other.leads, other.lead) == (pytest.approx(right[1]), False, pytest.approx(right[0]))
    assert leader.unseen == pytest.approx(right[-1])


def test_no_answer_is_not_right_and_nothing_drawn_is_unknown() -> None:
    for chosen in (None, 1):
        none = p_right(KNOWN, Seen([4, -1]), chosen)
        assert none is not None
        assert none.right == 0.0
    assert p_right(KNOWN, Seen([]), None) is None


def test_scores_of_a_measured_verifier_count_and_others_do_not() -> None:
    seen = Seen([0, 1, 1], scores=[0.9, 0.2, math.nan])
    measured, useless, unknown = (p_right(KNOWN, seen, 0, verifier=name) for name in ("prm", "useless", "other"))
    assert measured is not None
    assert useless is not None
    assert unknown is not None
    extra = (PRM.extra([0.9]), PRM.extra([0.2]))
    assert measured.right == pytest.approx(BELIEF.right(Votes.of([1, 2], extra=extra))[0])
    assert useless.right == unknown.right == pytest.approx(BELIEF.right(Votes.of([1, 2]))[0])
    assert (measured.why, measured.notes, useless.notes) == ("mine: same class", (), ())
    assert "ttc record --verifier other, then ttc fit" in unknown.notes[0]


def test_a_verifier_that_cannot_be_read_is_named_and_moves_nothing() -> None:
    found = p_right(KNOWN, Seen([0, 1], scores=[math.nan, math.nan]), 0, verifier="prm")
    assert found is not None
    assert found.right == pytest.approx(BELIEF.right(Votes.of([1, 1]))[0])
    assert found.notes == ("prm could not be read",)


def test_a_stated_worth_is_called_so() -> None:
    seen = Seen([0, 1], scores=[0.9, 0.1])
    stated = p_right(KNOWN, seen, 0, verifier="other", verifier_auc=0.8)
    assert stated is not None
    assert (stated.kind, stated.leads) == ("stated", True)
    assert stated.right > BELIEF.right(Votes.of([1, 1]))[0]
    known = p_right(KNOWN, seen, 0, verifier="prm", verifier_auc=0.8)  # what was measured goes before
    assert known is not None
    assert known.kind == "fitted"


def test_comparisons_of_candidates_count_for_their_answers() -> None:
    seen = Seen(
        [5, 5, 3, -1], comparisons=[Comparison(2, 0, 0, 1, 1), Comparison(1, 2, 1, 0, 2), Comparison(0, 1, 1, 0, 1)]
    )
    evidence = evidence_of(KNOWN, seen, judge="pairwise")
    assert (evidence.records, evidence.asked, evidence.compared) == ({(0, 1): (2.0, 0.0)}, {(0, 1): 3}, 4)
    assert evidence.votes.extra == pytest.approx((JUDGE.extra(2, 0), JUDGE.extra(0, 2)))
    said, unknown = p_right(KNOWN, seen, 0, judge="pairwise"), p_right(KNOWN, seen, 0, judge="other")
    assert said is not None
    assert unknown is not None
    assert said.right > unknown.right == pytest.approx(BELIEF.right(Votes.of([2, 1], 1))[0])
    assert "ttc record --judge other, then ttc fit" in unknown.notes[0]
    dumb = p_right(KNOWN, Seen([0, 1], comparisons=[Comparison(0, 1, 0, 0, 4)]), 0, judge="pairwise")
    assert dumb is not None
    assert dumb.notes == ("pairwise could not be read",)


def test_what_is_right_by_nature_needs_no_measuring() -> None:
    """Agreement repeats the votes; `exact` knows the answer."""
    repeated = p_right(KNOWN, Seen([0, 0, 1], scores=[0.67, 0.67, 0.33]), 0, verifier="agreement")
    assert repeated is not None
    assert (repeated.right, repeated.notes) == (pytest.approx(BELIEF.right(Votes.of([2, 1]))[0]), ())
    for scores, low, high in (([0.0, 0.0, 1.0], 0.98, 1.0), ([0.0, 0.0, 0.0], 0.0, 0.01)):
        found = p_right(KNOWN, Seen([0, 0, 1], scores=scores), 2, verifier="exact")
        assert found is not None
        assert low <= found.right <= high


def test_agreement_among_copies_of_one_draw_is_one_vote() -> None:
    seen = Seen([0, 0, 0, 1], roots=[0, 0, 0, 1])
    found = p_right(KNOWN, seen, 0)
    assert found is not None
    assert found.right == pytest.approx(BELIEF.right(Votes.of([1, 1]))[0])
    # of a chain of revisions the chosen one speaks, also where an earlier answer was more frequent
    revised = p_right(KNOWN, Seen([0, 0, 2, 1], roots=[0, 0, 0, 1]), 2)
    assert revised is not None
    assert revised.right == pytest.approx(BELIEF.right(Votes.of([1, 1]))[0])


def test_answers_that_cannot_be_compared_need_a_measured_verifier() -> None:
    seen = Seen([0, 1, 2], scores=[0.9, 0.1, 0.2])
    assert p_right(KNOWN, seen, 0, verifier="other", comparable=False) is None
    assert p_right(KNOWN, seen, 0, comparable=False) is None
    found = p_right(KNOWN, seen, 0, verifier="prm", comparable=False)
    assert found is not None
    assert found.right == pytest.approx(BELIEF.right(Votes.of([1], extra=(PRM.extra([0.9]),)))[0])


def test_the_order_of_candidates_does_not_matter() -> None:
    labels, scores, tokens = [0, 0, 1, -1, 2], [0.9, 0.3, 0.8, None, 0.1], [300, 500, 800, 1024, 400]
    law = StreamLaw(theta=THETA_2, lengths={"prose": WayLengths(log_mean=6.0, within=0.3)}, between=0.2, slope=-0.3)
    known = known_of(PROFILE.model_copy(update={"streams": {"prose:1": law}}))
    before = p_right(known, Seen(labels, tokens, scores=scores), 0, verifier="prm")
    order = [3, 4, 2, 0, 1]
    mixed = Seen([labels[i] for i in order], [tokens[i] for i in order], scores=[scores[i] for i in order])
    after = p_right(known, mixed, 3, verifier="prm")
    assert before is not None
    assert after is not None
    assert before.right == pytest.approx(after.right, abs=1e-12)
    without = p_right(known, Seen(labels, scores=scores), 0, verifier="prm")
    assert without is not None
    assert without.right != pytest.approx(before.right, abs=1e-3)  # lengths count


def test_what_is_unscored_is_what_nobody_was_asked_about() -> None:
    evidence = evidence_of(KNOWN, Seen([0, 0, 0, 1], scores=[0.5, math.nan, None, None]), "prm")
    assert (evidence.scored, evidence.unscored) == ((1, 0), (1, 1))
    assert evidence_of(KNOWN, Seen([0, 1])).unscored == (1, 1)


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="tokens has 1 entries for 2 candidates"):
        Seen([0, 1], [10])


@pytest.mark.parametrize("rule", ["vote", "best score", "last", "judged"])
def test_stated_chances_are_true_however_the_answer_was_chosen(rule: str) -> None:
    """3,000 planted problems of 6 candidates with scores and comparisons: ECE − floor of the chosen answer's P."""
    rng = np.random.default_rng(0)
    law = VerifierWorth(a=0.0, c=1.0, iota=0.0, auc=0.76)
    profile = PROFILE.model_copy(update={"verifiers": {"prm": law}})
    known, stated, right = known_of(profile), [], []
    for problem in planted(THETA_1, 3000, 6, rng):
        labels = list(problem.labels)
        answers = sorted({label for label in labels if label >= 0})
        if not answers:
            continue
        # one score an answer, with log-odds ± ½ + N(0, 1): evidence of exactly these log-odds
        odds = {a: rng.normal(0.5 if a == 0 else -0.5, 1) for a in answers}
        scores = [1 / (1 + math.exp(-odds[label])) if label >= 0 else None for label in labels]
        comparisons = []
        if len(answers) > 1:
            one, two = rng.choice(answers, 2, replace=False)
            chance = rng.beta(3, 1) if one == 0 else rng.beta(1, 3) if two == 0 else rng.beta(1, 1)
            won = int(rng.binomial(2, chance))
            comparisons = [Comparison(labels.index(one), labels.index(two), won, 2 - won, 2)]
        spoken = [i for i, label in enumerate(labels) if label >= 0]
        chosen = {
            "vote": max(spoken, key=lambda i: (labels.count(labels[i]), -i)),
            "best score": max(spoken, key=lambda i: scores[i] or 0.0),
            "last": spoken[-1],
            "judged": comparisons[0].first if comparisons and comparisons[0].won > 1 else spoken[0],
        }[rule]
        found = p_right(known, Seen(labels, scores=scores, comparisons=comparisons), chosen, "prm", "pairwise")
        assert found is not None
        stated.append(found.right)
        right.append(labels[chosen] == 0)
    values, truth = np.array(stated), np.array(right, dtype=float)
    assert calibration_error(values, truth) - calibration_floor(values, rng) <= 0.015
    assert abs(values.mean() - truth.mean()) <= 0.02
