"""Group equal answers, for votes."""

from collections.abc import Sequence

from ttc.answers.equivalence import canonical, equivalent


def group_answers(answers: Sequence[str | None]) -> list[list[int]]:
    """Return the indices of equal answers, largest group first and then by first index; None and blank are in no group.

    Equivalence is not transitive in practice (5 cm = 5 = 5 m), so an answer joins the first group whose first member
    it equals.
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
