"""How sure a run is: what it knows of its candidates becomes P(the answer is right)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ttc.belief.classes import Model
from ttc.belief.lookup import Known, known_of
from ttc.belief.profile import shipped_profile
from ttc.belief.right import Comparison, Confidence, Seen, p_right
from ttc.core.candidates import lineage, votable
from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.core.run_state import RunState

CUT = ("stopped", "budget", "cancelled")
"""Ends that a rule or the budget made: such a candidate has no answer yet, which is no silence of the model."""
COMPARABLE = ("math", "choice", "json", "code")
"""Domains in which equal answers look equal."""


@lru_cache(maxsize=64)
def default_known(model: str, domain: str) -> Known:
    """What the shipped profile says of a model of which only the name is known."""
    return known_of(shipped_profile(), model=Model(name=model), domain=domain)


def confidence_of(run: RunState, chosen: Candidate | None) -> Confidence | None:
    """P(the answer of `chosen` is right) by all that the run has drawn, scored and compared; see `p_right`.

    A candidate that was written from earlier ones is no vote of its own: it counts where it is the chosen one and none
    of the plain draws gave its answer. Steps and branches of one draw are one vote.
    """
    field = _field(run, chosen)
    place = None if chosen is None else next((i for i, c in enumerate(field) if c.id == chosen.id), None)
    return p_right(
        run.known,
        seen(run, field),
        place,
        run.verifier_name,
        run.judge_name,
        run.board.verifier_auc,
        comparable=is_comparable(run, field),
    )


def is_comparable(run: RunState, field: Sequence[Candidate]) -> bool:
    """Whether equal answers of these candidates look equal, so that votes say something."""
    return run.problem.domain in COMPARABLE or all(c.id in run.meanings for c in field)


def seen(run: RunState, field: Sequence[Candidate]) -> Seen:
    """What the run knows of these candidates."""
    places = {candidate.id: number for number, candidate in enumerate(field)}
    roots = [lineage(candidate)[:1] for candidate in field]
    numbers = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    verdicts = run.verdicts
    scores = [verdicts[c.id].score if c.id in verdicts else None for c in field]
    return Seen(
        labels=_labels(run, field),
        tokens=[candidate.output_tokens for candidate in field],
        roots=[numbers[root] for root in roots],
        scores=scores if run.verifier is not None else (),
        comparisons=_comparisons(run.judgements, places),
    )


def _field(run: RunState, chosen: Candidate | None) -> list[Candidate]:
    """The plain draws that came to an end, and the chosen one where it brings an answer that none of them gave."""
    field = [c for c in run.candidates if c.finish not in CUT and not run.is_rewritten(c)]
    if chosen is None or any(c.id == chosen.id for c in field):
        return [chosen if chosen is not None and c.id == chosen.id else c for c in field]
    answer = votable(chosen)
    for number, other in enumerate(field):
        if answer is not None and (own := votable(other)) and run.same(own, answer):
            return [*field[:number], chosen, *field[number + 1 :]]  # it speaks for a vote that is there already
    return [*field, chosen]


def _labels(run: RunState, field: Sequence[Candidate]) -> list[int]:
    """The number of each candidate's answer, by meaning where a strategy has sorted all of them; -1 = none."""
    if run.meanings and all(candidate.id in run.meanings for candidate in field):
        return [-1 if candidate.answer is None else run.meanings[candidate.id] for candidate in field]
    return run.labels(field)


def _comparisons(judgements: Mapping[tuple[str, str], Sequence[float]], places: Mapping[str, int]) -> list[Comparison]:
    found = []
    for (first, second), wins in judgements.items():
        if first in places and second in places:
            known = [win for win in wins if not math.isnan(win)]
            found.append(Comparison(places[first], places[second], sum(known), len(known) - sum(known), len(wins)))
    return found


def warnings_of(run: RunState, believed: Confidence | None) -> list[str]:
    """What a user must know to read the result: judges that could not be read, and what was not counted."""
    found = unreadable(run)
    notes = () if believed is None else believed.notes
    return [
        *found,
        *run.board.warnings,
        *(note for note in notes if "unknown" in note),
    ]  # what could not be read is told by count


def unreadable(run: RunState) -> list[str]:
    """One sentence for a verifier or a judge of which nothing could be read, though it was asked."""
    warnings = []
    scores = [verdict.score for verdict in run.verdicts.values()]
    if run.verifier is not None and scores and all(map(math.isnan, scores)):
        warnings.append(f"verifier {run.verifier_name}: none of {len(scores)} verdicts could be read")
    wins = [win for row in run.judgements.values() for win in row]
    if run.judge is not None and wins and all(map(math.isnan, wins)):
        warnings.append(f"judge {run.judge_name}: none of {len(wins)} judgements could be read")
    return warnings
