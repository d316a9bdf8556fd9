"""The hybrid: neither tests nor judgement alone."""

import math
from collections.abc import Sequence

import pytest

from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate, Verdict
from ttc.verifiers.confidence import Confidence
from ttc.verifiers.hybrid import Hybrid, ranks
from ttc.verifiers.self_verify import SelfVerify

NAN = math.nan


class Given:
    def __init__(self, *scores: float):
        self.scores = scores

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(self.scores[int(c.id)]) for c in candidates]


class TestConformance(VerifierConformance):
    reads_text = False  # a rank depends on the company

    def make(self) -> Hybrid:
        return Hybrid(SelfVerify(), (Confidence(),))

    def sampling(self) -> dict[str, object]:
        return {"logprobs": 0}


def test_perfect_tests_do_not_save_what_nobody_believes() -> None:
    judged = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.1, 0.1]
    tests = [0.5, 0.5, 0.4, 0.5, 1.0, 0.0, 0.0, 0.0]
    order = ranks(judged, [tests])
    assert order.index(1.0) == 0
    assert order[4] < min(order[:4])
    swapped = ranks(tests, [judged])
    assert ranks(judged, [tests]) != swapped


def test_few_candidates_are_ranked_by_execution_first() -> None:
    assert ranks([0.9, 0.1, 0.5], [[0.0, 1.0, 1.0]]) == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_order_of_candidates_does_not_matter() -> None:
    judged, tests = [0.9, 0.5, 0.5, 0.1, 0.7], [0.0, 1.0, 1.0, 1.0, NAN]
    there, back = ranks(judged, [tests]), ranks(judged[::-1], [tests[::-1]])
    assert there == back[::-1]
    assert there[1] == there[2]


async def test_unknown_only_where_no_part_can_judge() -> None:
    batch = [Candidate(id=str(i), text="x") for i in range(3)]
    hybrid = Hybrid(Given(0.5, NAN, NAN), (Given(NAN, 1.0, NAN),))
    verdicts = await open_session(SimulatedBackend()).verify(batch, hybrid)
    assert [v.known for v in verdicts] == [True, True, False]


def test_parts_by_name_and_what_they_need() -> None:
    assert Hybrid("confidence:top=true", ("exact:answer=4",)).logprobs == 20
    assert Hybrid("self_verify").logprobs is None
    with pytest.raises(ValueError, match="fraction is 0"):
        Hybrid(fraction=0.0)
