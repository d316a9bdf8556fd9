"""Group equal answers, for votes."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from weakref import WeakKeyDictionary

from ttc.answers.algebra import ALGEBRA, TURN, Algebra, Turn, Unsettled, within
from ttc.answers.equivalence import canonical, equivalent

_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()


def group_answers(answers: Sequence[str | None]) -> list[list[int]]:
    """Return the indices of equal answers, largest group first and then by first index; None and blank are in no group.

    Equivalence is not transitive in practice (5 cm = 5 = 5 m), so an answer joins the first group whose first member
    it equals. All comparisons by algebra together take at most half a minute; pairs left over differ.


    >>> group_answers(["0.5", "7", "1/2", None])
    [[0, 2], [1]]
    """
    if ALGEBRA.get() is None:
        with within(Algebra(), TURN.get()):
            return group_answers(answers)
    by_text: dict[str | None, list[int] | None] = {None: None}
    by_key: dict[str, list[int]] = {}
    groups: list[list[int]] = []
    for index, answer in enumerate(answers):
        if answer is None or answer in by_text:  # most answers of a vote are spelled alike
            if (known := by_text[answer]) is not None:
                known.append(index)
            continue
        key = canonical(answer)
        by_text[answer] = None
        if not key:
            continue
        group = by_key.get(key)
        if group is None:
            group = next((found for found in groups if equivalent(answer, str(answers[found[0]]))), None)
            if group is None:
                group = []
                groups.append(group)
            by_key[key] = group
        group.append(index)
        by_text[answer] = group
    return sorted(groups, key=lambda found: (-len(found), found[0]))


def group_known(answers: Sequence[str | None]) -> list[list[int]]:
    """As `group_answers`, but nothing is waited for: a pair that only algebra could tell, and did not yet, differs."""
    with within(Algebra(left=0.0)):
        return group_answers(answers)


async def settle(answers: Sequence[str | None], algebra: Algebra | None = None) -> None:
    """Have symbolic algebra, where it must decide, do so in a thread: `group_answers` then finds all in memory.

    So that an event loop goes on with other work meanwhile. There is one process for the algebra: runs take turns at
    it, each within the seconds of its own `algebra`. Where this is cancelled, the comparison under way ends, too.
    """
    algebra = algebra or ALGEBRA.get() or Algebra()
    while not _settled(answers, algebra):
        async with _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            turn = Turn()
            try:
                await asyncio.to_thread(_take, turn, answers, algebra)
            finally:
                turn.stop()


def _settled(answers: Sequence[str | None], algebra: Algebra) -> bool:
    """Whether answers can be grouped without waiting."""
    try:
        with within(algebra, Turn()):
            group_answers(answers)
    except Unsettled:
        return False
    return True


def _take(turn: Turn, answers: Sequence[str | None], algebra: Algebra) -> None:
    """Use a turn, in a thread: what it finds out is in memory afterwards."""
    turn.begin()
    try:
        with suppress(Unsettled), within(algebra, turn):
            group_answers(answers)
    finally:
        turn.thread = 0
