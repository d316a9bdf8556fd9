import math

import numpy as np
import pytest

from ttc.search import model_switch
from ttc.search.voting import ABSTAIN, weighted


def test_one_valid_answer_of_five_is_not_unanimous():
    assert not model_switch.consistent([3, ABSTAIN, ABSTAIN, ABSTAIN, ABSTAIN])
    assert model_switch.consistent([3, 3, ABSTAIN, ABSTAIN, ABSTAIN])
    assert not model_switch.consistent([3, 3, 1])
    assert model_switch.consistent([3, 3, 1], threshold=2 / 3)
    assert not model_switch.consistent([ABSTAIN] * 3)


def test_weights():
    assert model_switch.agreement_weight([7] * 5) == pytest.approx(1)
    assert model_switch.agreement_weight([0, 1, 2, 3, 4]) == pytest.approx(1 / 5)
    assert model_switch.agreement_weight([0, 0, 0, 0, 1]) == pytest.approx(0.422, abs=5e-4)
    assert model_switch.agreement_weight([4]) == 1
    assert model_switch.agreement_weight([ABSTAIN]) == 0
    assert model_switch.agreement_weight([0, 0, 1, 1]) == pytest.approx(1 / 4)


def test_a_sure_model_outvotes_a_scattered_one():
    first, second = [0, 0, 1, 2, 3], [4, 4, 4, ABSTAIN, ABSTAIN]
    weights = model_switch.candidate_weights([first, second])
    assert weighted([*first, *second], weights).winner == 4
    assert model_switch.candidate_weights([first], [0.5]) == pytest.approx(weights[:5] / 2)
    assert model_switch.candidate_weights([]).size == 0


@pytest.mark.parametrize("shares", [[(0.8, 0.2), (0.6, 0.4)], [(0.95, 0.05), (1.0,), (0.5, 0.5)], [(0.4, 0.3, 0.3)]])
def test_expected_candidates(shares):
    n, runs, rng, used = 5, 4000, np.random.default_rng(0), []
    for _ in range(runs):
        asked = 0
        for answers in shares:
            asked += n
            if model_switch.consistent(rng.choice(len(answers), n, p=answers).tolist()):
                break
        used.append(asked)
    expected = model_switch.expected_candidates(shares, n)
    assert abs(np.mean(used) - expected) < 4 * np.std(used) / math.sqrt(runs) + 1e-9
    if len(shares) == 2:
        assert expected == pytest.approx(n * (2 - sum(p**n for p in shares[0])))


def test_bad_arguments():
    with pytest.raises(ValueError, match="threshold"):
        model_switch.consistent([0], threshold=0)
