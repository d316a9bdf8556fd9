"""Foreign text as data in a prompt: without its thinking, with every control token and every tag in it broken.

Servers read control tokens even inside a message, and a tag could close the block that a solution stands in. Which
model reads a text is not known, so the tokens of all families are broken. So are spellings that a model may take for
them: with blanks, invisible characters or full-width signs. A broken one has lost its first bracket; all other text
stays as it is.
"""

import re
import unicodedata

_CHUNK = re.compile(r"([<＜﹤\[［])([^<＜﹤\[［]*)")
"""A bracket and what follows it up to the next one."""
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_BLANKS = re.compile(r"\s+")
_LONGEST = 80
"""Characters of a token or tag, once invisible ones are gone and blanks are single."""

_NAME = r"(?:solution(?:_[12])?|review|candidate)\b"
_TAG = re.compile(rf"(?: ?/ ?)?{_NAME}| {_NAME}[^<>]*>", re.IGNORECASE)
_CONTROL = re.compile(
    r" ?\| ?[\w▁][\w▁.:/-]* ?\| ?>"  # <|im_end|>, <|eot_id|>, <｜Assistant｜>
    r"|/?(?:s|bos|eos|pad|unk|sep|cls|mask|think|bot|eot|image|0x[0-9A-F]{2})>"
    r"| ?/? ?(?:(?:start|end|begin)_(?:of|header)_\w+|\w+_TOKEN) ?>"  # <start_of_turn>, <end_of_utterance>
    r"| ?/? ?(?:unused_?\d+|extra_id_\d+|reserved_\w+|fim_\w+|tool_calls?|tool_response|function_calls?) ?>"
    r"| ?/? ?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_\w+|ARGS|THINK|IMG\w*)"
    r" ?[\]>]"
    r"| ?/? ?(?:BOS|EOS|CLS|SEP|MASK|PAD|UNK|gMASK|sop)"
    r" ?[\]>]"
)


def without_thinking(text: str) -> str:
    """What follows the last `</think>`; nothing of a text that begins to think and never ends."""
    _, mark, after = text.rpartition("</think>")
    return "" if not mark and text.lstrip().startswith("<think>") else after


def defused(text: str) -> str:
    """The text with its control tokens broken."""
    return _broken(text, _CONTROL)


def quote(text: str) -> str:
    """The text, stripped, with tags broken that could close or open the blocks of a prompt."""
    return _broken(text.strip(), _TAG)


def shown(text: str) -> str:
    """What a model is shown of an earlier solution: without its thinking, control tokens and tags broken."""
    return quote(defused(without_thinking(text)))


def _broken(text: str, look: re.Pattern[str]) -> str:
    def bracket(found: re.Match[str]) -> str:
        if look.match(_plain(found[2])) is None:
            return found[0]
        return ("⟦" if found[1] in "[［" else "‹") + found[2]

    return _CHUNK.sub(bracket, text)


def _plain(text: str) -> str:
    """The beginning of a text as a careless reader sees it: nothing invisible, full-width signs as usual ones."""
    seen = _BLANKS.sub(" ", _INVISIBLE.sub("", text))[:_LONGEST]
    return seen if seen.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", seen))
