"""The vote: who speaks for the winner, and the share of those who voted."""

import pytest

import ttc
from tests.believed import by_candidates
from ttc.backends.simulated import SimulatedBackend
from ttc.core.elect import elect, leading, representative, share, smoothed
from ttc.core.session import Session
from ttc.search.voting import Vote, weighted
from ttc.strategies.seat import Seat
from ttc.strategies.semantic_entropy import SemanticEntropy
from ttc.testing.verifiers import open_session
from ttc.types import Candidate


def drawn(*answers: str | None) -> list[Candidate]:
    """Candidates with these answers; the k-th has k + 1 tokens."""
    return [Candidate(id=str(k), text="t", answer=a, output_tokens=k + 1) for k, a in enumerate(answers)]


def session() -> Session:
    return open_session(SimulatedBackend())


def test_heads_are_counted_and_those_without_an_answer_are_no_voters() -> None:
    candidates = drawn("4", None, "7", "4", None, "4")
    chosen, confidence = leading(session(), candidates)
    assert (chosen.id, confidence) == ("3", (3 + 1) / (4 + 2))
    assert share(session(), candidates, candidates[2]) == smoothed(1, 4)
    assert share(session(), candidates, candidates[1]) == smoothed(0, 4)


def test_a_weighted_vote_and_its_worth() -> None:
    candidates, labels = drawn("4", "7", "4", None), [0, 1, 0, -1]
    vote = weighted(labels, [0.1, 0.6, 0.1, 9.0])
    chosen, confidence = leading(session(), candidates, labels, vote)
    assert chosen.answer == "7"
    assert confidence == pytest.approx((0.75 * 3 + 1) / 5)


def test_without_a_voter_the_first_is_proposed_without_a_confidence() -> None:
    at = session()
    assert elect(at, drawn(None, None), vote=Vote(None, {}, ())).id == "0"
    assert (at.board.proposed is not None, at.board.confidence) == (True, None)


def test_the_candidate_of_median_length_speaks() -> None:
    assert representative(drawn("4", "7", "4", "4", "4"), [0, 1, 0, 0, 0], 0).id == "2"


async def test_candidates_that_the_model_could_not_end_are_silent() -> None:
    short, seen = ttc.Sampling(max_tokens=125), 0
    for seed in range(12):
        backend = SimulatedBackend(gold=lambda problem: "42", p_correct=0.7)
        for strategy in (Seat(n=8, rounds=1), SemanticEntropy(n=8, wave=8, low=9.0)):
            result = await ttc.asolve("What is 1 + 4?", strategy, backend=backend, sampling=short, seed=seed)
            voters = [c for c in result.candidates if c.answer is not None and c.finish == "stop"]
            if not voters:
                continue
            seen += len(voters) < 8
            assert result.confidence == pytest.approx(by_candidates(result))
    assert seen > 12, "the test needs runs in which some were cut off"
