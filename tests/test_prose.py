"""README and docs can be read: short sentences, one thought in each."""

import tomllib
from pathlib import Path
from statistics import fmean

import pytest

from tests.pages import GUIDES, PAGES, ROOT, name_of, sentences, text_of, words

LONGEST, MEAN = 25, 18
"""Words of a sentence, and of the mean sentence of a page."""


@pytest.mark.parametrize("page", [*PAGES, *GUIDES, ROOT / "ttc" / "lab" / "MODEL_CARD.md"], ids=name_of)
def test_sentences_are_short(page: Path) -> None:
    found = sentences(text_of(page))
    assert [sentence for sentence in found if words(sentence) > LONGEST] == []
    assert not found or fmean(words(sentence) for sentence in found) <= MEAN


@pytest.mark.parametrize("kind", ["strategies", "verifiers", "knobs"])
def test_what_the_generated_pages_add_is_short(kind: str) -> None:
    table = tomllib.loads((ROOT / "docs" / "pays.toml").read_text(encoding="utf-8"))[kind]
    assert [s for text in table.values() for s in sentences(text) if words(s) > LONGEST] == []


def test_the_counting_of_words() -> None:
    text = "# Title\n\nOne `a b c` two [three four](x.md). Five!\n\n- six\n- seven eight\n\n| nine | ten |\n\n"
    text += "```sh\neleven\n```\n"
    assert [(sentence, words(sentence)) for sentence in sentences(text)] == [
        ("One code two three four.", 5),
        ("Five!", 1),
        ("six", 1),
        ("seven eight", 2),
    ]
