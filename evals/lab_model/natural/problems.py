"""Natural problems by form and seed, and the same form filled anew for a wording that has slots."""

import random
from dataclasses import dataclass
from fractions import Fraction

import evals.lab_model.natural.forms  # noqa: F401  registers the forms
from evals.lab_model.natural.draw import FORMS, Case, Draw, Number, Redraw, show
from evals.lab_model.natural.templates import SLOT, fill
from evals.lab_model.natural.wording import NUMERAL, spelled

CLOSINGS = ("So the answer is \\boxed{{{}}}.", "The answer is \\boxed{{{}}}.", "Answer: \\boxed{{{}}}.")


@dataclass(frozen=True, slots=True)
class NaturalProblem:
    """One problem with its answer, a right solution, and the slots of its text."""

    form: str
    """kind/name."""
    seed: int
    template: str
    """The plain wording with its slots in braces."""
    prompt: str
    answer: str
    solution: str
    """Steps with a blank line between them; the last one boxes the answer."""
    numbers: dict[str, str]
    words: dict[str, str]
    kinds: dict[str, str]
    unit: str = ""

    @property
    def slots(self) -> dict[str, str]:
        """All that fills a template."""
        return self.numbers | self.words


def generate(form: str, seed: int) -> NaturalProblem:
    """A problem whose numbers differ from each other and from the answer, so that each can be found again in a text."""
    rng = random.Random(f"natural/{form}/{seed}")
    while True:
        drawn = _drawn(form, rng)
        if drawn is None:
            continue
        case, draw = drawn
        used = list(draw.numbers.values())
        text = rng.choice(case.texts)
        fixed = SLOT.sub(" ", text)
        known = NUMERAL.findall(fixed) + ([] if case.chosen else [answer_text(case.answer)])
        told = any((words := spelled(value)) and words.search(fixed) for value in used)
        if len(set(used)) == len(used) and not set(used) & set(known) and not told:
            return _problem(form, seed, case, draw, text, rng)


def refill(form: str, template: str, seed: int, kinds: dict[str, str] | None = None) -> NaturalProblem:
    """The template with newly drawn numbers and words; `kinds` keeps the pronoun that a text has for a person."""
    rng = random.Random(f"refill/{form}/{seed}")
    while True:
        drawn = _drawn(form, rng)
        if drawn is None:
            continue
        case, draw = drawn
        if kinds is None or all(draw.kinds.get(slot) == kind for slot, kind in kinds.items()):
            return _problem(form, seed, case, draw, template, rng)


def _drawn(form: str, rng: random.Random) -> tuple[Case, Draw] | None:
    draw = Draw(rng)
    try:
        return FORMS[form](draw), draw
    except Redraw:
        return None


def _problem(form: str, seed: int, case: Case, draw: Draw, template: str, rng: random.Random) -> NaturalProblem:
    answer = answer_text(case.answer)
    solution = "\n\n".join([*case.steps, rng.choice(CLOSINGS).format(answer)])
    prompt = fill(template, draw.numbers | draw.words)
    return NaturalProblem(
        form, seed, template, prompt, answer, solution, draw.numbers, draw.words, draw.kinds, case.unit
    )


def answer_text(answer: Number | str) -> str:
    """The answer as it stands in the box."""
    return answer if isinstance(answer, str) else show(Fraction(answer))
