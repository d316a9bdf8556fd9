"""Read matrices and vectors, and compute what their sums, differences and products are."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from ttc.answers.clean import ROW_END
from ttc.answers.forms import Group, Matrix, Readings, Value
from ttc.answers.nodes import Call, Node, Number
from ttc.answers.quantity import formula
from ttc.answers.scan import enclosed, split

ENVIRONMENT = re.compile(
    r"[(\[]? ?\\begin\{(?P<kind>[pbBvV]?matrix|smallmatrix|array)\}(?: ?\{[^{}]*\})?"
    r"(?P<body>.*?)\\end\{(?P=kind)\} ?[)\]]?",
    re.DOTALL,
)
PIECE = re.compile(rf"(?P<sign>[-+]?) ?(?P<factor>[^-+]*?) ?(?P<matrix>{ENVIRONMENT.pattern})", re.DOTALL)
LARGEST: Final = 400  # cells of a product

Cells = list[list[Node]]
Read = Callable[[str], Readings]


def matrix(text: str, read: Read) -> Readings | None:
    """Read a matrix: LaTeX, [[1, 2], [3, 4]], [1, 2; 3, 4], or an expression of matrices; None if it is none."""
    rows = _rows(text)
    if rows is not None:
        return readings_of(Matrix(tuple(tuple(read(cell) for cell in row) for row in rows)))
    cells = _computed(text) if text.count("\\begin{") > 1 or ENVIRONMENT.search(text) else None
    if cells is None:
        return None
    return readings_of(Matrix(tuple(tuple(Readings(Value(cell)) for cell in row) for row in cells)))


def readings_of(found: Matrix) -> Readings:
    """A matrix, which may also be nested tuples and, with one row or column, a vector."""
    rows = found.rows
    vector = Group(tuple(cell for row in rows for cell in row), "tuple")
    nested = Group(tuple(Readings(Group(row, "tuple")) for row in rows), "tuple")
    return Readings(found, (vector, nested) if 1 in (len(rows), len(rows[0])) else (nested,))


def _rows(text: str) -> list[list[str]] | None:
    """The cells of one matrix as texts."""
    found = ENVIRONMENT.fullmatch(text)
    if found and "\\begin{" not in found["body"]:
        if found["kind"] in ("vmatrix", "Vmatrix"):
            return None
        body = found["body"].replace("\\hline", "")
        rows = [[cell.strip() for cell in row.split("&")] for row in body.split(ROW_END) if row.strip()]
    elif enclosed(text) and text[0] == "[" and ";" in text:
        rows = [split(row) for row in text[1:-1].split(";")]
    elif enclosed(text) and text[0] in "[(" and enclosed_rows(text[1:-1]):
        rows = [split(row[1:-1]) for row in split(text[1:-1])]
    else:
        return None
    return None if not rows or any(len(row) != len(rows[0]) or not all(row) for row in rows) else rows


def enclosed_rows(inner: str) -> bool:
    """Say whether the text is a list of [..] rows."""
    return inner.startswith("[") and all(enclosed(row) and row[0] == "[" for row in split(inner))


def _computed(text: str) -> Cells | None:
    """The cells of a sum of matrices, each with a factor or multiplied by others; None if it is no such sum."""
    total: Cells | None = None
    place = 0
    while place < len(text):
        found = PIECE.match(text, place)
        cells = _cells(found["matrix"]) if found else None
        if found is None or cells is None:
            return None
        place, product = found.end(), total is not None and not found["sign"] and not found["factor"].strip(" *")
        if product and total is not None:
            total = _times(total, cells)
        else:
            scaled = _scaled(cells, found["sign"], found["factor"].strip(" *"))
            total = scaled if total is None or scaled is None else _plus(total, scaled)
        if total is None:
            return None
        place += len(text[place:]) - len(text[place:].lstrip())
    return total


def _cells(text: str) -> Cells | None:
    rows = _rows(text.strip())
    cells = [[formula(cell) for cell in row] for row in rows or ()]
    return None if not cells or any(cell is None for row in cells for cell in row) else cells  # type: ignore[return-value]


def _scaled(cells: Cells, sign: str, factor: str) -> Cells | None:
    node = formula(factor) if factor else Number(Fraction(1))
    if node is None:
        return None
    node = Call("neg", (node,)) if sign == "-" else node
    return [[Call("mul", (node, cell)) for cell in row] for row in cells]


def _plus(first: Cells, second: Cells) -> Cells | None:
    if [len(row) for row in first] != [len(row) for row in second]:
        return None
    return [[Call("add", pair) for pair in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]


def _times(first: Cells, second: Cells) -> Cells | None:
    if len(first[0]) != len(second) or len(first) * len(second[0]) * len(second) > LARGEST:
        return None
    columns = list(zip(*second, strict=True))
    return [
        [Call("add", tuple(Call("mul", pair) for pair in zip(row, column, strict=True))) for column in columns]
        for row in first
    ]
