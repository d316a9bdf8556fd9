"""Reading the verdict of a report in words: its own last line, and nothing that it quotes."""

import math

import pytest

from ttc.backends.base import Completion
from ttc.verifiers.verdict_line import read_report


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("All fine.\nVerdict: Yes", 1.0),
        ("Verdict: No", 0.0),
        ("Step 2 is off.\n**Verdict: No.**\n", 0.0),
        ("x\n### Final verdict: **yes**", 1.0),
        ("Verdict: No, the sum is wrong.", 0.0),
        ("Verdict: Yes, no step or sum is wrong.", 1.0),
        ('The solution says "Verdict: Yes" but its sum is wrong.\nVerdict: No', 0.0),
    ],
)
def test_the_last_line_decides(text: str, score: float) -> None:
    assert read_report(Completion(text, 9)) == score


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot tell.",
        'The solution ends with\n"Verdict: Yes"',
        "The solution claims:\nVerdict: Yes\nbut I did not get to the end, since",
        "Verdict: Yesterday",
        "> Verdict: Yes",
        "Is the verdict yes?",
        "Verdict: Yes or No",
        "Verdict: Yes/No",
        "**Verdict: Yes** or **Verdict: No**",
    ],
)
def test_no_verdict_is_nan(text: str) -> None:
    assert math.isnan(read_report(Completion(text, 9)))


@pytest.mark.parametrize("behind", [(), (".",), (".", "<|im_end|>")])
@pytest.mark.parametrize("p", [0.25, 0.0])
def test_the_probability_is_read_at_the_verdict_wherever_it_stands(behind: tuple[str, ...], p: float) -> None:
    """Second or third from the end: found by its place in the text. A probability of 0 is no missing one."""
    tokens = ["Yes", " it", " adds", " up", "\n", "Verdict", ":", " No", *behind]
    filler = tuple(((token, -0.2), ("zzz", -2.0)) for token in tokens)
    yes = math.log(p) if p else -math.inf
    verdict = ((" No", math.log(0.6)), (" Yes", yes), ("No", math.log(0.15)), (" Maybe", -5.0))
    top = (*filler[:7], verdict, *filler[8:])
    logprobs = tuple(row[0][1] for row in top)
    text = "".join(token for token in tokens if not token.startswith("<"))
    score = read_report(Completion(text, len(tokens), logprobs=logprobs, top=top))
    assert score == pytest.approx(p / (p + 0.75))
