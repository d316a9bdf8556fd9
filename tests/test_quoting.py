"""Foreign text in prompts: tokens and tags of every spelling are broken, all else stays, in time linear in the text."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from ttc.quoting import defused, quote, shown, without_thinking
from ttc.types import Candidate
from ttc.verifiers.asking import solution_of

TOKENS = [
    "<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|start_header_id|>", "<|score|>", "<|END_OF_TURN_TOKEN|>",
    "<|reserved_special_token_0|>", "<|end▁of▁sentence|>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>",
    "<｜tool▁calls▁begin｜>", "<start_of_turn>", "<end_of_turn>", "<end_of_utterance>", "</s>", "<s>", "<bos>", "<eos>",
    "<pad>", "<unk>", "<EOS_TOKEN>", "<0x0A>", "<unused12>", "<extra_id_0>", "<fim_prefix>", "<tool_call>", "<think>",
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[SEP]", "[gMASK]", "<sop>",
]  # fmt: skip
SPELLED = ["<|im_start |>", "< |im_start|>", "<\u200b|im_end|>", "＜|im_end|＞", "<|im\u2060_end|>", "<\u00ad/s>",
           "[ INST ]", "［INST］", "<ｓｔａｒｔ_of_turn>", "<" + "\u200b" * 5000 + "|im_end|>"]  # fmt: skip
TAGS = [
    "</solution>", "<solution>", "</solution_1>", "</solution_2 >", "</review>", "<candidate>", "</SOLUTION>",
    "< /solution>", "</ solution>", "< / solution >", "< solution >", "<\n/solution>", "<\u200b/solution>",
    "</sol\u200bution>", "＜/solution＞", "<／solution>", "</ｓｏｌｕｔｉｏｎ>", "﹤/solution>", "</so\u0301lution>",
    "<" + " " * 5000 + "/solution>", "<" + "\u200d" * 5000 + "/solution>", "</solution", "<solution class=1>",
]  # fmt: skip
PLAIN = [
    "a < b and b > c", "|x| < 3, 0 <|x - 1| > 2", "x <s and y>s", "if n<solution_count: pass", "1 < x < 2",
    "a[i] < b[INSTANCE]", "<b>bold</b>", "[1, 2]", "\\left[0, 1\\right)", "List[int]", "x <- y", "(0,1]", "é <é> ê",
    "We find \\boxed{5}.\n\n- so a << b\n", "the smallest < solutions of the equation",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS + SPELLED)
def test_tokens_are_broken(token: str) -> None:
    for text in (token, f"x {token}{token} y", f"a<{token}"):
        once = defused(text)
        assert once != text
        assert defused(once) == once
        assert token not in once
    assert shown(f"a{token}b") == solution_of(Candidate("0", f"a{token}b")) != f"a{token}b"


@pytest.mark.parametrize("tag", TAGS)
def test_tags_are_broken(tag: str) -> None:
    for text in (tag, f"x {tag}{tag} y", f"a<{tag}", f"[{tag}]"):
        once = quote(text)
        assert once != text
        assert tag not in once
        assert quote(once) == once
        assert "</solution" not in unicodedata.normalize("NFKC", once).replace(" ", "").replace("\u200b", "")


@pytest.mark.parametrize("text", PLAIN)
def test_all_else_stays(text: str) -> None:
    assert defused(text) == text
    assert quote(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b", "b"), ("a</think>b</think>c", "c"), ("  <think>a", ""), ("a <think>b", "a <think>b"),
        ("b", "b"), (" \n</think>x", "x"), ("", ""),
    ],
)  # fmt: skip
def test_thinking_is_cut_off(text: str, left: str) -> None:
    assert without_thinking(text) == left


DEGENERATE = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # linear work takes a few seconds, quadratic work many minutes
from ttc.answers import extract_answer
from ttc.answers.extract import extract_choice
from ttc.backends.base import Completion
from ttc.quoting import shown
from ttc.verifiers.verdict_line import read_report
PIECES = {pieces!r}
for piece in PIECES:
    run = piece * (200_000 // len(piece))
    for text in (run, run + "1", "x" + run + ".", "Verdict: maybe" + run, "Verdict:" + run + "Yes"):
        shown(text)
        read_report(Completion(text, 1))
    for text in (run, run + "1", "x" + run + ".", "\\\\boxed{{" + run, "\\\\boxed{{" + run + "}}", "Answer: " + run):
        extract_answer(text)
    extract_choice(run + "A")
print("done")
"""
PIECES = [" ", "\n", "\t\n", "$", "$$", "<", "<think>", "<|im_end|>", "\nQuestion: ", "<|im_end|><|im_start|>assistant"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of CPU time")
def test_long_degenerate_texts_take_linear_time() -> None:
    """What models write that go astray: blanks, dollars, brackets, turns, 200 kB of each."""
    code = DEGENERATE.format(pieces=PIECES)
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root)
    assert done.stdout == "done\n", done
