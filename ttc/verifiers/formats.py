"""Formats: how each causal process reward model wants to see a problem and its steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ttc.core.session import Session
from ttc.quoting import defused
from ttc.types import Message
from ttc.verifiers.asking import about
from ttc.verifiers.label import Labels
from ttc.verifiers.steps import Steps

SIGNS = Labels(("+", "-"))
BLANK = Steps("blank")
Asked = tuple[list[Message], str]
"""The messages, and the assistant's text so far, after which the next token is the label."""


@dataclass(frozen=True, slots=True)
class TagFormat:
    """The assistant's text ends with a tag, and the next token is a label.

    Args:
        tag: What asks for the label.
        labels: The labels of a good and of a bad step.
        ending: What closes each step.
        before: What stands before the solution.
        every_tag: Whether the tags of earlier steps stay in the text, as a model trained on whole tagged solutions
            expects.
        as_generated: Send the messages that the solution was written for. So a generator that is its own reward model
            finds the prompt in its prefix cache. False sends the bare problem.
        cut: How a text is cut into steps.
    """

    tag: str
    labels: Labels = SIGNS
    ending: str = "\n\n"
    before: str = ""
    every_tag: bool = False
    as_generated: bool = True
    cut: Steps = BLANK

    def ask(self, session: Session, steps: Sequence[str]) -> Asked:
        """What to send to have the last of these steps scored."""
        messages = list(session.messages) if self.as_generated else about(session, session.problem.text)
        plain = [self.without_tag(step) for step in steps]
        join = self.tag + self.ending if self.every_tag else self.ending
        last = "" if self.every_tag else self.ending
        return messages, self.before + join.join(plain) + last + self.tag

    def without_tag(self, step: str) -> str:
        """A step that cannot forge a tag of its own, without the white space around it."""
        tag = self.tag.strip()
        forged = rf"(?<!\w){re.escape(tag)}(?!\w)" if tag.isalpha() else re.escape(tag)
        return defused(re.sub(forged, "", step)).strip()


@dataclass(frozen=True, slots=True)
class DialogueFormat:
    """Each step is a message of the user and each label one of the assistant; earlier ones are shown as good."""

    labels: Labels = SIGNS
    cut: Steps = BLANK

    def ask(self, session: Session, steps: Sequence[str]) -> Asked:
        """What to send to have the last of these steps scored; needs no prefix."""
        plain = [defused(step).strip() for step in steps]
        messages = about(session, f"{session.problem.text} {plain[0]}")
        for step in plain[1:]:
            messages += [{"role": "assistant", "content": self.labels.names[0]}, {"role": "user", "content": step}]
        return messages, ""


ScoreFormat = TagFormat | DialogueFormat

FORMATS: dict[str, ScoreFormat] = {
    # the laboratory model: solution so far, each step ended by a blank line, then its own special token
    "lab": TagFormat("<|score|>"),
    # Wang et al. 2023, arXiv 2312.08935; serve it with a chat template that only joins the contents of messages
    "math-shepherd": TagFormat(" ки", ending="\n", before=" ", every_tag=True, as_generated=False, cut=Steps("line")),
    # RLHFlow/Llama3.1-8B-PRM-Deepseek-Data and its siblings: Dong et al. 2024, arXiv 2405.07863
    "rlhflow": DialogueFormat(),
}
