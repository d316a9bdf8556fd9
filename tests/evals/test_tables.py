"""The comparison with votes at equal tokens."""

import pytest

from evals.tables.equal_tokens import lines, markdown, words


def row(setting: str, problem: int, right: bool, tokens: int) -> dict[str, object]:
    return {
        "setting": setting,
        "problem": problem,
        "right": right,
        "output_tokens": tokens,
        "prompt_tokens": 9,
        "calls": 1,
    }


def test_the_gain_is_against_the_curve_at_the_same_tokens() -> None:
    rows = [row("one", i, i < 20, 100) for i in range(100)] + [row("four", i, i < 60, 400) for i in range(100)]
    rows += [row("new", i, i < 70, 200) for i in range(100)]  # half way in the logarithm: the curve has 40 %
    rows += [row("long", i, i < 70, 900) for i in range(100)] + [row("one", 100, True, 100)]  # unpaired: left out
    found = {line.setting: line for line in lines(rows, ("one", "four"))}
    assert found["one"].problems == 100
    assert found["new"].gain == pytest.approx(0.3)
    low, high = found["new"].gain_interval
    assert 0.15 < low < 0.3 < high < 0.45
    assert found["new"].verdict == "better"
    assert found["long"].verdict == found["one"].verdict == "not compared"
    assert found["new"].interval[0] == pytest.approx(0.61, abs=0.02)


def test_words_and_partial_settings() -> None:
    rows = [row("one", i, i < 20, 100) for i in range(100)] + [row("four", i, i < 60, 400) for i in range(100)]
    rows += [row("vote n=2", i, i < 70, 200) for i in range(100)] + [row("vote n=3", i, False, 300) for i in range(100)]
    rows += [row("tree n=2", i, i < 20, 200) for i in range(50)]  # on half of the problems
    found = lines(rows, ("one", "four"))
    told = words(found)
    assert "- **vote** beats votes at equal tokens in 1 of 2 settings and is worse in 1; its best is vote n=2" in told
    assert "- **tree** does not beat votes at equal tokens in any of 1 settings" in told
    whole, _, half = markdown(found).partition("On 50 of the problems alone")
    assert "tree" not in whole
    assert half.count("| tree n=2 |") == 1
