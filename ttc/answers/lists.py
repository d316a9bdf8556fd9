"""Part lists of answers into their items."""

import re
from collections.abc import Sequence

from ttc.answers.forms import Group, Readings
from ttc.answers.real_sets import EQUALS
from ttc.answers.scan import SEMICOLON, split

DECIMAL_COMMA = re.compile(r"([^,;\d()\[\]{}⟨⟩]*)(\d{1,3}(?:(?:\.\d{3})+|(?: \d{3})+)|\d+),(\d+)([^,;\d()\[\]{}⟨⟩]*)")


def items_of(text: str) -> list[str]:
    """The items of a list; commas between digits belong to the items where semicolons part them: 0,5; 1,5."""
    parts = split(text, SEMICOLON) if ";" in text else []
    return parts if len(parts) > 1 and all(map(DECIMAL_COMMA.fullmatch, parts)) else split(text)


def spread(items: Sequence[Readings]) -> list[Readings]:
    """The items of a list or set; one such as \\pm 2 stands for several."""
    found: list[Readings] = []
    for item in items:
        form = item.strict
        found += form.items if isinstance(form, Group) and form.kind == "list" else (item,)
    return found


def once(items: Sequence[Readings]) -> list[Readings]:
    """A solution such as (3, 17) that is listed twice counts once; numbers may be repeated, as double roots are."""
    seen: set[str] = set()
    found = []
    for item in items:
        if isinstance(item.strict, Group) and item.strict.kind == "tuple":
            if item.key in seen:
                continue
            seen.add(item.key)
        found.append(item)
    return found


def assigned_rows(text: str) -> list[list[str]] | None:
    """Read p=5, q=2; p=7, q=2 as the rows 5, 2 and 7, 2, by the order of the names; None for other texts."""
    if ";" not in text:
        return None
    rows: list[dict[str, str]] = []
    for part in split(text, SEMICOLON):
        sides = [split(equation, EQUALS) for equation in split(part)]
        if len(sides) < 2 or any(len(side) != 2 for side in sides):
            return None
        rows.append({name: value for name, value in sides})
    if len(rows) < 2 or any(row.keys() != rows[0].keys() for row in rows):
        return None
    return [[row[name] for name in sorted(row)] for row in rows]
