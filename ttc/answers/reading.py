"""Decide what kind of answer a text is: the readings that `compare` works on."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal

from ttc.answers.clean import clean
from ttc.answers.equations import PLAIN, relation
from ttc.answers.expression import MAX_LENGTH, parse
from ttc.answers.forms import (
    Choice,
    Form,
    Group,
    Matrix,
    Opaque,
    Percent,
    Readings,
    RealSet,
    Value,
    Words,
)  # fmt: skip
from ttc.answers.lists import DECIMAL_COMMA, assigned_rows, items_of, once, spread
from ttc.answers.matrices import matrix
from ttc.answers.nodes import Node, Number, Symbol, TooDeep
from ttc.answers.notations import based, clock, ordinal, percent, ratio
from ttc.answers.numerals import number_of_words
from ttc.answers.printing import expand_signs, has_signs
from ttc.answers.quantity import compound_quantity, formula, known_quantity, noun_quantity
from ttc.answers.real_sets import EQUALS, REALS, SIGN, UNION, chain, inequality, interval, merge, unbounded, union
from ttc.answers.remarks import without_remark
from ttc.answers.scan import depths, enclosed, join_thousands, split
from ttc.answers.vocabulary import SYNONYMS
from ttc.answers.wording import product_of_letters, words

NESTED: Final = 6  # groups within groups
CHOICE = re.compile(r"(?:(?:option|choice|answer) )?(?:\(([A-Za-z])\)|([A-Z])[.):]?)", re.IGNORECASE)
LABELLED = re.compile(r"(?:\(([A-Z])\)|([A-Z])(?:[.)]|:(?![A-Z]\b)))[:.]? ?(\S.*)")
LEADING = re.compile(
    r"(?:approximately|approx\.?|about|around|nearly|exactly|roughly|precisely|\(approximately\)|~|\\approx|\\sim|=|answer:|"
    r"answer is|the answer is) ?",
    re.IGNORECASE,
)
REMARK = re.compile(r"([^()]*[^() ]) ?\((or|approximately|approx\.?|about|\\approx) ([^()]+)\)")
MEMBER = re.compile(r"([a-zA-Z]) ?\\in(?![a-zA-Z]) ?")
BUILDER = re.compile(r"\\\{ ?([a-zA-Z]) ?(?:\\in ?\\mathbb\{R\} ?)?[|:] ?(.*)\\\}")


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
    comma = DECIMAL_COMMA.fullmatch(text) if plain == text and "," in text else None
    return found if comma is None else _decimal_comma(comma, found, depth)


def _decimal_comma(number: re.Match[str], found: Readings, depth: int) -> Readings:
    """A number with a comma before its decimals, as most of Europe writes it, is disputable; these are the rules.

    `0,05`, `1.234,56` and `12,50 €` are decimals. No item of a list begins with a zero, groups its thousands by points,
    or has the unit of both. `3,5` or `1,22` is a list first, as in golds without blanks, and loosely a decimal: it
    equals both "3, 5" and 3.5. With three digits behind, the comma groups thousands, unless only a zero is before it:
    `0,125`.
    """
    before, whole, decimals, after = number.groups()
    plain = re.sub(r"[ .]", "", whole)
    decimal = read_text(f"{before}{plain}.{decimals}{after}", depth + 1)
    if not isinstance(decimal.strict, Value | Percent):
        return found
    zero = len(decimals) > 1 and decimals[0] == "0"
    if zero or plain != whole or (len(decimals) == 2 and re.search("[¤€£¥₹]", before + after)):
        return Readings(decimal.strict, (*decimal.loose, found.strict))
    return Readings(found.strict, (*found.loose, decimal.strict, *decimal.loose))


def _peel(text: str, depth: int) -> Readings:
    """Take needless brackets off a text that nests too deep."""
    inner = text
    while enclosed(inner) and inner[0] == "(":
        inner = inner[1:-1].strip()
    return read_text(inner, depth) if inner and inner != text else Readings(Opaque(text, hopeless=True))


def _group(parts: list[str], depth: int, kind: Literal["tuple", "list", "set"]) -> Group:
    items = [read_text(part, depth + 1) for part in parts]
    if kind == "set":
        items = list({item.key: item for item in spread(items)}.values())
    return Group(tuple(items), kind)


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
    return matrix(text, lambda cell: read_text(cell, depth + 1))


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
    parts = items_of(inner)
    if opening in ("{", "\\{"):
        group = _group(parts, depth, "set")
        loose: tuple[Form, ...] = (group.items[0].strict, *group.items[0].loose) if len(group.items) == 1 else ()
        ordered = (_group(parts, depth, "tuple"),) if opening == "{" and len(parts) > 1 else ()  # LaTeX shows no {}
        return Readings(group, (*loose, *ordered))
    if len(parts) == 1:
        return read_text(inner, depth + 1) if formula(text) is None and not inner.startswith("-") else None
    group = _group(parts, depth, "tuple")
    ends = interval(text)
    if ends is None:
        return Readings(group)
    if opening == "[" or unbounded(ends.low) or unbounded(ends.high):
        column = Matrix(tuple((item,) for item in group.items))  # [1, 2] may be a vector, but no point (1, 2)
        return Readings(RealSet((ends,)), (column, Matrix((group.items,))))
    return Readings(group, (RealSet((ends,)),))


def _list(text: str, depth: int) -> Readings | None:
    parts = items_of(text)
    if len(parts) < 2:
        return None
    if any(len(re.findall(r"[A-Za-z]{2,}", part)) > 4 for part in parts):
        return None
    sides = [split(part, EQUALS) for part in parts]
    rows = assigned_rows(text)
    if rows is not None:
        tuples = tuple(Readings(_group(row, depth, "tuple")) for row in rows)
        return Readings(Group(tuples, "list"))
    names = [side[0] if len(side) == 2 else None for side in sides]
    named = [name for name in names if name is not None]
    if named and names[0] and (len(set(named)) == 1 or len(named) == 1):  # x = 1 or x = 2; x = 1, 2
        parts = [side[-1] for side in sides]
    elif len(named) == len(parts) == len(set(named)):  # x = 1, y = 2
        order = sorted(range(len(parts)), key=lambda index: named[index])
        values = _group([sides[index][1] for index in order], depth, "tuple")
        return Readings(_group(parts, depth, "list"), (values,))
    group = _group(parts, depth, "list")
    items = once(spread(group.items))  # 0, \pm 2 lists three answers
    alike = len(set(parts)) > 1 and len({item.key for item in items}) == 1  # 3/5 or 0.6
    loose: tuple[Form, ...] = (items[0].strict,) if alike else ()
    return Readings(Group(tuple(items), "list"), (Group(group.items, "tuple"), *loose))


def _relation(text: str, depth: int) -> Readings | None:
    return relation(text, lambda side: read_text(side, depth + 1))


def _remark(text: str, depth: int) -> Readings | None:
    rest = without_remark(text)
    return None if rest is None else read_text(rest, depth + 1)


def _numeral(text: str, depth: int) -> Readings | None:
    """Read "half", "twenty-one", "three quarters", also before a unit or noun: "twenty-one apples"."""
    found = number_of_words(text)
    if found is None or not found[1]:
        return None if found is None else Readings(Value(Number(found[0])))
    readings = read_text(f"{found[0]} {found[1]}", depth + 1)
    return readings if isinstance(readings.strict, Value | Percent) else None


def _formula(text: str, depth: int) -> Readings | None:
    if re.fullmatch(r"[A-Za-z]{2,}", text) and not product_of_letters(text):
        return None
    node = formula(text)
    return None if node is None else _value(node)


Reader = Callable[[str, int], Readings | None]
READERS: Final[tuple[Reader, ...]] = (
    _special, _remark, _numeral,
    _choice, clock, percent, based, ordinal, compound_quantity, _matrix, _set_of_reals, _list, _bracketed,
    _relation, ratio, known_quantity, noun_quantity, _formula,
)  # fmt: skip
