"""The vote over answers: who speaks for the winner, and what share of the voters gave it."""

from __future__ import annotations

from collections.abc import Sequence

from ttc.core.session import Session
from ttc.search.voting import Vote, majority
from ttc.types import Candidate


def elect(
    session: Session,
    candidates: Sequence[Candidate],
    labels: Sequence[int] | None = None,
    vote: Vote | None = None,
) -> Candidate:
    """Propose the candidate that speaks for the winning answer, and return it; see `leading`.

    Args:
        session: The run.
        candidates: As for `leading`.
        labels: As for `leading`.
        vote: As for `leading`.
    """
    chosen, _ = leading(session, candidates, labels, vote)
    session.propose(chosen)
    return chosen


def leading(
    session: Session,
    candidates: Sequence[Candidate],
    labels: Sequence[int] | None = None,
    vote: Vote | None = None,
) -> tuple[Candidate, float | None]:
    """The candidate that speaks for the winning answer, and the winner's smoothed share of the voters.

    Where no candidate votes, this is the first one, and the share is None.

    Args:
        session: The run.
        candidates: At least one.
        labels: The number of each candidate's answer, -1 = does not vote; by default, equal answers are one.
        vote: The outcome of a weighted vote over these labels; by default, heads are counted.
    """
    labels = session.labels(candidates) if labels is None else labels
    outcome = vote or majority(labels)
    if outcome.winner is None:
        return candidates[0], None
    voters = sum(label >= 0 for label in labels)
    # heads are whole numbers: not through the share, which is rounded
    votes = labels.count(outcome.winner) if vote is None else outcome.shares[outcome.winner] * voters
    return representative(candidates, labels, outcome.winner), smoothed(votes, voters)


def share(session: Session, candidates: Sequence[Candidate], chosen: Candidate) -> float:
    """The smoothed share of the voters among the candidates that give the answer of the chosen one.

    Args:
        session: The run.
        candidates: The voters.
        chosen: One of them.
    """
    labels = session.labels(candidates)
    own = next((label for label, c in zip(labels, candidates, strict=True) if c.id == chosen.id), -1)
    return smoothed(labels.count(own) if own >= 0 else 0, sum(label >= 0 for label in labels))


def smoothed(votes: float, voters: float) -> float:
    """(votes + 1) / (voters + 2): the share with one pseudo-vote for and one against, so that 1 of 1 is not certain."""
    return (votes + 1) / (voters + 2)


def representative(candidates: Sequence[Candidate], labels: Sequence[int], winner: int) -> Candidate:
    """Who speaks for an answer: among its candidates the one of median length, neither cut short nor rambling.

    Args:
        candidates: At least one with this answer.
        labels: The number of each candidate's answer.
        winner: The number of the answer.
    """
    members = [c for c, label in zip(candidates, labels, strict=True) if label == winner]
    ranked = sorted(members, key=lambda c: c.output_tokens)
    return ranked[(len(ranked) - 1) // 2]
