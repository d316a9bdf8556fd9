"""Find the boxes of a text and say which of them make up the answer."""

import re
from dataclasses import dataclass
from typing import Final

from ttc.answers.closing import tidy

FRACTION: Final = r"\\[dtc]?frac ?\{[^{}]*\} ?\{[^{}]*\}|\\[dtc]?frac ?\d ?\d|\\sqrt ?\{[^{}]*\}"
COMMANDS: Final = r"\\(?:pi|infty|emptyset|varnothing|alpha|beta|gamma|theta|lambda|phi|omega)(?![a-zA-Z])"
BARE: Final = rf"{FRACTION}|{COMMANDS}|-?\d[\d.,/]*(?<=[\d])|[A-Za-z](?=\s*(?:[$.,;:)*]|\\[)\]]|$))"
BOX = re.compile(
    rf"\\(?:[bB]oxed|fbox|framebox)(?![a-zA-Z])(?:\*?(?:\[[^\]]{{0,80}}\])*\s*\{{|\s*(?P<bare>{BARE}))", re.MULTILINE
)
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
PLACEHOLDER = re.compile(r"[\W_]*(?:(?:your|the|final|my|insert) )*(?:answer|result)(?: here)?[\W_]*", re.I)

MAX_GAP: Final = 120  # characters between two boxes of one answer
LAYOUT = re.compile(
    r"\\(?:quad|qquad|text|textbf|mathrm|mbox|displaystyle|left|right|hspace\{[^{}]*\}|hfill|newline|item|par)(?![a-zA-Z])"
    r"|\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\[,;:!() \[\]\\]|[${}&~*`#|>]|([-+=_])\1{2,}|\\$"
    r"|\((?=[A-Za-z]{3})|(?<=[A-Za-z]{3})\)|\s+"
)
AND: Final = (
    r"(?:[,;、，；/]|\band\b|\bor\b|\bund\b|\boder\b|\bet\b|\bou\b|\by\b|\be\b|\bo\b|и|или|和|或|与|と|および|또는)"
)
PART_LABEL: Final = r"(?:[-•–]|(?:part |case )?\(?(?:[a-hA-H]|[ivx]{1,4}|\d)[.):]+)"
NAMED: Final = r"(?:\\?[A-Za-z]\w{0,3}(?: ?[_^] ?\w+)?(?: ?\(\w\))? ?=)"
WORD: Final = (
    r"(?!wait|no|not|actually|rather|instead|then|so|thus|therefore|hence|which|equals?|is|are|but|check|correct|"
    r"wrong|equivalent|equivalently|simplif|i\.?e|because|since|finally|final|answer|we|get|gives?)[a-z]+"
)
TOGETHER = re.compile(
    rf"[.]? ?{PART_LABEL} ?{NAMED}?"  # each part or item has its box
    rf"|(?:{WORD} ){{0,5}}?(?:{PART_LABEL} )?(?:{AND} ?){{1,2}} ?(?:{WORD}[ :]*){{0,3}}?"
    rf"(?:for {PART_LABEL} )?{PART_LABEL}? ?{NAMED}?"
    rf"|{NAMED}?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where it starts and ends, and its content; None if it never closes."""

    start: int
    end: int
    content: str | None


def closing_braces(text: str, start: int = 0) -> dict[int, int]:
    """Where each brace from `start` on closes, in one pass; escaped braces do not count."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for found in BRACE.finditer(text, start):
        if found.group() == "{":
            opened.append(found.start())
        elif found.group() == "}" and opened:
            ends[opened.pop()] = found.start()
    return ends


def boxes(text: str) -> list[Box]:
    """The boxes of a text. What merely names the command ("put it in \\boxed", "within \\boxed{}") is none."""
    starts = list(BOX.finditer(text))
    ends = closing_braces(text, starts[0].start()) if starts else {}  # most texts have their box near the end
    found = []
    for start in starts:
        if start["bare"] is not None:
            found.append(Box(start.start(), start.end(), start["bare"]))
            continue
        end = ends.get(start.end() - 1)
        content = None if end is None else text[start.end() : end]
        if content is None or not (
            PLACEHOLDER.fullmatch(re.sub(r"\\[a-z]+", "", content)) or content.strip(" .…") == ""
        ):
            found.append(Box(start.start(), len(text) if end is None else end + 1, content))
    return found


def boxed_answer(text: str, found: list[Box]) -> str | None:
    """The answer in the boxes of a text: the last of them, with those before it that belong to the same answer.

    Boxes in a row, with commas, "and", "or", or as parts (a), (b) make up one answer: "\\boxed{-2} and \\boxed{1}" are
    two solutions. A box after other words ("Wait, that is wrong: ...", "which equals ...") takes the place of those
    before it. Names before the boxes are kept: "x = \\boxed{1}, y = \\boxed{2}" says which is which.
    """
    whole = [box for box in found if box.content is not None and tidy(box.content) is not None]
    if not whole:
        return None
    group = [whole[-1]]
    for box in reversed(whole[:-1]):
        if box.end > group[0].start:  # a box around a box: the inner one has the answer
            continue
        if not _together(text[box.end : group[0].start]):
            break
        group.insert(0, box)
    return _joined(text, group)


def _together(gap: str) -> bool:
    """Whether what stands between two boxes joins them to one answer."""
    if len(gap) > MAX_GAP:
        return False
    plain = " ".join(LAYOUT.sub(" ", gap).split())
    return TOGETHER.fullmatch(plain + " ") is not None or TOGETHER.fullmatch(plain) is not None


def _joined(text: str, group: list[Box]) -> str | None:
    contents = [tidy(box.content or "") or "" for box in group]
    names = [re.search(rf"({NAMED})[\s$]*$", text[max(0, box.start - 24) : box.start]) for box in group]
    named = [name[1] for name in names if name]
    if len(set(named)) == len(group) > 1 and not any("=" in content for content in contents):
        return ", ".join(f"{name} {content}" for name, content in zip(named, contents, strict=True))
    return ", ".join(dict.fromkeys(contents)) or None
