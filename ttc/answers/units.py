"""Units of measure: which words are units, and how they convert."""

import re
from dataclasses import dataclass
from fractions import Fraction

# name: (dimension, size in the dimension's base unit, other spellings)
TABLE: dict[str, tuple[str, str, str]] = {
    "m": ("length", "1", "meter metre"),
    "cm": ("length", "1/100", "centimeter centimetre"),
    "mm": ("length", "1/1000", "millimeter millimetre"),
    "km": ("length", "1000", "kilometer kilometre"),
    "in": ("length", "127/5000", "inch inches"),
    "ft": ("length", "381/1250", "foot feet"),
    "yd": ("length", "1143/1250", "yard"),
    "mi": ("length", "201168/125", "mile"),
    "g": ("mass", "1", "gram gm"),
    "kg": ("mass", "1000", "kilogram kilo"),
    "mg": ("mass", "1/1000", "milligram"),
    "lb": ("mass", "45359237/100000", "lbs pound"),
    "oz": ("mass", "45359237/1600000", "ounce"),
    "ton": ("mass", "1000000", "tonne"),
    "s": ("time", "1", "sec secs second"),
    "min": ("time", "60", "mins minute"),
    "h": ("time", "3600", "hr hrs hour"),
    "day": ("time", "86400", "days"),
    "week": ("time", "604800", "wk"),
    "month": ("month", "1", "months"),
    "year": ("month", "12", "yr yrs"),
    "l": ("volume", "1/1000", "L liter litre"),
    "ml": ("volume", "1/1000000", "mL milliliter millilitre"),
    "gallon": ("gallon", "1", "gal"),
    "quart": ("gallon", "1/4", "qt"),
    "pint": ("gallon", "1/8", "pt"),
    "cup": ("gallon", "1/16", "cups"),
    "dollar": ("dollar", "1", "¤ usd USD buck"),
    "cent": ("dollar", "1/100", "¢"),
    "euro": ("euro", "1", "€ eur EUR"),
    "£": ("£", "1", "gbp GBP"),
    "yen": ("yen", "1", "¥ jpy JPY"),
    "rupee": ("rupee", "1", "₹ inr INR Rs rs"),
    "degree": ("degree", "1", "degrees deg"),
    "radian": ("radian", "1", "rad rads"),
    "celsius": ("celsius", "1", "C"),
    "fahrenheit": ("fahrenheit", "1", "F"),
    "n": ("force", "1", "N newton"),
    "j": ("energy", "1", "J joule"),
    "w": ("power", "1", "W watt"),
    "kw": ("power", "1000", "kW kilowatt"),
    "v": ("voltage", "1", "V volt"),
    "hz": ("frequency", "1", "Hz hertz"),
    "k": ("kelvin", "1", "K kelvin"),
    "pa": ("pressure", "1", "Pa pascal"),
}
BY_NAME = {
    name: (key, dimension, Fraction(size))
    for key, (dimension, size, more) in TABLE.items()
    for name in (key, *more.split(), *(word + "s" for word in (key, *more.split()) if len(word) > 2))
}
AMBIGUOUS = {name for name in BY_NAME if len(name) == 1 and name.isalpha()}  # also names of variables
EMPTY_WORDS = """
unit units way ways solution solutions total time times item items number numbers integer integers value values
different distinct of in all possible outcome outcomes possibility possibilities the a each
approximately about more less only exactly
"""
NO_UNIT = frozenset(EMPTY_WORDS.split())
CURRENCY = {"¤": "dollar", "€": "euro", "£": "£", "¥": "yen", "₹": "rupee", "¢": "cent"}
POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
REWRITTEN = [
    (re.compile(r"\*"), " "),
    (re.compile(r"\bmph\b"), "mi/h"),
    (re.compile(r"\b(?:kph|kmph|kmh)\b"), "km/h"),
    (re.compile(r"\bdegrees? (?=[CF]\b|[cC]elsius|[fF]ahrenheit)"), ""),
]
PART = re.compile(
    r"(?P<slash>/|\bper\b)|(?P<word>[^\W\d_]+|[¤€£¥₹¢])\.?(?:\s*\^\s*\{?\s*(?P<power>-?\d)\s*\}?)?|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers of dimensions, and how many base units one unit is."""

    dimensions: tuple[tuple[str, int], ...]  # sorted; words that are no known unit are dimensions of their own
    size: Fraction
    name: str = ""  # in the table's spelling, for display


def _singular(word: str) -> str:
    word = word.lower()
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def read_unit(text: str) -> Unit | None:
    """Read words such as `cm`, `square feet`, `km/h`, `dollars per hour`; None if they cannot be a unit."""
    dimensions: dict[str, int] = {}
    size = Fraction(1)
    names: list[str] = []
    sign, raised = 1, 0
    for spelling, plain in REWRITTEN:
        text = spelling.sub(plain, text)
    for part in PART.finditer(text):
        if part["other"]:
            return None
        if part["slash"]:
            sign = -1
            continue
        word = part["word"]
        known = BY_NAME.get(word) or BY_NAME.get(word.lower())
        power = int(part["power"] or 1)
        if word.lower() in POWERS:
            if word.lower().endswith("ed") and dimensions:  # "cm squared" raises what came before
                last = next(reversed(dimensions))
                dimensions[last] *= POWERS[word.lower()]
                size **= POWERS[word.lower()]
                names[-1] += f"^{POWERS[word.lower()]}"
            else:
                raised = POWERS[word.lower()]
            continue
        if known is None and word.lower() in NO_UNIT:
            raised = 0
            continue
        name, dimension, factor = known or (_singular(word), _singular(word), Fraction(1))
        power = sign * power * (raised or 1)
        raised = 0
        dimensions[dimension] = dimensions.get(dimension, 0) + power
        size *= factor**power
        names.append(name if power == 1 else f"{name}^{power}")
    return Unit(tuple(sorted(dimensions.items())), size, " ".join(names))


def compatible(first: Unit, second: Unit) -> bool:
    """Say whether two units measure the same thing; unknown nouns agree when one names a part of the other."""
    if first.dimensions == second.dimensions:
        return True
    known = {dimension for _, dimension, _ in BY_NAME.values()}
    mine, yours = set(first.dimensions), set(second.dimensions)
    if mine - yours and yours - mine:
        return False
    extra = mine ^ yours
    return all(name not in known for name, _ in extra) and first.size == second.size
