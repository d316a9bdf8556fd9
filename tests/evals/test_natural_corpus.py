"""Rules that let a rewriting through, templates that are filled anew, answers that are read, and the corpus itself."""

import asyncio
import gzip
import json
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from evals.lab_model.natural import build, corpus
from evals.lab_model.natural.checks import Rejected, pronouns, template_of
from evals.lab_model.natural.draw import FORMS
from evals.lab_model.natural.problems import NaturalProblem, generate, refill
from evals.lab_model.natural.programs import code_of, printed_value, run_all
from evals.lab_model.natural.raw import Own, Rewritten, load
from evals.lab_model.natural.templates import extract, fill, slots_of
from evals.lab_model.natural.topics import topic_prompt, well_formed
from evals.lab_model.natural.values import answer_of, majority, value_of
from evals.lab_model.natural.voices import BY_NAME, VOICES, rewriting
from evals.lab_model.natural.wording import in_words, spelled
from tests.evals.test_natural_problems import CONVERSIONS, expected
from tests.sandbox.available import need_sandbox

EGGS = NaturalProblem(
    form="gain_loss/left",
    seed=0,
    template="{n} has {a} {t} and gives {b} of them away. How many {t} does {n} have left?",
    prompt="Ada has 36 eggs and gives 17 of them away. How many eggs does Ada have left?",
    answer="19",
    solution="Ada keeps 36 - 17 = 19.\n\nAnswer: \\boxed{19}.",
    numbers={"a": "36", "b": "17"},
    words={"n": "Ada", "t": "eggs", "t1": "egg"},
    kinds={"n": "she", "t": "many", "t1": "one"},
)
OTHER, FIRST = BY_NAME["other"], BY_NAME["first person"]
SAMPLE = random.Random(23).sample(corpus.wordings(), 400)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("How many eggs are left if Ada gives away 17 of 36?", "How many {t} are left if {n} gives away {b} of {a}?"),
        ("ada had 36 eggs, 17 are gone, how many eggs now", "{n:l} had {a} {t}, {b} are gone, how many {t} now"),
        ("Thirty-six eggs, seventeen gone: what has Ada?", "{a:W} {t}, {b:w} gone: what has {n}?"),
        ("Ada's egg box: thirty six eggs. 17 go. How many now?", "{n}'s {t1} box: {a:w} {t}. {b} go. How many now?"),
    ],
)  # fmt: skip
def test_numbers_and_words_are_found_again(text, template):
    assert template_of(EGGS, OTHER, text) == template
    assert fill(template, EGGS.slots).lower().replace("-", " ") == text.lower().replace("-", " ")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Ada has some eggs and gives 17 away. How many are left?", "number lost"),
        ("Ada has 36 eggs and gives 17 of them to 3 friends. How many eggs are left?", "number added"),
        ("Ada has 36 eggs and gives 17 away. Does she have 19 eggs left?", "number added"),
        ("Ada has 36 eggs and gives 17 away. Does she have nineteen eggs?", "number added"),
        ("Ada gives half of her 36 eggs, 17, away. How many eggs are left?", "quantity word added"),
        ("Bob has 36 eggs and gives 17 away. How many eggs are left?", "name lost"),
        ("Ada and Bob have 36 eggs and give 17 away. How many eggs are left?", "other name"),
        ("Ada has 36 cups and gives 17 away. How many cups are left?", "thing lost"),
        ("Ada has 36 eggs and gave 17 egggs away. How many eggs are left?", "word misspelt"),
        ("Ada has 36 eggs and gives 17 away. How many eggs does ada have?", "word misspelt"),
        ("Ada has 36 eggs and gave 17 of them away.", "no question"),
        ("36 - 17 = 19 eggs are what Ada has.", "solved"),
        ("How many eggs? The answer is what is left of 36 after 17, Ada.", "solved"),
        (EGGS.prompt.replace("?", ""), "same"),
        ("Ada has **36** eggs and gives 17 away. How many eggs are left?", "markup"),
        ("Why? " + "Ada has 36 eggs and 17 eggs. " * 40, "length"),
    ],
)
def test_every_rule_refuses_what_it_is_for(text, rule):
    with pytest.raises(Rejected, match=f"^{rule}$"):
        template_of(EGGS, OTHER, text)


def test_only_a_voice_that_speaks_of_itself_may_drop_one_name():
    text = "I have 36 eggs and give 17 away. How many eggs do I have left?"
    assert template_of(EGGS, FIRST, text) == "I have {a} {t} and give {b} away. How many {t} do I have left?"
    with pytest.raises(Rejected, match="name lost"):
        template_of(EGGS, OTHER, text)


def test_fractions_clocks_and_thousands_are_numbers_too():
    numbers = {"f": "3/4", "a": "1200", "m": "9:05"}
    text = "At 9:05 three quarters of 1,200 and again 3/4 of 1200; three-fourths."
    assert extract(text, numbers, {}, {}) == "At {m} {f:w} of {a:t} and again {f} of {a}; {f:w}."
    assert fill("{f:w} of {a:t}", {"f": "2/5", "a": "31000"}) == "two fifths of 31,000"
    assert fill("{a:w} times", {"a": "35.2"}) == "35.2 times"
    assert spelled("35.2") is None
    assert extract("12,15 and 150", {"a": "12", "b": "15"}, {}, {}) == "{a},{b} and 150"


def test_articles_follow_what_is_filled_in():
    assert fill("A {t1} and a {a} m pole", {"t1": "apple", "a": "18"}) == "An apple and an 18 m pole"
    assert fill("an {t1}, an {a:w}", {"t1": "pear", "a": "7"}) == "a pear, a seven"


def test_pronouns_bind_the_names_that_come_in():
    two = {"n": "she", "m": "he"}
    assert pronouns("{n} asks how many {t} he has.", {"n": "she", "t": "many"}) == {"n": "he"}
    assert pronouns("{n} and {m}: how many has she?", two) == {"m": "he", "n": "she"}
    assert pronouns("{n} and {m}: how many have they?", two) == {}
    names = {refill("gain_loss/left", "He is {n}: {a} {t}, {b}?", seed, {"n": "he"}).kinds["n"] for seed in range(20)}
    assert names == {"he"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (7, "seven"),
        (40, "forty"),
        (99, "ninety-nine"),
        (304, "three hundred four"),
        (12045, "twelve thousand forty-five"),
    ],
)
def test_numbers_in_words(number, words):
    assert in_words(number) == words
    pattern = spelled(str(number))
    assert pattern is not None
    assert pattern.search(f"It is {words.replace('-', ' ')}.")
    assert not pattern.search(f"It is {words}ty.")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\boxed{1,234 \\text{ apples}}", "1234"),
        ("\\boxed{\\frac{6}{8}}", "3/4"),
        ("\\boxed{1\\frac{1}{2}}", "3/2"),
        ("so \\boxed{3} no, \\boxed{x = -4.50}", "-9/2"),
        ("\\boxed{9:05 AM}", "9:05"),
        ("\\boxed{25\\%}", "25"),
        ("The answer is 12 cm^2.", "12"),
        ("\\boxed{3 \\text{ and } 4}", None),
        ("\\boxed{1/0}", None),
        ("no number", None),
    ],
)
def test_answers_of_a_model_are_read(text, value):
    assert answer_of(text) == value


def test_a_tie_is_no_majority():
    assert majority(["1", "2", "1", None]) == ("1", 2)
    assert majority(["1", "2", "2", "1"]) == (None, 0)
    assert majority([None, None]) == (None, 0)


def test_every_voice_has_examples_and_one_prompt_for_all_problems():
    assert len(VOICES) == len(BY_NAME) >= 16
    for voice in VOICES:
        first, second = rewriting(voice, "What is 1 + 1?"), rewriting(voice, "What is 2 + 2?")
        assert first.replace("1 + 1?", "2 + 2?") == second
        assert first.index("1 + 1?") > 0.7 * len(first)
        assert all(was != became for was, became in voice.shown)


def test_own_problems_are_looked_at_before_they_are_answered():
    assert well_formed("A box holds 4 cups and another one 5. How many cups do both hold?")
    for text in (
        "How many cups are in both boxes together?",
        "2 + 3 is? The answer: 5 and 4?",
        "4 cups. 5 cups.",
        "How many is 3 + 4? And 4 + 5?",
    ):
        assert not well_formed(text)
    assert topic_prompt(7) == topic_prompt(7) != topic_prompt(8)


def test_programs_are_taken_from_blocks_and_their_output_is_one_number():
    assert code_of("Here:\n```python\nprint(3)\n```\nDone") == "print(3)"
    assert code_of("print(3)") == "print(3)"
    assert [
        printed_value(text) for text in ("7\n", "0.30000000000000004", "$2.50", "33.333333333333336", "a 7", "")
    ] == ["7", "3/10", "5/2", "100/3", None, None]


def test_programs_run_in_the_sandbox():
    need_sandbox()
    own = [Own(1, "t", "x", ("9",), ("```python\nprint(4 + 5)\n```", "print(1/0)", "import nothing_like_this", ""))]
    assert asyncio.run(run_all(own, workers=1)) == {
        "print(4 + 5)": "9",
        "print(1/0)": None,
        "import nothing_like_this": None,
    }


# ---- the corpus -----------------------------------------------------------------------------------------------------


def test_the_corpus_has_every_form_in_every_voice_it_could():
    found = corpus.wordings()
    assert len(found) > 50_000
    assert sum(one.seen for one in found) > 70_000
    assert {one.form for one in found} == FORMS.keys()
    assert {one.voice for one in found} == BY_NAME.keys()
    assert len({(one.form, one.template) for one in found}) == len(found)
    assert all(one.votes == corpus.GREEDY or build.LEAST_VOTES <= one.votes <= 8 for one in found)
    size = sum((Path(corpus.HERE) / name).stat().st_size for name in ("wordings.jsonl.gz", "own.jsonl.gz"))
    assert size < 2_000_000


def test_the_rewritten_problems_pass_the_rules():
    for one in SAMPLE:
        asked = generate(one.form, one.seed)
        text = fill(one.template, asked.slots)
        assert template_of(asked, BY_NAME[one.voice], text).lower() == one.template.lower()
        assert one.kinds == pronouns(one.template, asked.kinds)


def test_wordings_filled_anew_pass_the_rules_and_have_right_answers():
    good, broken = build.refillable(SAMPLE, seeds=3)
    assert good >= len(SAMPLE) - 2, broken
    for one in SAMPLE:
        problem = refill(one.form, one.template, 5, one.kinds)
        assert slots_of(one.template) <= problem.slots.keys()
        known = generate(one.form, one.seed).prompt  # its units are those of the wording
        right = expected(replace(problem, prompt=known) if one.form in CONVERSIONS else problem)
        assert value_of(problem.answer) == (right if isinstance(right, str) else str(Fraction(right)))


def test_drawing_takes_every_kind_and_keeps_dev_wordings_apart():
    rng = random.Random(5)
    drawn = [corpus.problem(rng) for _ in range(300)]
    assert len({problem.form.split("/")[0] for problem in drawn}) > 60
    assert len({problem.prompt for problem in drawn}) == 300
    train = {(one.form, one.template.lower()) for one in corpus.wordings() if one.split == "train"}
    dev = {(one.form, one.template.lower()) for one in corpus.wordings() if one.split == "dev"}
    assert not train & dev
    assert 0.08 < len(dev) / (len(dev) + len(train)) < 0.12
    assert all((problem.form, problem.template.lower()) in train for problem in drawn)


def test_own_problems_have_one_number_that_votes_and_programs_give():
    own = corpus.own_problems()
    assert len(own) > 3_500
    assert len({one.text for one in own}) == len(own)
    for one in own:
        assert one.votes >= build.LEAST_OWN_VOTES
        assert one.programs >= build.LEAST_PROGRAMS
        assert ":" in one.answer or Fraction(one.answer).denominator <= 50
        assert well_formed(one.text)


def test_a_sample_of_the_kept_programs_prints_the_answers():
    need_sandbox()
    some = random.Random(7).sample(corpus.own_problems(), 12)
    printed = asyncio.run(run_all([Own(0, "", "", (), tuple(one.program for one in some))], workers=1))
    assert [printed[one.program] for one in some] == [one.answer for one in some]


def test_a_wording_that_two_forms_read_differently_is_dropped():
    def wording(form: str, template: str) -> corpus.Wording:
        return corpus.Wording(form, "other", 9, 1, 0, template, {})

    same = [wording("add/two", "{a} + {b}?"), wording("decimals/plus", "{a} + {b}?")]
    unlike = [
        wording("fraction_of/of", "What number is {f} of {a}?"),
        wording("fraction_of/whole_from_part", "what number is {f} of {a}?"),
    ]
    assert build.without_conflicts([*same, *unlike]) == same


def test_what_a_lease_brings_is_read_and_judged(tmp_path):
    problem = generate("gain_loss/left", 3)
    text = "Please tell me: " + problem.prompt
    row = {"f": "gain_loss/left", "s": 3, "v": "other", "x": text, "t": "x", "k": problem.answer}
    rows = [
        {"i": 0, **row}, {"i": 0, "g": "-1", "k": problem.answer},
        {"i": 0, "n": [problem.answer] * 5 + ["-1"] * 3, "k": problem.answer},
        {"i": 1, **row}, {"i": 1, "g": problem.answer, "k": problem.answer},
        {"i": 2, **row}, {"i": 2, "g": "-1", "k": problem.answer},
        {"i": 2, "n": [problem.answer] * 3 + [None] * 5, "k": problem.answer},
        {"i": 3, "f": "add/two", "s": 1, "v": "short", "x": "Hm", "r": "length"},
        {"i": 4, **row, "x": "Sure! Let's see. " + problem.prompt}, {"i": 4, "g": problem.answer, "k": problem.answer},
        {"o": 9, "topic": "t", "x": "How many is 4 + 5 in all?", "n": ["9"] * 8, "p": ["print(9)"] * 4},
    ]  # fmt: skip
    with gzip.open(tmp_path / "part-0.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(row) for row in rows) + '\n{"i": 5, "cut')
    rewritten, own = load(tmp_path)
    assert [build.agreed(one) for one in rewritten] == [5, 9, 0, 0, 9]
    assert isinstance(rewritten[0], Rewritten)
    found, counts = build.collect(rewritten)
    assert [(one.votes, one.seen) for one in found] == [(9, 2)]
    assert counts["all"]["kept"] == 2
    assert counts["all"]["- length"] == counts["all"]["- other answer"] == counts["all"]["- not how a person asks"] == 1
    problems = build.collect_own(own, {"print(9)": "9"})
    assert [(one.answer, one.votes, one.programs, one.program) for one in problems] == [("9", 8, 4, "print(9)")]
    assert build.collect_own(own, {"print(9)": "8"}) == []
    build.write(tmp_path, found, problems)
    assert corpus.wordings.__wrapped__(tmp_path) == tuple(found)
    assert corpus.own_problems.__wrapped__(tmp_path) == tuple(problems)
