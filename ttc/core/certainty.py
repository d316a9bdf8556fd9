"""How sure a run is: what it knows of its candidates becomes P(the answer is right)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ttc.answers.structured import CALLS
from ttc.belief.classes import Model
from ttc.belief.lookup import Known, known_of
from ttc.belief.profile import shipped_profile
from ttc.belief.right import Comparison, Confidence, Seen, p_right, unmeasured
from ttc.core.candidates import lineage, votable
from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.core.run_state import RunState

CUT = ("stopped", "budget", "cancelled")
"""Ends that a rule or the budget made: such a candidate has no answer yet, which is no silence of the model."""
COMPARABLE = ("math", "choice", "json")
"""Domains in which equal answers look equal; two right programs or texts seldom do."""
MUCH = 0.5
"""Share of readable verdicts or judgements, below which a run says so."""


@lru_cache(maxsize=64)
def default_known(model: str, domain: str) -> Known:
    """What the shipped profile says of a model of which only the name is known."""
    return known_of(shipped_profile(), model=Model(name=model), domain=domain)


def confidence_of(run: RunState, chosen: Candidate | None) -> Confidence | None:
    """P(the answer of `chosen` is right) by all that the run has drawn, scored and compared; see `p_right`.

    Every independent draw of the model is one vote: branches, copies and later steps of one draw count once. What was
    written from earlier candidates counts only where it is the chosen one and no plain draw gave its answer.
    Candidates that a strategy or the budget ended are no votes and no silence. Texts that the model did not write are
    no votes either.
    """
    field = _field(run, chosen)
    place = None if chosen is None else next(i for i, c in enumerate(field) if c.id == chosen.id)
    names = run.verifier_name, run.judge_name
    comparable = _comparable(run, field, chosen)
    return p_right(run.known, seen(run, field), place, *names, run.board.verifier_auc, comparable=comparable)


def seen(run: RunState, field: Sequence[Candidate]) -> Seen:
    """What the run knows of these candidates."""
    verdicts, board = run.verdicts, run.board
    lengths = any(stream.lengths and stream.lengths.slope is not None for stream in run.known.streams)
    return Seen(
        labels=_labels(run, field),
        tokens=[candidate.output_tokens for candidate in field] if lengths else (),
        roots=_roots(field),
        scores=[verdicts[c.id].score if c.id in verdicts else None for c in field] if run.verifier is not None else (),
        comparisons=_comparisons(run.judgements, field) if run.judgements else (),
        heard=not board.aside and all(c.finish not in CUT for c in board.candidates.values()),
    )


def _field(run: RunState, chosen: Candidate | None) -> list[Candidate]:
    """The plain draws that came to an end, and the chosen one where it brings an answer that none of them gave."""
    board = run.board
    none = board.aside | board.rewritten
    field = [c for c in board.candidates.values() if c.finish not in CUT and c.id not in none]
    names = [(len(c.id), c.id) for c in field]
    if names != sorted(names) or "." in "".join([name for _, name in names]):  # replays skip this
        field.sort(key=lineage)  # P must not depend on who came first
    if chosen is None:
        return field
    if chosen.answer is not None and chosen.finish != "stop":
        chosen = replace(chosen, finish="stop")  # it was cut off, and is the answer all the same
    if any(c.id == chosen.id for c in field):
        return [chosen if c.id == chosen.id else c for c in field]
    answer = votable(chosen)
    for number, other in enumerate(field):
        if answer is not None and (own := votable(other)) and run.same(own, answer):
            return [*field[:number], chosen, *field[number + 1 :]]  # it speaks for a vote that is there already
    return [*field, chosen]


def _comparable(run: RunState, field: Sequence[Candidate], chosen: Candidate | None) -> bool:
    """Whether the field votes for the chosen answer: equal answers look equal there, and the model wrote them."""
    if chosen is None or not chosen.source:
        return chosen is None
    if run.problem.domain in COMPARABLE or (chosen.answer or "").startswith(CALLS):
        return True
    return all(c.id in run.meanings for c in field)


def _roots(field: Sequence[Candidate]) -> Sequence[int]:
    """The draw that each comes from; () where each is a draw of its own."""
    if "." not in "".join([candidate.id for candidate in field]):
        return ()
    roots = [candidate.id.partition(".")[0] for candidate in field]
    numbers = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return [numbers[root] for root in roots]


def _labels(run: RunState, field: Sequence[Candidate]) -> list[int]:
    """The number of each candidate's answer, by meaning where a strategy has sorted all of them; -1 = none."""
    if run.meanings and all(candidate.id in run.meanings for candidate in field):
        return [-1 if candidate.answer is None else run.meanings[candidate.id] for candidate in field]
    return run.labels(field)


def _comparisons(judgements: Mapping[tuple[str, str], Sequence[float]], field: Sequence[Candidate]) -> list[Comparison]:
    places = {candidate.id: number for number, candidate in enumerate(field)}
    found = []
    for (first, second), wins in judgements.items():
        if first in places and second in places:
            known = [win for win in wins if not math.isnan(win)]
            found.append(Comparison(places[first], places[second], sum(known), len(known) - sum(known), len(wins)))
    return found


def warnings_of(run: RunState) -> list[str]:
    """What a user must know to read the result: what could not be read, and what was not counted, with the remedy."""
    if not run.verdicts and not run.judgements:
        return list(run.warnings)
    verifier = run.verifier_name if run.verdicts and run.board.verifier_auc is None else None
    judge = run.judge_name if run.judgements else None
    return [*run.warnings, *{**unmeasured(run.known.profile, verifier, judge), **unreadable(run)}.values()]


def unreadable(run: RunState) -> dict[str, str]:
    """By role one sentence for a verifier or a judge of which nothing, or not even half, could be read."""
    silent = {c.id for c in run.candidates if votable(c) is None}  # of these a verifier may say nothing
    verdicts = [verdict.score for name, verdict in run.verdicts.items() if name not in silent]
    judgements = [wins for row in run.judgements.values() for wins in row]
    found = {
        "verifier": _unread(f"verifier {run.verifier_name}", "verdicts", verdicts),
        "judge": _unread(f"judge {run.judge_name}", "judgements", judgements),
    }
    return {role: sentence for role, sentence in found.items() if sentence}


def _unread(who: str, what: str, said: Sequence[float]) -> str:
    """The sentence, empty where enough could be read."""
    read = sum(not math.isnan(value) for value in said)
    if read >= MUCH * len(said):
        return ""
    return f"{who}: {read or 'none'} of {len(said)} {what} could be read"
