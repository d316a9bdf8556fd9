"""Take off what servers and chat templates leave around an answer: control tokens, markers of a box, answer tags."""

import re
from typing import Final

TURN_END: Final = (
    r"<\|(?:im_end|eot_id|eom_id|end|end_of_text|endoftext|return|call|END_OF_TURN_TOKEN|end_of_turn|eos|"
    r"end_of_sentence|end_of_role|assistant_end|im_sep)\|>|<｜end▁of▁sentence｜>|</s>|<end_of_turn>|<eos>|<EOS>|"
    r"<\|end▁of▁sentence\|>|\[EOS\]|<end_of_utterance>|<\|user\|>|<\|observation\|>|"
    r"(?:<\|(?:im_start|start|start_header_id)\|>|<start_of_turn>)\s*(?=user|system|human|tool)"
)
END = re.compile(TURN_END)
OWN_TURN = re.compile(
    r"\s*(?:<\|(?:im_start|start|start_header_id|start_of_role|header_start)\|>\s*assistant|<start_of_turn>\s*model|"
    r"<\|assistant\|>|<｜Assistant｜>)"
)
BOX_BEGIN: Final = "<|begin_of_box|>"
BOX_END: Final = "<|end_of_box|>"
ROLE = re.compile(r"<\|(?:im_start|start|start_header_id)\|>\w*(?:<\|end_header_id\|>)?|<start_of_turn>\w*")
TOKEN = re.compile(
    r"<\|[A-Za-z][\w▁ ]{1,40}\|>|<｜[^｜\n]{1,40}｜>|</?s>|<(?:bos|eos|pad|unk|0x[0-9A-F]{2})>|<\|[a-z_]{1,24}$|"
    r"\[/?INST\]"
)
NAMES: Final = r"(?:final[ _-]?)?(?:answer|ans)"
TAGS: Final = rf"{NAMES}|final|result"
TAG = re.compile(rf"<({TAGS})>|\[({NAMES})\](?!\()", re.I)
CLOSING_TAG: Final = r"</{0}>|\[/{0}\]"
CONTINUED: Final = re.compile(  # a base model goes on with another problem after its answer
    r"\n[ \t*#]*+(?:(?:Next |New )?(?:Question|Problem|Exercise)(?: ?#?\d+)?|Q\d*|Human|User|Input|Instruction)"
    r"(?:\*\*)?[:：]"
)
STATES_ONE: Final = re.compile(r"####[ \t]*\S|\\boxed\s*\{[^{}]|\banswer\b[^\n]{0,40}(?:\bis\b|:)\s*\S", re.I)


QUICK: Final = ("<|", "<｜", "</", "<s>", "<e", "<E", "<p", "<b", "<u", "<0x", "<start", "[/", "[I", "[E")
QUICK_TAGS: Final = ("answer>", "answer]", "ans>", "ans]", "final>", "result>")
NEXT: Final = ("Question", "Problem", "Exercise", "Q", "Human", "User", "Input", "Instruction")
"""No token, tag or further problem without one of these: quick looks."""


def own_text(text: str) -> str:
    """The text that the model itself wrote in its turn, without control tokens.

    What follows the end of its turn is another's, unless another turn of the assistant begins there. A base model may
    go on with a further problem after its answer ("Question: ..."); that is cut off, for the question was the first.
    """
    if any(sign in text for sign in QUICK):
        text = _without_tokens(text)
    if "\n" not in text or not any(word in text for word in NEXT):
        return text
    states = STATES_ONE.search(text)
    for found in CONTINUED.finditer(text) if states else ():
        if states and states.end() <= found.start():
            return text[: found.start()]
    return text


def _without_tokens(text: str) -> str:
    kept, start, said = [], 0, False
    for found in END.finditer(text):
        kept.append(text[start : found.start()])
        said = said or start > 0 or kept[-1].strip() != ""
        start = found.end()
        if said and not OWN_TURN.match(text, start):
            break
    else:
        kept.append(text[start:])
    text = ROLE.sub("", "\n".join(kept) if len(kept) > 1 else kept[0])
    text = text.replace(BOX_BEGIN, "\\boxed{").replace(BOX_END, "}")
    return TOKEN.sub("", text)


def tagged(text: str) -> tuple[int, str] | None:
    """Where the last <answer> or [ANSWER] of a text ends, and what is in it; None if there is none.

    A tag that never closes holds the rest: servers cut `</answer>` off where it is a stop sequence.
    """
    if not any(name in text.casefold() for name in QUICK_TAGS):
        return None
    last = None
    for last in TAG.finditer(text):  # noqa: B007 - the last one counts
        pass
    if last is None:
        return None
    closing = re.compile(CLOSING_TAG.format(re.escape(last[1] or last[2])), re.I).search(text, last.end())
    end = closing.start() if closing else len(text)
    return (closing.end() if closing else end), text[last.end() : end]
