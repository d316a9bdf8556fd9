"""Build the corpus from what a lease brought back: what is kept, and why the rest is not.

python -m evals.lab_model.natural.build RAW printed.json
"""

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evals.lab_model.natural.checks import Rejected, pronouns, template_of
from evals.lab_model.natural.corpus import GREEDY, HERE, OwnProblem, Wording
from evals.lab_model.natural.problems import NaturalProblem, generate, refill
from evals.lab_model.natural.programs import code_of
from evals.lab_model.natural.raw import Own, Rewritten, load
from evals.lab_model.natural.templates import slots_of
from evals.lab_model.natural.topics import well_formed
from evals.lab_model.natural.values import majority
from evals.lab_model.natural.voices import BY_NAME, VOICES

LEAST_VOTES, LEAST_OWN_VOTES, LEAST_PROGRAMS = 4, 7, 3
_TO_USER = re.compile(r"^(?:sure|certainly|of course|absolutely|yes|great(?: news)?)\b[ ,.!:]*", re.I)
"""How an assistant begins; the person who asks does not."""
_ODD = re.compile(
    r"\blet'?s\b|\blet us\b|answer soon|\bwe (?:need|have) to (?:add|subtract|multiply|divide)|looking for help\?|"
    r"[a-z](?:Laura|Mark|Jenny)\b|\bchallenge\b|how do you like|\bproblem is\b|rephras|reword",
    re.I,
)
SAME_TASK = (
    {"add/two", "add/more_than", "decimals/plus", "calendar/year_after"},
    {"subtract/difference", "subtract/less_than", "decimals/minus", "negative/below_zero", "gain_loss/left"},
    {"multiply/product", "decimals/by_whole", "groups/boxes", "rectangle/area"},
    {"divide/quotient", "divide/goes_into", "decimals/over_whole"},
    {"fraction_sum/plus", "fraction_sum/same_bottom"},
    {"fraction_of/of", "fraction_of/girls", "fraction_product/by_whole"},
    {"sequence/next_even_step", "sequence/next_falling", "sequence/next_geometric"},
    {"percent/of", "percent/of_people"},
    {"percent_what/what_percent", "percent_what/score"},
)
"""Forms that may share a wording, because what is computed is the same."""


def agreed(one: Rewritten) -> int:
    """9 where the greedy answer is right, the votes for the right answer where most of eight give it, else 0."""
    if not one.answered:
        return 0
    if one.greedy == one.known:
        return GREEDY
    best, votes = majority(one.votes)
    return votes if best == one.known and votes >= LEAST_VOTES else 0


def cleaned(text: str) -> str:
    """Without quotation marks around all of it and without the words that an assistant begins with."""
    text = text.strip('"“” ') if text.count('"') < 3 else text
    rest = _TO_USER.sub("", text)
    return rest if rest == text else rest[:1].upper() + rest[1:]


def checked(one: Rewritten) -> tuple[str, dict[str, str]]:
    """Template and pronouns by the rules as they are now; Rejected names the broken one."""
    text = cleaned(one.text)
    if _ODD.search(text):
        raise Rejected("not how a person asks")
    asked = generate(one.form, one.seed)
    template = template_of(asked, BY_NAME[one.voice], text)
    return template, pronouns(template, asked.kinds)


def collect(rewritten: Iterable[Rewritten]) -> tuple[list[Wording], dict[str, Counter[str]]]:
    """Each different wording once, and how many rewritings came how far, by kind, by voice and in all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    found: dict[tuple[str, str], Wording] = {}
    for one in rewritten:
        reason, votes = one.broken, agreed(one)
        if not reason and votes:
            try:
                template, kinds = checked(one)
            except Rejected as broken:
                reason = str(broken)
        elif not reason:
            reason = "other answer" if one.answered else "not answered"
        for group in ("all", f"kind {one.form.split('/')[0]}", f"voice {one.voice}"):
            counts[group]["asked"] += 1
            counts[group]["passed"] += bool(one.template)
            counts[group]["kept"] += not reason
            if reason:
                counts[group][f"- {reason}"] += 1
        if not reason:
            key = (one.form, template)
            best, seen = (found[key].votes, found[key].seen) if key in found else (0, 0)
            if votes > best:
                found[key] = Wording(one.form, one.voice, votes, seen + 1, one.seed, template, kinds)
            else:
                old = found[key]
                found[key] = Wording(old.form, old.voice, old.votes, seen + 1, old.seed, old.template, old.kinds)
    kept = without_conflicts(found.values())
    for word in kept:
        for group in ("all", f"kind {word.form.split('/')[0]}", f"voice {word.voice}"):
            counts[group]["different"] += 1
    return kept, counts


def without_conflicts(found: Iterable[Wording]) -> list[Wording]:
    """Without wordings that two forms share although they ask for different things."""
    found = list(found)
    forms: dict[str, set[str]] = defaultdict(set)
    for one in found:
        forms[one.template.lower()].add(one.form)
    clear = {text for text, some in forms.items() if len(some) == 1 or any(some <= task for task in SAME_TASK)}
    return sorted((one for one in found if one.template.lower() in clear), key=lambda one: (one.form, one.template))


def collect_own(own: Iterable[Own], printed: dict[str, str | None]) -> list[OwnProblem]:
    """Own problems, each once, whose votes and executed programs agree on a number that is no rounding."""
    found: dict[str, OwnProblem] = {}
    for one in own:
        best, votes = majority(one.votes)
        right = [code for reply in one.programs if printed.get(code := code_of(reply)) == best]
        text = cleaned(one.text)
        if best is None or votes < LEAST_OWN_VOTES or len(right) < LEAST_PROGRAMS or not well_formed(text):
            continue
        if ("/" in best and int(best.split("/")[1]) > 50) or _ODD.search(text):
            continue
        found.setdefault(
            " ".join(text.lower().split()), OwnProblem(one.topic, text, best, votes, len(right), min(right, key=len))
        )
    return sorted(found.values(), key=lambda one: (one.topic, one.text))


def write(folder: Path, found: list[Wording], own: list[OwnProblem]) -> None:
    """Both files; the same input gives the same bytes."""
    number = {voice.name: i for i, voice in enumerate(VOICES)}
    lines, form = [], ""
    for one in found:
        if one.form != form:
            form = one.form
            lines.append(json.dumps(form))
        row = [number[one.voice], one.votes, one.seen, one.seed, one.template, *([one.kinds] if one.kinds else [])]
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    rows = [[one.topic, one.text, one.answer, one.votes, one.programs, one.program] for one in own]
    texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    for name, some in (("wordings.jsonl.gz", lines), ("own.jsonl.gz", texts)):
        (folder / name).write_bytes(gzip.compress("\n".join(some).encode() + b"\n", 9, mtime=0))


def refillable(found: Iterable[Wording], seeds: int = 2) -> tuple[int, Counter[str]]:
    """How many wordings, filled with other numbers and words, pass the rules again; and what the others broke."""
    good, broken = 0, Counter[str]()
    for one in found:
        try:
            for seed in range(seeds):
                again(one, seed)
            good += 1
        except Rejected as reason:
            broken[str(reason)] += 1
    return good, broken


def again(one: Wording, seed: int) -> NaturalProblem:
    """The wording filled anew with numbers that can be told apart, after a look by the rules."""
    for attempt in range(50):
        filled = refill(one.form, one.template, seed * 50 + attempt, one.kinds)
        numbers = [*filled.numbers.values(), filled.answer]
        if len(set(numbers)) == len(numbers) or one.form.startswith(("compare/", "middle/")):
            break
    known = generate(one.form, one.seed)
    asked = NaturalProblem(
        filled.form,
        seed,
        known.template,
        filled.prompt + "~",  # a wording that is the plain one must not be refused for it here
        filled.answer,
        filled.solution,
        filled.numbers,
        filled.words,
        filled.kinds,
        filled.unit,
    )
    if not slots_of(one.template) <= slots_of(template_of(asked, BY_NAME[one.voice], filled.prompt)):
        raise Rejected("slot not found again")
    return filled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("printed", type=Path)
    parser.add_argument("--out", type=Path, default=HERE)
    args = parser.parse_args()
    rewritten, own = load(args.raw)
    found, counts = collect(rewritten)
    good, broken = refillable(found)
    problems = collect_own(own, json.loads(args.printed.read_text(encoding="utf-8")))
    write(args.out, found, problems)
    told: dict[str, dict[str, Any]] = {
        "counts": {group: dict(sorted(some.items())) for group, some in sorted(counts.items())},
        "refillable": {"of": len(found), "pass": good, "broken": dict(broken)},
        "own": {"with six votes or more": len(own), "kept": len(problems)},
    }
    (args.out / "counts.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps([told["counts"]["all"], told["refillable"], told["own"]], indent=1))


if __name__ == "__main__":
    main()
