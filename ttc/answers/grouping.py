"""Group equal answers, for votes."""

import asyncio
from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from ttc.answers.equivalence import MAY_WAIT, Unsettled, canonical, equivalent

_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()


def group_answers(answers: Sequence[str | None]) -> list[list[int]]:
    """Return the indices of equal answers, largest group first and then by first index; None and blank are in no group.

    Equivalence is not transitive in practice (5 cm = 5 = 5 m), so an answer joins the first group whose first member
    it equals.

    >>> group_answers(["0.5", "7", "1/2", None])
    [[0, 2], [1]]
    """
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


async def settle(answers: Sequence[str | None]) -> None:
    """Have symbolic algebra, where it must decide, do so in a thread: `group_answers` then finds all in memory.

    So that an event loop goes on with other work meanwhile. One at a time: there is one process for the algebra.
    """
    before = MAY_WAIT.set(False)
    try:
        group_answers(answers)
        return
    except Unsettled:
        pass
    finally:
        MAY_WAIT.reset(before)
    async with _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.to_thread(group_answers, answers)
