"""Read times of day, ratios, percentages, ordinals and numerals with a base."""

import re
from fractions import Fraction

from ttc.answers.expression import parse
from ttc.answers.forms import Based, Clock, Form, Percent, Ratio, Readings, Value
from ttc.answers.nodes import Call, Node, Number
from ttc.answers.quantity import formula
from ttc.answers.vocabulary import BASES

TIME = re.compile(r"(\d{1,2})(?::(\d\d))? ?(?:([aApP])\.? ?[mM]\.?)?")
RATIO = re.compile(r"[^:=]+(?::[^:=]+)+")
TO = re.compile(r"(\d+) to (\d+)")
BASE = re.compile(
    r"\(?(-?[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]+)?)\)? ?(?:_ ?\{? ?\(?(\w+)\)? ?\}?|\(?(?:in )?base[ -_]\{?(\w+)\}?\)?)"
)
ORDINAL = re.compile(r"(\d+) ?(?:\^ ?\{? ?)?(?:st|nd|rd|th) ?\}?")


def clock(text: str, depth: int = 0) -> Readings | None:
    """Read 3:30, 3:30 PM, 9 a.m.; a bare 12:16 may also be a ratio."""
    found = TIME.fullmatch(text)
    if not found or not (found[2] or found[3]) or int(found[1]) > 24 or int(found[2] or 0) > 59:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    half = found[3].lower() + "m" if found[3] else ("pm" if hour > 12 else None)
    loose: tuple[Form, ...] = ()
    if found[2] is None:
        loose = (Value(Number(Fraction(hour))),)
    elif not found[3] and minute:
        loose = _ratio_forms([Number(Fraction(hour)), Number(Fraction(minute))])
    return Readings(Clock(hour % 12 * 60 + minute, half), loose)


def _ratio_forms(parts: list[Node]) -> tuple[Form, ...]:
    quotient = Call("mul", (parts[0], Call("pow", (parts[1], Number(Fraction(-1))))))
    return (Ratio(tuple(parts)), Value(quotient)) if len(parts) == 2 else (Ratio(tuple(parts)),)


def ratio(text: str, depth: int = 0) -> Readings | None:
    """Read 3:4 or "3 to 4"; two parts may also be a quotient."""
    text = TO.sub(r"\1:\2", text) if TO.fullmatch(text) else text
    if not RATIO.fullmatch(text) or "\\{" in text:
        return None
    parts = [formula(part) for part in text.split(":")]
    if any(part is None for part in parts):
        return None
    strict, *loose = _ratio_forms([part for part in parts if part is not None])
    return Readings(strict, tuple(loose))


def percent(text: str, depth: int = 0) -> Readings | None:
    """Read 50% or "50 percent", which graders also take for 50 and for 0.5."""
    found = re.fullmatch(r"(.*\S) ?(?:%|(?i:percent|per cent|percentage(?: points?)?|pct))", text)
    node = formula(found[1]) if found else None
    if node is None:
        return None
    share: Node = Call("mul", (node, Number(Fraction(1, 100))))
    if isinstance(node, Number):
        share = Number(node.value / 100, node.decimals + 2)
    return Readings(Percent(node), (Value(node), Value(share)))


def based(text: str, depth: int = 0) -> Readings | None:
    """Read 1011_2, 1011_{two} or "1011 base 2"; without its base the numeral is read as it stands."""
    found = BASE.fullmatch(text)
    if not found:
        return None
    digits, name = found[1].upper(), found[2] or found[3]
    base = BASES.get(name.lower(), int(name) if name.isdigit() and len(name) < 3 else 0)
    letters = any(sign.isalpha() for sign in digits)
    if not 2 <= base <= 36 or (letters and (base <= 10 or len(digits) < 2)):
        return None
    stripped = digits.lstrip("0") or "0"
    bare = (Value(parse(stripped)),) if not letters else ()
    return Readings(Based(stripped, base), bare)


def ordinal(text: str, depth: int = 0) -> Readings | None:
    """Read 3rd as 3."""
    found = ORDINAL.fullmatch(text)
    return Readings(Value(Number(Fraction(int(found[1]))))) if found else None
