"""Read numbers with units, currencies and counted nouns."""

import re
from fractions import Fraction
from typing import Final

from ttc.answers.expression import parse
from ttc.answers.forms import Form, Group, Readings, Value
from ttc.answers.nodes import Call, Node, Number, Symbol, TooDeep, Unreadable
from ttc.answers.printing import CONSTANTS, symbols
from ttc.answers.units import AMBIGUOUS, BY_NAME, CURRENCY, NO_UNIT, POWERS, Unit, read_unit
from ttc.answers.vocabulary import FUNCTIONS, GREEK

MAGNITUDES: Final = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
MAGNITUDE = re.compile(r"(hundred|thousand|million|billion|trillion)\b ?(.*)", re.IGNORECASE)
PREFIXED = re.compile(
    r"(?P<sign>-?) ?(?P<currency>[¤€£¥₹]|(?i:usd|eur|gbp|rs\.?)(?= ?\d)) ?"
    r"(?P<rest>-?[\d.]+ ?(?P<words>[a-zA-Z].*)|.+)"
)
BREAK = re.compile(r"(?<=[\d)}\]!%pie¤]) ?(?=[A-Za-z¤€£¥₹¢])")
TRIGONOMETRY = re.compile(r"sin|cos|tan|sec|csc|cot")
DEGREE: Final = (("degree", 1),)
NOT_NOUNS: Final = FUNCTIONS | GREEK | {"infinity", "and", "or"}
PART = re.compile(r"(\d+(?:\.\d+)?) ?([a-zA-Z]+)")
COMPOUND = re.compile(r"\d+(?:\.\d+)? ?[a-zA-Z]+(?:(?:,? and |, ?| )\d+(?:\.\d+)? ?[a-zA-Z]+){1,3}")
MAX_CUTS: Final = 12  # places tried as the end of the number
MAX_NOUNS: Final = 5  # words after a number that may still be what it counts


def formula(text: str) -> Node | None:
    """The tree of a formula, None if the text is none; TooDeep passes through."""
    try:
        return parse(text)
    except TooDeep:
        raise
    except Unreadable:
        return None


def _quantity(node: Node, unit: Unit | None, more: tuple[Form, ...] = ()) -> Readings:
    """A value with its unit; read loosely the unit may be missing, and degrees may be radians."""
    if unit is None or not unit.dimensions:
        return Readings(Value(node), more)
    loose: tuple[Form, ...] = (Value(node), *more)
    if unit.dimensions == DEGREE:
        loose += (Value(Call("mul", (node, Call("mul", (Symbol("pi"), Number(Fraction(1, 180))))))),)
    return Readings(Value(node, unit), loose)


def _magnitude(words: str) -> tuple[Fraction, str]:
    """Split "million dollars" into its factor and the rest."""
    found = MAGNITUDE.match(words)
    return (Fraction(10) ** MAGNITUDES[found[1].lower()], found[2]) if found else (Fraction(1), words)


def _scaled(node: Node, factor: Fraction) -> Node:
    return node if factor == 1 else Call("mul", (node, Number(factor)))


def _money(text: str) -> Readings | None:
    """Read $5, -$5.50, $5 million, $5 per hour, USD 5."""
    found = PREFIXED.fullmatch(text)
    if not found:
        return None
    sign = found["currency"]
    name = CURRENCY.get(sign) or BY_NAME[sign.lower().rstrip(".")][0]
    factor, words = _magnitude(found["words"] or "")
    number = found["rest"][: -len(found["words"])] if found["words"] else found["rest"]
    node = formula(number.strip())
    unit = read_unit(words if name in words else f"{name} {words}")
    if node is None or unit is None:
        return None
    node = _scaled(node, factor)
    return _quantity(Call("neg", (node,)) if found["sign"] else node, unit)


def _cuts(text: str) -> list[tuple[str, str, bool]]:
    """The ways to cut a text into a value and words behind it: value, words, whether a space parts them."""
    cuts = list(BREAK.finditer(text))[:MAX_CUTS]
    return [(text[: cut.start()].strip(), text[cut.end() :].strip(), cut.group() == " ") for cut in cuts]


def compound_quantity(text: str, depth: int = 0) -> Readings | None:
    """Read 1 hour 30 minutes or 5 feet, 10 inches: parts in known units of one kind, each smaller than the last."""
    if not COMPOUND.fullmatch(text):
        return None
    parts = [(Fraction(number), read_unit(name) if _is_known(name) else None) for number, name in PART.findall(text)]
    units = [unit for _, unit in parts if unit is not None and unit.dimensions]
    if len(units) != len(parts) or len({unit.dimensions for unit in units}) > 1:
        return None
    sizes = [unit.size for unit in units]
    if sorted(set(sizes), reverse=True) != sizes:
        return None
    total = sum((number * size for (number, _), size in zip(parts, sizes, strict=True)), Fraction(0))
    items = Group(tuple(_quantity(Number(number), unit) for number, unit in parts), "list")  # 5 m, 3 cm may be two
    return Readings(Value(Number(total / sizes[0]), units[0]), (items,))


def _is_known(name: str) -> bool:
    return name in BY_NAME or name.lower() in BY_NAME or name.lower() in POWERS or name in ("mph", "kph", "kmph", "kmh")


def known_quantity(text: str, depth: int = 0) -> Readings | None:
    """Read a number before a known unit: 5 cm, 30 degrees, $5, 12 square feet, 60 km/h."""
    money = _money(text)
    if money:
        return money
    for value, tail, spaced in _cuts(text):
        factor, words = _magnitude(tail)
        names = [name for name in re.findall(r"[A-Za-z¤€£¥₹¢]+", words) if name != "per"]
        if not all(map(_is_known, names)) or (not names and factor == 1):
            continue
        ambiguous = len(names) == 1 and names[0] in AMBIGUOUS
        if (ambiguous and not spaced) or ("degree" in words and TRIGONOMETRY.search(value)):
            continue
        node, unit = formula(value), read_unit(words) if words else None
        if node is None or (words and unit is None) or symbols(node) - CONSTANTS.keys():
            continue
        product = formula(text) if ambiguous else None  # 5 m may be 5 times m
        return _quantity(_scaled(node, factor), unit, (Value(product),) if product is not None else ())
    return None


def noun_quantity(text: str, depth: int = 0) -> Readings | None:
    """Read a number before other words: 12 apples, 18 ways, 5 points per game."""
    for value, tail, spaced in _cuts(text):
        factor, words = _magnitude(tail)
        names = re.findall(r"[A-Za-z]+", words)
        if not spaced or not 0 < len(names) <= MAX_NOUNS or not all(map(_is_noun, names)):
            continue
        if "degree" in words and TRIGONOMETRY.search(value):
            continue
        node, unit = formula(value), read_unit(re.sub(r"[().,]", " ", words))
        if node is not None and unit is not None and re.search(r"\d|pi", value):
            return _quantity(_scaled(node, factor), unit)
    return None


def _is_noun(name: str) -> bool:
    return (len(name) > 2 and name not in NOT_NOUNS) or name.lower() in NO_UNIT
