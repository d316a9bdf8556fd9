"""Decide what kind of answer a text is: the readings that `compare` works on."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from ttc.answers.clean import ROW_END, clean
from ttc.answers.expression import MAX_LENGTH, parse
from ttc.answers.forms import (
    Choice,
    Form,
    Group,
    Matrix,
    Opaque,
    Readings,
    RealSet,
    Relation,
    Value,
    Words,
)  # fmt: skip
from ttc.answers.nodes import Node, Number, Symbol, TooDeep
from ttc.answers.notations import based, clock, ordinal, percent, ratio
from ttc.answers.printing import CONSTANTS, expand_signs, has_signs, symbols
from ttc.answers.quantity import compound_quantity, formula, known_quantity, noun_quantity
from ttc.answers.real_sets import EQUALS, REALS, SIGN, UNION, chain, inequality, interval, merge, unbounded, union
from ttc.answers.scan import depths, enclosed, join_thousands, split
from ttc.answers.vocabulary import NUMBER_WORDS, SYNONYMS
from ttc.answers.wording import product_of_letters, words

NESTED: Final = 6  # groups within groups
PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
CHOICE = re.compile(r"(?:(?:option|choice|answer) )?(?:\(([A-Za-z])\)|([A-Z])[.):]?)", re.IGNORECASE)
LABELLED = re.compile(r"(?:\(([A-Z])\)|([A-Z])[.):])[:.]? ?(\S.*)")
APPROXIMATELY = re.compile(r"(?:\\approx|\\sim|\\simeq|~)(?![a-zA-Z])")
LEADING = re.compile(
    r"(?:approximately|about|exactly|roughly|\\approx|=|answer:|answer is|the answer is) ?", re.IGNORECASE
)
REMARK = re.compile(r"([^()]*[^() ]) ?\((or|approximately|approx\.?|about|\\approx) ([^()]+)\)")
MEMBER = re.compile(r"([a-zA-Z]) ?\\in(?![a-zA-Z]) ?")
BUILDER = re.compile(r"\\\{ ?([a-zA-Z]) ?(?:\\in ?\\mathbb\{R\} ?)?[|:] ?(.*)\\\}")
FUNCTION_OF = re.compile(r"([A-Za-z](?:_\w)?'?(?:\^\{? ?-1 ?\}?)?) ?\( ?([a-z](?: ?, ?[a-z])*) ?\)")
ENVIRONMENT = re.compile(
    r"[(\[]? ?\\begin\{([pbBvV]?matrix|smallmatrix|array)\}(?: ?\{[^{}]*\})?(.*?)\\end\{\1\} ?[)\]]?", re.DOTALL
)


def read(answer: str) -> Readings | None:
    """Return the readings of an answer, None if nothing but blanks and layout is in it."""
    if len(answer) > 4 * MAX_LENGTH:
        return Readings(Opaque(answer.strip(), hopeless=True))
    return _read_answer(answer)


@lru_cache(maxsize=8192)
def _read_answer(answer: str) -> Readings | None:
    text = clean(answer)
    try:
        return read_text(text, 0) if text else None
    except RecursionError:  # the caller's own stack may be deep
        return Readings(Opaque(text, hopeless=True))


def read_text(text: str, depth: int) -> Readings:
    """Read a cleaned text; `depth` counts the groups around it."""
    if depth > NESTED or len(text) > MAX_LENGTH:
        return Readings(Opaque(text, hopeless=True))
    if PLAIN.fullmatch(text):
        return Readings(Value(parse(text)))
    plain = join_thousands(text)
    try:
        found = next((readings for reader in READERS if (readings := reader(plain, depth)) is not None), None)
    except TooDeep:
        found = _peel(text, depth)
    if found is None:
        return words(text)
    if plain != text and re.fullmatch(r"\d+(,\d+)+", text):  # 100,200,300 may also be a list
        found = Readings(found.strict, (*found.loose, _group(text.split(","), depth, "list")))
    return found


def _peel(text: str, depth: int) -> Readings:
    """Take needless brackets off a text that nests too deep."""
    inner = text
    while enclosed(inner) and inner[0] == "(":
        inner = inner[1:-1].strip()
    return read_text(inner, depth) if inner and inner != text else Readings(Opaque(text, hopeless=True))


def _group(parts: list[str], depth: int, kind: Literal["tuple", "list", "set"]) -> Group:
    items = [read_text(part, depth + 1) for part in parts]
    if kind == "set":
        items = list({item.key: item for item in _spread(items)}.values())
    return Group(tuple(items), kind)


def _spread(items: Sequence[Readings]) -> list[Readings]:
    """The items of a list or set; one such as \\pm 2 stands for several."""
    inner = [(item, item.strict) for item in items]
    return [
        part
        for item, form in inner
        for part in (form.items if isinstance(form, Group) and form.kind == "list" else (item,))
    ]


def _value(node: Node) -> Readings:
    if has_signs(node):
        return Readings(Group(tuple(Readings(Value(choice)) for choice in expand_signs(node)), "list"))
    if isinstance(node, Symbol) and len(node.name) == 1 and node.name not in "ie":
        if node.name.isupper():
            return Readings(Choice(node.name), (Value(node),))
        return Readings(Value(node), (Choice(node.name.upper()),))
    return Readings(Value(node))


def _special(text: str, depth: int) -> Readings | None:
    phrase = text.lower().replace("\\", "").strip(" .{}()")
    if text in ("\\{\\}", "\\{ \\}", "{}"):
        phrase = "empty set"
    meaning = SYNONYMS.get(phrase)
    if meaning is not None:
        return Readings(REALS if meaning == "all reals" else Words(meaning))
    if phrase in NUMBER_WORDS:
        return Readings(Value(Number(Fraction(NUMBER_WORDS[phrase]))))
    remark = REMARK.fullmatch(text)
    if remark:
        return read_text(remark[1] + (f" or {remark[3]}" if remark[2] == "or" else ""), depth + 1)
    stripped = LEADING.match(text)
    if stripped and stripped.end() < len(text):
        return read_text(text[stripped.end() :].strip(), depth + 1)
    return None


def _choice(text: str, depth: int) -> Readings | None:
    found = CHOICE.fullmatch(text)
    if found:
        letter = found[1] or found[2]
        if letter.isupper() or len(text) > 3:
            return Readings(Choice(letter.upper()), (Value(Symbol(letter)),))
        return _value(Symbol(letter))
    labelled = LABELLED.fullmatch(text)
    if labelled and labelled[3][0] not in "=^_*/+-([!<>)',;\\" and (labelled[2] or "=" not in text):
        content = read_text(labelled[3], depth + 1)
        return Readings(Choice(labelled[1] or labelled[2]), (content.strict,))
    return None


def _set_of_reals(text: str, depth: int) -> Readings | None:
    member = MEMBER.match(text)
    if member:
        inner = read_text(text[member.end() :], depth + 1)
        reals = next((form for form in (inner.strict, *inner.loose) if isinstance(form, RealSet)), None)
        return Readings(RealSet(reals.pieces, member[1])) if reals else inner
    builder = BUILDER.fullmatch(text)
    if builder:
        text = builder[2].strip()
    found: RealSet | None = None
    if UNION.search(text) or "\\setminus" in text or "\\backslash" in text or text.startswith("\\mathbb{R}"):
        found = union(text)
    elif SIGN.search(text):
        found = inequality(text)
        relation = None if found else chain(text)
        if relation:
            return Readings(relation)
    if found is None:
        return None
    if not found.pieces:
        return Readings(Words("no solution"))
    return Readings(RealSet(merge(found.pieces), None if builder else found.variable))


def _matrix(text: str, depth: int) -> Readings | None:
    found = ENVIRONMENT.fullmatch(text)
    if found:
        if found[1] in ("vmatrix", "Vmatrix"):
            return None
        body = found[2].replace("\\hline", "")
        rows = [[cell.strip() for cell in row.split("&")] for row in body.split(ROW_END) if row.strip()]
    elif enclosed(text) and text[0] == "[" and ";" in text:
        rows = [split(row) for row in text[1:-1].split(";")]
    elif enclosed(text) and text[0] in "[(" and enclosed_rows(text[1:-1]):
        rows = [split(row[1:-1]) for row in split(text[1:-1])]
    else:
        return None
    if not rows or any(len(row) != len(rows[0]) or not all(row) for row in rows):
        return None
    matrix = Matrix(tuple(tuple(read_text(cell, depth + 1) for cell in row) for row in rows))
    cells = tuple(cell for row in matrix.rows for cell in row)
    vector = Group(cells, "tuple")
    nested = Group(tuple(Readings(Group(row, "tuple")) for row in matrix.rows), "tuple")
    return Readings(matrix, (vector, nested) if 1 in (len(rows), len(rows[0])) else (nested,))


def enclosed_rows(inner: str) -> bool:
    """Say whether the text is a list of [..] rows."""
    return inner.startswith("[") and all(enclosed(row) and row[0] == "[" for row in split(inner))


def _bracketed(text: str, depth: int) -> Readings | None:  # noqa: PLR0911 - one for each pair of brackets
    for opening, closing in (("\\{", "\\}"), ("⟨", "⟩"), ("<", ">"), ("{", "}"), ("(", ")"), ("[", "]")):
        if text.startswith(opening) and text.endswith(closing):
            break
    else:
        single = interval(text)
        return Readings(RealSet((single,))) if single else None
    inner = text[len(opening) : -len(closing)].strip()
    if not inner or min(depths(inner), default=0) < 0 or (opening in "([{" and not enclosed(text)):
        return None
    parts = split(inner)
    if opening in ("{", "\\{"):
        group = _group(parts, depth, "set")
        return Readings(group, (group.items[0].strict, *group.items[0].loose) if len(group.items) == 1 else ())
    if len(parts) == 1:
        return read_text(inner, depth + 1) if formula(text) is None and not inner.startswith("-") else None
    group = _group(parts, depth, "tuple")
    ends = interval(text)
    if ends is None:
        return Readings(group)
    if opening == "[" or unbounded(ends.low) or unbounded(ends.high):
        column = Matrix(tuple((item,) for item in group.items))  # [1, 2] may be a list or vector, but no point (1, 2)
        return Readings(RealSet((ends,)), (Group(group.items, "list"), column, Matrix((group.items,))))
    return Readings(group, (RealSet((ends,)),))


def _list(text: str, depth: int) -> Readings | None:
    parts = split(text)
    if len(parts) < 2:
        return None
    if any(len(re.findall(r"[A-Za-z]{2,}", part)) > 4 for part in parts):
        return None
    sides = [split(part, EQUALS) for part in parts]
    names = [side[0] if len(side) == 2 else None for side in sides]
    named = [name for name in names if name is not None]
    if named and names[0] and (len(set(named)) == 1 or len(named) == 1):  # x = 1 or x = 2; x = 1, 2
        parts = [side[-1] for side in sides]
    elif len(named) == len(parts) == len(set(named)):  # x = 1, y = 2
        order = sorted(range(len(parts)), key=lambda index: named[index])
        values = _group([sides[index][1] for index in order], depth, "tuple")
        return Readings(_group(parts, depth, "list"), (values,))
    group = _group(parts, depth, "list")
    spread = _spread(group.items)  # 0, \pm 2 lists three answers
    alike = len(set(parts)) > 1 and len({item.key for item in spread}) == 1  # 3/5 or 0.6
    loose: tuple[Form, ...] = (spread[0].strict,) if alike else ()
    return Readings(Group(tuple(spread), "list"), (Group(group.items, "tuple"), *loose))


def _relation(text: str, depth: int) -> Readings | None:
    sides = split(text, APPROXIMATELY)
    if len(sides) > 1:
        named = formula(sides[0])
        return read_text(
            sides[-1] if isinstance(named, Symbol) and not PLAIN.fullmatch(sides[0]) else sides[0], depth + 1
        )
    sides = split(text, EQUALS)
    if len(sides) < 2:
        return None
    left_text, right_text = sides[0], sides[-1]
    function = FUNCTION_OF.fullmatch(left_text)
    left: Node | None = Symbol(left_text.replace(" ", "")) if function else formula(left_text)
    if function and (function[1], function[2]) == ("f", "x"):
        left = Symbol("y")
    right = formula(right_text)
    result = read_text(right_text, depth + 1)
    if left is None or right is None or not symbols(left) - CONSTANTS.keys():
        turned = left is not None and right is not None and isinstance(right, Symbol)
        return _assignment(right, left, read_text(left_text, depth + 1)) if turned and left and right else result
    if (
        isinstance(right, Symbol)
        and not isinstance(left, Symbol)
        and right.name not in symbols(left) | CONSTANTS.keys()
    ):
        return _assignment(right, left, read_text(left_text, depth + 1))
    return _assignment(left, right, result)


def _assignment(left: Node, right: Node, value: Readings) -> Readings:
    """`left = right`; a grader also takes its right side alone unless the left side makes it an equation of a curve."""
    if has_signs(right) or (isinstance(value.strict, Value) and value.strict.unit):
        return value
    names = symbols(left)
    alone = isinstance(left, Symbol) or not names & {"x", "y", "z"}
    return Readings(Relation((left, right), ("=",)), (value.strict,) if alone else ())


def _formula(text: str, depth: int) -> Readings | None:
    if re.fullmatch(r"[A-Za-z]{2,}", text) and not product_of_letters(text):
        return None
    node = formula(text)
    return None if node is None else _value(node)


Reader = Callable[[str, int], Readings | None]
READERS: Final[tuple[Reader, ...]] = (
    _special, _choice, clock, percent, based, ordinal, compound_quantity, _matrix, _set_of_reals, _list, _bracketed,
    _relation, ratio, known_quantity, noun_quantity, _formula,
)  # fmt: skip
