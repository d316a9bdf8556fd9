"""Exact rules that decide whether a rewriting of a problem still asks for the same."""

import re
from difflib import SequenceMatcher

from evals.lab_model.natural.problems import NaturalProblem
from evals.lab_model.natural.templates import SLOT, extract, slots_of
from evals.lab_model.natural.vocabulary import FEMALE, MALE
from evals.lab_model.natural.voices import SHOWN_NAMES, Voice
from evals.lab_model.natural.wording import LOOSE, NUMERAL, WORD, in_words

_ASKS = re.compile(
    r"\?|\b(?:what|how|which|when|find|calculate|compute|determine|work out|figure out|tell|solve|give|evaluate|add|"
    r"subtract|multiply|divide|convert|round|simplify|express|write|name|state|need|want|help|know|sum|total|evaluate|"
    r"continue|complete|fill|increase|multiplying|asked|double|halve|wondering|wonder)\b",
    re.I,
)
_MARKUP = re.compile(r"[{}\\`#<>|]|\*\*|https?:|_{4,}")
_SOLVED = re.compile(
    r"\b(?:answer is|answer:|solution|therefore|so the|step \d|rewrit|original problem|let's solve)\b", re.I
)
_NAME = re.compile(rf"\b(?:{'|'.join((*FEMALE, *MALE, *SHOWN_NAMES))})\b")
_SHE, _HE = re.compile(r"\b(?:she|her|hers|herself)\b", re.I), re.compile(r"\b(?:he|him|his|himself)\b", re.I)
_ALLOWED = set(map(chr, range(32, 127))) | set("\n’‘“”–—£€°×÷²³…−½¼¾")


class Rejected(ValueError):
    """A rewriting that broke a rule; the message is the rule's name."""


def bare(text: str) -> str:
    """Without spaces at the ends and between words, and without the sign at the end."""
    return " ".join(text.split()).rstrip(".?! ")


def template_of(problem: NaturalProblem, voice: Voice, text: str) -> str:
    """The rewriting with slots for the problem's numbers and words; Rejected with the broken rule otherwise."""
    _form(problem, text)
    template = extract(text, problem.numbers, _asked_words(problem), problem.kinds)
    _numbers(problem, text, template)
    _words(problem, voice, template)
    return template


def pronouns(template: str, kinds: dict[str, str]) -> dict[str, str]:
    """Which pronoun each person of a template must go by; empty where the template has no pronouns."""
    people = {slot for slot in slots_of(template) if kinds.get(slot) in ("she", "he")}
    she, he = bool(_SHE.search(template)), bool(_HE.search(template))
    if not people or not (she or he):
        return {}
    if len(people) == 1 and she != he:
        return dict.fromkeys(people, "she" if she else "he")
    return {slot: kinds[slot] for slot in sorted(people)}


def _asked_words(problem: NaturalProblem) -> dict[str, str]:
    """The words that the plain wording uses, each thing in both numbers."""
    used = slots_of(problem.template)
    return {
        slot: word
        for slot, word in problem.words.items()
        if slot in used or slot.rstrip("1") in used or slot + "1" in used
    }


def _form(problem: NaturalProblem, text: str) -> None:
    """Length, signs, and that it asks and does not solve."""
    if not 4 <= len(text) <= 3 * len(problem.prompt) + 220 or text.count("\n") > 4:
        raise Rejected("length")
    if _MARKUP.search(text) or not _ALLOWED.issuperset(text):
        raise Rejected("markup")
    if _SOLVED.search(text) or ("=" in text and "=" not in problem.prompt and not re.search(r"=\s*(?:\?|_|x\b)", text)):
        raise Rejected("solved")
    if not _ASKS.search(text):
        raise Rejected("no question")
    if bare(text) == bare(problem.prompt):
        raise Rejected("same")


def _numbers(problem: NaturalProblem, text: str, template: str) -> None:
    """All numbers of the problem survive, and no other one comes in, the answer least of all."""
    wanted = {slot for slot in slots_of(problem.template) if slot in problem.numbers}
    if not wanted <= slots_of(template):
        raise Rejected("number lost")
    rest, known = SLOT.sub(" ", template), SLOT.sub(" ", problem.template)
    fixed = set(re.findall(r"\d+(?:\.\d+)?", known)) | {w.lower() for w in WORD.findall(known)}
    fixed |= {in_words(int(n)) for n in fixed if n.isdigit() and int(n) < 1000} | {"two"}
    if problem.answer.isdigit() and int(problem.answer) < 1000:
        fixed -= {in_words(int(problem.answer))} - {w.lower() for w in WORD.findall(known)}
    if not set(re.findall(r"\d+(?:\.\d+)?", rest)) <= fixed or not {w.lower() for w in WORD.findall(rest)} <= fixed:
        raise Rejected("number added")
    loose = {_stem(w) for w in LOOSE.findall(rest)} - {_stem(w) for w in LOOSE.findall(problem.prompt)}
    if loose:
        raise Rejected("quantity word added")
    if NUMERAL.search(problem.answer) and re.search(rf"(?<![\d.:/]){re.escape(problem.answer)}(?![\d:/]|\.\d)", rest):
        raise Rejected("answer told") if problem.answer not in fixed else Rejected("number added")


def misspelt(word: str, right: str) -> bool:
    """Whether a word that is left over seems to mean a name or thing: it would stay when the others are exchanged."""
    word, right = word.lower(), right.lower()
    if word in (right, right + "s"):
        return True
    return len(word) > 3 and abs(len(word) - len(right)) < 3 and SequenceMatcher(None, word, right).ratio() > 0.8


def _pairs(things: set[str]) -> set[str]:
    """The slots of things in the plural and in the singular."""
    return things | {slot + "1" for slot in things}


def _stem(word: str) -> str:
    return {"%": "percent", "halves": "half", "doubled": "double"}.get(word.lower(), word.lower().rstrip("s"))


def _words(problem: NaturalProblem, voice: Voice, template: str) -> None:
    """Names and things survive; a voice that speaks of itself may leave one name out."""
    used, found = slots_of(problem.template), slots_of(template)
    people = {slot for slot in used if problem.kinds.get(slot) in ("she", "he")}
    if len(people - found) > (1 if voice.own_person else 0):
        raise Rejected("name lost")
    things = {slot.rstrip("1") for slot in used if problem.kinds.get(slot) in ("many", "one")}
    if not things <= {slot.rstrip("1") for slot in found}:
        raise Rejected("thing lost")
    rest = SLOT.sub(" ", template)
    others = set(re.findall(r"[A-Za-z]+", rest)) - set(re.findall(r"[A-Za-z]+", SLOT.sub(" ", problem.template)))
    if any(misspelt(word, problem.words[slot]) for word in others for slot in people | _pairs(things)):
        raise Rejected("word misspelt")
    if _NAME.search(rest) and not _NAME.search(SLOT.sub(" ", problem.template)):
        raise Rejected("other name")
