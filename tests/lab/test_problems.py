"""Generated problems: the same everywhere, disjoint splits, sane levels."""

import random
import re
from itertools import pairwise

import pytest

from ttc.lab import FAMILIES, generate
from ttc.lab.families import HARDEST, countdown
from ttc.lab.levels import BANDS, LEVELS
from ttc.lab.problems import SPLITS, generate_raw, split_of

EVERY = [(family, level) for family in FAMILIES for level in LEVELS]


def test_the_same_seed_gives_the_same_problem_and_another_seed_another():
    first = [generate(family, level, 7) for family, level in EVERY]
    assert first == [generate(family, level, 7) for family, level in EVERY]
    assert all(
        generate(family, level, 8).prompt != one.prompt for (family, level), one in zip(EVERY, first, strict=True)
    )


def test_a_problem_does_not_depend_on_what_was_generated_before():
    random.seed(1)
    once = generate(None, 3, 5)
    random.seed(2)
    generate("word", 1, 1)
    assert generate(None, 3, 5) == once


def test_no_numbers_are_shared_between_splits():
    seen = {}
    for split in SPLITS:
        for family in FAMILIES:
            for difficulty in (1, 5, 12):
                for seed in range(12):
                    problem = generate_raw(family, difficulty, seed, split)
                    key = (family, tuple(sorted(re.findall(r"\d+", problem.prompt))))
                    assert seen.setdefault(key, split) == split
                    assert split_of(family, problem.prompt) == split


def test_without_a_family_seeds_reach_all_of_them():
    assert {generate(None, 2, seed).family for seed in range(80)} == set(FAMILIES)


def test_levels_are_bands_that_rise():
    assert {family: set(kinds) for family, kinds in BANDS.items()} == {f: set(kinds) for f, kinds in FAMILIES.items()}
    for kinds in BANDS.values():
        for bands in kinds.values():
            assert len(bands) == len(LEVELS)
            known = [band for band in bands if band]
            assert all(1 <= low <= high <= HARDEST for low, high in known)
            assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(known))
        assert all(any(bands[level - 1] for bands in kinds.values()) for level in LEVELS)


def test_a_level_has_problems_of_its_kinds_within_their_bands():
    for family, level in EVERY:
        found = [generate(family, level, seed) for seed in range(24)]
        assert {one.kind for one in found} == {kind for kind, bands in BANDS[family].items() if bands[level - 1]}
        for one in found:
            low, high = BANDS[family][one.kind][level - 1]
            assert low <= one.difficulty <= high


def test_texts_vary():
    shapes = {re.sub(r"\d+", "#", generate("word", 2, seed).prompt) for seed in range(60)}
    assert len(shapes) > 50


def test_countdown_has_one_value_before_the_last_operation():
    for seed in range(4):
        problem = generate_raw("countdown", 3, seed, "test")
        target, *numbers = problem.facts
        values = {chain[-1][0] for chain in countdown.every_chain(tuple(numbers)) if chain[-1][3] == target}
        assert values == {int(problem.answer)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"level": 6}, "nearest is 5"),
        ({"family": "poems"}, "counting"),
        ({"split": "exam"}, "train"),
    ],
)
def test_bad_arguments_name_the_nearest_valid_choice(arguments, words):
    with pytest.raises(ValueError, match=words):
        generate(**arguments)
