"""Candidates: how completions of the model become whole or growing candidates, and how candidates vote."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ttc.backends.base import Completion
from ttc.types import ABSTAIN, Candidate, Verdict

ROOT = Candidate(id="", text="", done=False)
"""The empty candidate from which step search grows."""


def whole(name: str, new: Completion, answer: str | None, source: str) -> Candidate:
    """A candidate drawn in one piece. If it calls tools, its answer, the calls, ends the text."""
    calls = new.message is not None and bool(new.message.get("tool_calls"))
    return Candidate(
        id=name,
        text=f"{new.text}\n{answer}".lstrip() if calls and answer is not None else new.text,
        answer=answer,
        finish=new.finish,
        output_tokens=new.output_tokens,
        token_ids=new.token_ids,
        logprobs=new.logprobs,
        confidences=confidences_of(new),
        source=source,
        message=new.message,
    )


def step_from(before: Candidate, append: str) -> dict[str, Any]:
    """Fields of the request that continues `before`: from its ids where they are known and nothing is put between.

    The new ids are asked for only while the whole text can be known by them.
    """
    ids = None if append else before.token_ids
    return {
        "prefix": before.text + append,
        "prefix_ids": ids,
        "token_ids": not append and (not before.text or ids is not None),
    }


def grown(
    name: str, before: Candidate, append: str, new: Completion, answer_of: Callable[[str], str | None], source: str
) -> Candidate:
    """A candidate that continues `before`, with `append` put between.

    It is done when the text ended, was cut, gave nothing new, or completed a boxed answer in this step.
    """
    text = before.text + append + new.text
    ended = new.finish != "stop" or new.stop_reason is None or not new.text.strip()
    answer = answer_of(text) if ended or "\\boxed{" in new.text else None  # looked for only where there may be one
    ended = ended or answer is not None
    return Candidate(
        id=name,
        text=text,
        answer=answer,
        done=ended,
        finish=new.finish,
        steps=(*before.steps, append + new.text),
        output_tokens=before.output_tokens + new.output_tokens,
        token_ids=None if append else _joined(before.token_ids if before.text else (), new.token_ids),
        logprobs=_joined(before.logprobs or (), new.logprobs),
        confidences=_joined(before.confidences or (), confidences_of(new)),
        source=source,
    )


def lineage(candidate: Candidate) -> tuple[int, ...]:
    """The order of candidates by lineage: "2" before "2.0" before "10"."""
    return tuple(map(int, filter(None, candidate.id.split("."))))


def votable(candidate: Candidate) -> str | None:
    """The answer with which a candidate votes: none if it was cut off before its end."""
    return candidate.answer if candidate.finish == "stop" else None


def contenders(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that may win: all with an answer of their own, or all of them where none has one."""
    return [c for c in candidates if votable(c) is not None] or list(candidates)


def answered(candidates: Sequence[Candidate]) -> bool:
    """Whether any has an answer of its own."""
    return any(votable(c) is not None for c in candidates)


def labels(groups: Sequence[Sequence[int]], n: int) -> list[int]:
    """The number of each of n candidates' group, numbered by first appearance; -1 is in none."""
    found = [-1] * n
    for number, members in enumerate(sorted(groups, key=lambda group: group[0])):
        for index in members:
            found[index] = number
    return found


def bring_new_answers(new: Sequence[Candidate], known: Sequence[Candidate]) -> bool:
    """Whether one of the new candidates votes with words that no other of the known ones has used."""
    ids = {c.id for c in new}
    return not {votable(c) for c in new} <= {None, *(votable(c) for c in known if c.id not in ids)}


def agreement(groups: Sequence[Sequence[int]], n: int) -> list[Verdict]:
    """Each of n candidates' share of the votes cast, from the groups of equal answers; who is in none abstains."""
    verdicts = [ABSTAIN] * n
    voters = sum(len(group) for group in groups)
    for group in groups:
        for index in group:
            verdicts[index] = Verdict(len(group) / voters, f"{len(group)} of {voters} votes")
    return verdicts


def confidences_of(completion: Completion) -> tuple[float, ...] | None:
    """DeepConf's token confidence [output tokens]: minus the mean top-k log-probability, where there are any."""
    if not completion.top:
        return None
    k = min((len(top) for top in completion.top if top), default=0)  # some servers add the sampled token as entry k + 1
    rows = (sorted((lp for _, lp in top), reverse=True)[:k] for top in completion.top)
    return tuple(-sum(row) / k if row else math.nan for row in rows)


def _joined(before: tuple[Any, ...] | None, new: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """The two in a row, or None where one is missing."""
    return None if before is None or new is None else (*before, *new)
