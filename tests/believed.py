"""What the belief says of votes: tests compare the confidence of a run with it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ttc.belief.belief import Votes
from ttc.belief.classes import Model
from ttc.belief.lookup import known_of
from ttc.belief.profile import shipped_profile
from ttc.core import domains
from ttc.core.candidates import votable
from ttc.core.result import Result


def by_votes(counts: Sequence[int], silent: int = 0, domain: str = "math", heard: bool = True) -> float:
    """P(the first answer is right) by the shipped law, used as a guess for a model that nobody measured."""
    belief = known_of(shipped_profile(), model=Model(name="anything"), domain=domain).belief
    return float(belief.right(replace(Votes.of(counts, silent), heard=heard))[0])


def by_candidates(result: Result) -> float:
    """The same for the answer of a run whose candidates are all plain draws that came to their ends."""
    same = partial(domains.same, result.problem.domain, result.answer or "")
    answers = [votable(candidate) for candidate in result.candidates]
    groups = domains.group(result.problem.domain, answers)
    own = [group for group in groups if same(answers[group[0]] or "")]
    counts = [len(group) for group in [*own, *(group for group in groups if group not in own)]]
    return by_votes(counts, answers.count(None), result.problem.domain)
