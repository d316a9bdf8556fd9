"""Conventions of published evaluations: what is asked behind a problem."""

from __future__ import annotations

from dataclasses import replace

from ttc import prompts
from ttc.registry import nearest
from ttc.types import Sampling

SUFFIXES: dict[str, str] = {
    "boxed": prompts.SOLVE,
    "aime": f"{prompts.SOLVE} The answer is an integer from 0 to 999.",
    "answer_line": (
        "\n\nThink step by step. End with a line of its own of the form\nAnswer: ANSWER\nwhere ANSWER is the final "
        "answer; it need not be boxed."
    ),
    "lighteval": (
        "\n\nWork through the problem, then conclude with: Therefore, the final answer is: $\\boxed{ANSWER}$. I hope "
        "it is correct\nwhere ANSWER is only the final number or expression."
    ),
    "plain": "",
}
"""boxed: Qwen2.5-Math, DeepSeek-R1 and most others; aime: the same with the contest's range; answer_line: the form that
simple-evals asks for; lighteval: the closing sentence that lighteval parses; plain: the problem and nothing else."""

DEFAULTS = {"aime24": "aime", "aime25": "aime"}
"""The convention of a set; "boxed" for all others."""


def with_convention(name: str, sampling: Sampling) -> Sampling:
    """The sampling that asks by the named convention; a suffix that is set already is kept."""
    if name not in SUFFIXES:
        raise ValueError(f"unknown prompt convention {name!r}; {nearest(name, SUFFIXES)}")
    return sampling if sampling.suffix is not None else replace(sampling, suffix=SUFFIXES[name])
