"""Which role a prompt asks the simulated model to play: recognised by the texts of `ttc.prompts`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Literal

from ttc import prompts
from ttc.types import Message

Role = Literal["solve", "verify", "critique", "compare", "refine", "rewrite", "consistent", "select", "entail", "check"]


def _pattern(template: str, behind: str = "") -> re.Pattern[str]:
    """Matches what `template.format` gives, each field as short as can be; `behind` is a pattern of what may follow."""
    parts = [
        re.escape(before) + (f"(?P<{name}>.*?)" if name else "") for before, name, _, _ in Formatter().parse(template)
    ]
    return re.compile("".join(parts) + behind, re.DOTALL)


_SUFFIX = ".*"
"""A solution is asked for with the suffix of the run's sampling behind the prompt."""
_TEMPLATES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("verify", _pattern(prompts.VERIFY)),
    ("critique", _pattern(prompts.CRITIQUE)),
    ("compare", _pattern(prompts.COMPARE)),
    ("refine", _pattern(prompts.REFINE)),
    ("check", _pattern(prompts.TOOL_CHECK)),
    ("consistent", _pattern(prompts.CONSISTENT)),
    ("select", _pattern(prompts.SELECT)),
    ("entail", _pattern(prompts.ENTAIL)),
    ("rewrite", _pattern(prompts.REVISIT, _SUFFIX)),
    ("rewrite", _pattern(prompts.AGGREGATE, _SUFFIX)),
    ("rewrite", _pattern(prompts.IMPROVE, _SUFFIX)),
)
_LISTED = re.compile(r"<candidate>\n(.*?)\n</candidate>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: the problem without its suffix, and the solutions shown (one, two to compare, or a list)."""

    role: Role
    problem: str
    solutions: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def recognise(text: str) -> Task:
    """The task in the last message of a prompt; a text that fits no template is a problem to solve."""
    for role, pattern in _TEMPLATES:
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            shown = [fields[name] for name in ("solution", "first", "second") if name in fields]
            shown += _LISTED.findall(fields.get("candidates", ""))
            return Task(role, _bare(fields["problem"]), tuple(shown))
    return Task("solve", _bare(text))


def text_of(message: Message) -> str:
    """The text of a chat message."""
    content = message.get("content")
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content or ())


def _bare(problem: str) -> str:
    return problem.removesuffix(prompts.SOLVE).strip()
