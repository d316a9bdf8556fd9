"""Growth by chunks of tokens: n candidates side by side until a rule says that enough has been read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ttc.core.candidates import ROOT, answered, votable
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.strategies.step_search import ended, reopened
from ttc.types import Candidate

Wanted = Callable[[Sequence[Candidate]], int]
"""Tokens that each candidate should have before the next look; what they have already, or fewer, ends the growth."""


async def begun(session: Session, n: int, wanted: Wanted) -> list[Candidate]:
    """The beginnings of n candidates, all as long as `wanted` says, but for those that ended before.

    Continued from their token ids where the server gives them, so that nothing is read or written twice. What the
    budget or the server refused or cut is left out, and so are empty texts, unless nothing else is there. The growth
    ends early where the budget could not finish one of them any more.
    """
    candidates, have = [ROOT] * n, 0
    while (want := min(wanted(candidates), session.sampling.max_tokens)) > have:
        live = sum(not c.done for c in candidates)
        if not live or (have and not affords(session, live, want - have)):
            break
        grown = await session.extend(candidates, stop=(), max_tokens=want - have)
        usable = [c for c in grown if c.text and c.finish not in ("budget", "cancelled")]
        candidates = [_reopened(session, c) for c in usable or [c for c in grown if c.text] or grown[:1]]
        have = want
    return candidates


def affords(session: Session, live: int, tokens: int) -> bool:
    """Whether the budget pays `tokens` more for each of the live ones, and a whole solution besides."""
    fits = session.left("tokens") >= live * tokens + session.sampling.max_tokens
    return fits and session.left("calls") > live


async def finished(session: Session, candidates: Sequence[Candidate], winner: int) -> Candidate:
    """The winner written to its end, as it would have gone on; the others stay as they are, without a vote."""
    chosen = candidates[winner]
    for index, candidate in enumerate(candidates):
        if index != winner and not candidate.done:
            session.enter(ended(candidate, "stopped"))
    left = session.sampling.max_tokens - chosen.output_tokens
    if not chosen.done and left > 0:
        chosen = (await session.extend([chosen], stop=session.sampling.stop, max_tokens=left))[0]
    if not chosen.done:
        chosen = replace(ended(chosen, "stop" if left > 0 else "length"), answer=session.answer_of(chosen.text))
        session.enter(chosen)
    if votable(chosen) is None and answered(session.candidates):
        return elect(session, session.candidates)  # another came to an answer while it was read
    return chosen


def _reopened(session: Session, candidate: Candidate) -> Candidate:
    """A candidate that only the chunk's length ended goes on."""
    return reopened(session, candidate) if candidate.done and candidate.finish == "length" else candidate
