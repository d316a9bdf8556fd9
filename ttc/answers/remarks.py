"""Remarks behind an answer that do not change it: "for all real x", "where c is a constant", "(approximately)"."""

import re
from typing import Final

SETS: Final = r"\\mathbb\{[NZQRC]\}(?: ?[_^] ?\{?[-+*0\d]+\}?)?"
KIND: Final = (
    r"(?:an? |any |some |arbitrary |real |positive |negative |non-?negative |nonzero |fixed |unknown |complex |natural )*"
    r"(?:constants?|integers?|parameters?|numbers?|reals?|number of [a-z ]+|scalars?|whole numbers?)"
)
REMARKS: Final = (
    re.compile(rf"[,;:]? ?\(?(?:for|\\forall|∀) ?(?:(?:all|any|every|each|some|arbitrary) )?(?:[a-z]{{3,}} )*?"
               rf"(?:[a-zA-Z](?:_\w)?(?: ?, ?[a-z])*(?: ?\\in ?{SETS})?|real numbers?|reals|integers?)\)?"),
    re.compile(rf"[,;:]? ?\(?(?:where|with|and) [a-zA-Z](?:_\w)?(?:(?: ?,| and) ?[a-zA-Z](?:_\w)?)* "
               rf"?(?:(?:is|are|being|denotes?|as) ?{KIND}|{KIND}|\\in ?{SETS})[^=<>\d]*\)?"),
    re.compile(rf"[,;] ?\(?[a-zA-Z] ?(?:\\in ?{SETS}|(?:is |being )?{KIND})\)?"),
    re.compile(rf" ?\([a-zA-Z] ?(?:\\in ?{SETS}|(?:is |being )?{KIND})\)"),
    re.compile(
        r" ?\((?:approximately|approx\.?|about|roughly|exactly|exact(?: value)?|estimated?|simplified|rounded[^()=]*|"
        r"in total|total|only|final(?: answer)?|answer|correct(?: to [^()=]*)?|verified|checked|nearest [a-z ]+)\)"
    ),
    re.compile(r",? (?:approximately|approx\.?|roughly|in total|altogether|in all|overall)"),
)  # fmt: skip


def without_remark(text: str) -> str | None:
    """The answer before a remark at its end, None if there is no remark or nothing before it."""
    for remark in REMARKS:
        for found in remark.finditer(text):
            if found.end() == len(text) and text[: found.start()].strip(" ,;:"):
                return text[: found.start()].strip(" ,;:")
    return None
