"""The verdict line: a report in words ends with "Verdict: Yes" or "Verdict: No", and P(Yes) is read there."""

from __future__ import annotations

import math
import re

from ttc.backends.base import Completion
from ttc.verifiers.label import YES_NO, token_at

_LINE = re.compile(
    r"[\s*_#-]*(?:final\s+)?verdict[\s*_:]*(yes|no)\b(?![\s*_]*(?:or\b|/))[^\n]*\Z", re.IGNORECASE
)  # tried at the beginning of a line only: searching would take time quadratic in blank lines


def read_report(reply: Completion) -> float:
    """P(Yes) in [0, 1], nan where the reply has no verdict.

    Only the last line of the reply counts. So a verdict which the report quotes from the candidate is never taken for
    its own. A report that was cut off says nothing; nor does one that repeats the question ("Yes or No"). Where the
    server gave alternatives, P(Yes) is read at the token of the verdict, wherever that stands; else it is 1 or 0.
    """
    found = _verdict(reply.text)
    if found is None:
        return math.nan
    place = token_at(reply, found.start(1))
    chances = None if place is None or reply.top is None else YES_NO.of_top(reply.top[place])
    return (chances or YES_NO.certain(found.group(1)))[0]


def _verdict(text: str) -> re.Match[str] | None:
    """The verdict in the last line of a text; its "Yes" may stand alone there, below "Verdict:"."""
    end = len(text.rstrip())
    last = text.rfind("\n", 0, end) + 1
    above = text.rfind("\n", 0, len(text[:last].rstrip())) + 1
    return _LINE.match(text, last, end) or _LINE.match(text, above, end)
