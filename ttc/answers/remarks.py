"""Remarks behind an answer that do not change it: "for all real x", "where c is a constant", "(approximately)"."""

import re
from typing import Final

SETS: Final = r"\\mathbb\{[NZQRC]\}(?: ?[_^] ?\{?[-+*0\d]+\}?)?"
NAME: Final = r"[a-zA-Z](?:_\w)?"
KIND: Final = (
    r"(?:(?:an?|any|some|arbitrary|real|positive|negative|non-?negative|nonzero|fixed|unknown|complex|natural|whole) )*"
    r"(?:constants?|integers?|parameters?|numbers?|reals?|scalars?)"
)
IS_KIND: Final = rf"(?:(?:(?:is|are|being|denotes?|as) )?{KIND}|\\in ?{SETS})"
REMARKS: Final = (
    rf"(?:for|\\forall|∀) ?(?:(?:all|any|every|each|some|arbitrary) )?(?:[a-z]{{3,}} )*"
    rf"(?:{NAME}(?: ?, ?{NAME})*(?: ?\\in ?{SETS})?|real numbers?|reals|integers?)",
    rf"(?:where|with|and) {NAME}(?:(?: ?,| and) ?{NAME})* ?{IS_KIND}[^=<>\d]*",
    rf"(?<=[,;(]) ?{NAME} ?{IS_KIND}",
    r"(?<=\()(?:about|exactly|exact(?: value)?|estimated?|simplified|rounded[^()=]*|total|only|final(?: answer)?|"
    r"answer|correct(?: to [^()=]*)?|verified|checked|nearest [a-z ]+)",
    r"(?:approximately|approx\.?|roughly|in total|altogether|in all|overall)",
)
REMARK = re.compile(rf"(?<![A-Za-z\\])(?:{'|'.join(REMARKS)})\)?$")


def without_remark(text: str) -> str | None:
    """The answer before a remark at its end, None if there is no remark or nothing before it."""
    found = REMARK.search(text)
    rest = text[: found.start()].rstrip(" ,;:(") if found else ""
    return rest or None
