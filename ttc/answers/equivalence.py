"""Whether two answers are the same, as a grader would say."""

from functools import lru_cache
from typing import Final

from ttc.answers.algebra import ALGEBRA, Algebra, Undecided
from ttc.answers.clean import strip_wrapping
from ttc.answers.compare import same
from ttc.answers.reading import read
from ttc.answers.scan import depths

CACHED_PAIRS: Final = 16_384
MAX_SYMBOLIC: Final = 600  # characters of an answer that symbolic algebra is tried on
MAX_BRACKETS: Final = 30  # nested ones, for the same reason
UNTRUSTED: Final = ("__", "import", "lambda", "eval", "exec", "open(", "system")


def canonical(answer: str) -> str:
    """Return a stable printed form of an answer; equivalent answers often, different ones never share it.

    `canonical(r"\\frac{1}{2}") == canonical("0.5") == "1/2"`. Blank answers give an empty string.
    """
    readings = read(answer)
    return readings.key if readings else ""


def equivalent(a: str, b: str) -> bool:
    r"""Say whether two answers are equal: symmetric in its arguments, true for a == b unless empty, never raises.

    Numbers are compared exactly: 0.333 is not 1/3, but six correct decimals are taken for the exact value. Formulas are
    compared up to algebra, tuples in order, lists and sets in any order. `50%` equals both 50 and 0.5. A unit, base,
    variable (`x=5`) or option text that one side omits is not held against it; two that differ are. `\log` has base 10.
    Formulas that algebra cannot compare in two seconds of CPU are different. So are those for which it has no time now.

    >>> equivalent("1/2", "0.5"), equivalent("1/2", "0.51")
    (True, False)
    """
    if a == b:
        return bool(a)
    first, second = read(a), read(b)
    if first is None or second is None:
        return False
    if first.key == second.key:
        return True
    try:
        return _decide(*sorted((a, b)))
    except Undecided:
        return False


@lru_cache(maxsize=CACHED_PAIRS)
def _decide(a: str, b: str) -> bool:
    """Whether two answers are equal, remembered. What could not be told raises Undecided, and is not remembered."""
    first, second = read(a), read(b)
    if first is None or second is None:
        return False
    result = same(first, second)
    if result is None and _symbolic(a) and _symbolic(b):
        algebra = ALGEBRA.get() or Algebra()
        result = algebra.compare((a, b), strip_wrapping(a), strip_wrapping(b))
    return bool(result)


def _symbolic(answer: str) -> bool:
    if len(answer) > MAX_SYMBOLIC or any(word in answer for word in UNTRUSTED):
        return False
    return max(depths(answer)) <= MAX_BRACKETS
