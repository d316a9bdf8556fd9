"""From all that a run knows to P(its answer is right): votes, silence, lengths, scores and comparisons together.

This is the one place where a confidence is made, whatever the strategy. An answer has the same P however it was
chosen. The belief takes in all evidence, so a verifier or a judge may have chosen on the strength of some of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ttc.belief.belief import Belief, Posterior, Votes
from ttc.belief.lookup import Known
from ttc.belief.profile import ValueProfile
from ttc.belief.worth import JudgeWorth, Worth, judged_extra, stated_worth


@dataclass(frozen=True, slots=True)
class Comparison:
    """Judgements of two candidates, by their places: wins and losses of the first, ties half of each.

    asked: how many were asked for; those that could not be read are neither won nor lost.
    """

    first: int
    second: int
    won: float
    lost: float
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run has seen of one problem, by candidate [n], in the order in which they were drawn.

    labels: the number of each candidate's answer, -1 = none. tokens: output tokens, () = not known. streams: the stream
    of each, () = the first. ways: the way of each, () = the stream's first. roots: the independent draw that each comes
    from (revisions, branches and survivors of one draw share a number), () = each is a draw of its own. scores: of the
    run's verifier, None = it was not asked, nan = it could not be read, () = there is none. comparisons: of its judge.
    heard: False where others were ended before their end, so that neither silence nor lengths say anything.
    """

    labels: Sequence[int]
    tokens: Sequence[int] = ()
    streams: Sequence[int] = ()
    ways: Sequence[str] = ()
    roots: Sequence[int] = ()
    scores: Sequence[float | None] = ()
    comparisons: Sequence[Comparison] = ()
    heard: bool = True

    def __post_init__(self) -> None:
        for name in ("tokens", "streams", "ways", "roots", "scores"):
            if len(getattr(self, name)) not in (0, len(self.labels)):
                raise ValueError(f"{name} has {len(getattr(self, name))} entries for {len(self.labels)} candidates")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The same by answer, with what it is worth.

    answers: the label of each of the answers of `votes`, first seen first. scored [answers]: candidates with a known
    score. unscored [answers]: those that were not asked about. records: wins and losses of each pair of answers, the
    smaller first. asked: judgements asked of each pair. compared: judgements asked in all. verifier, judge: their
    worth, None where it was not measured. stated: the verifier's worth is the user's word.
    """

    votes: Votes
    answers: tuple[int, ...]
    scored: tuple[int, ...] = ()
    unscored: tuple[int, ...] = ()
    records: dict[tuple[int, int], tuple[float, float]] | None = None
    asked: dict[tuple[int, int], int] | None = None
    compared: int = 0
    verifier: Worth | None = None
    judge: JudgeWorth | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Confidence:
    """P(the answer is right). kind: "fitted" to the run's class, a "guess" from another, "stated": by a stated AUC.

    leads: whether no other answer is more probable. lead: P of the most probable answer. unseen: P(no answer of the run
    is right). why: where the laws come from, in one line. notes: what was not counted, and how to measure it.
    """

    right: float
    kind: Literal["fitted", "guess", "stated"]
    leads: bool
    lead: float
    unseen: float
    why: str
    notes: tuple[str, ...] = ()


def evidence_of(
    known: Known,
    seen: Seen,
    verifier: str | None = None,
    judge: str | None = None,
    verifier_auc: float | None = None,
    chosen: int | None = None,
) -> Evidence:
    """What a run has seen, in the form that the belief and the policy read.

    Args:
        known: the laws, from `ttc.belief.lookup.known_of`.
        seen: the candidates.
        verifier: the name of the run's verifier; without a measured worth its scores count for nothing.
        judge: the name of its judge; the same.
        verifier_auc: the AUC that the user says it has, in [.5, 1); taken where the profile does not know it.
        chosen: the place of the chosen candidate, which speaks for its root.
    """
    votes, answers = _votes(known, seen, chosen)
    place = {label: j for j, label in enumerate(answers)}
    worth: Worth | None = known.profile.verifier(verifier)
    scores = [math.nan if score is None else score for score in seen.scores]
    stated = worth is None and verifier is not None and verifier_auc is not None
    if stated and verifier_auc is not None:
        worth = stated_worth(verifier_auc, scores)
    known_scores, unscored = _scored(seen.labels, scores, seen.scores, answers)
    extra = [0.0] * len(answers) if worth is None else [worth.extra(group) for group in known_scores]
    records, asked = _records(seen, place) if seen.comparisons else ({}, {})
    judged = known.profile.judge(judge)
    if judged is not None:
        told = judged_extra(judged, len(answers), [(i, k, *record) for (i, k), record in records.items()])
        extra = [a + b for a, b in zip(extra, told, strict=True)]
    return Evidence(
        votes=Votes(votes.counts, votes.silent, tuple(extra), votes.residuals, seen.heard),
        answers=answers,
        scored=tuple(len(group) for group in known_scores),
        unscored=unscored,
        records=records,
        asked=asked,
        compared=sum(comparison.asked for comparison in seen.comparisons),
        verifier=worth,
        judge=judged,
        stated=stated,
    )


def _scored(
    labels: Sequence[int], scores: Sequence[float], asked: Sequence[float | None], answers: Sequence[int]
) -> tuple[list[list[float]], tuple[int, ...]]:
    """The known scores of each answer, and how many of its candidates were not asked about."""
    if not scores:
        sizes = Counter(labels)
        return [[] for _ in answers], tuple(sizes[answer] for answer in answers)
    groups = [[i for i, label in enumerate(labels) if label == answer] for answer in answers]
    known = [[scores[i] for i in group if not math.isnan(scores[i])] for group in groups]
    return known, tuple(sum(asked[i] is None for i in group) for group in groups)


def _votes(known: Known, seen: Seen, chosen: int | None) -> tuple[Votes, tuple[int, ...]]:
    """Votes of independent draws and the labels of all answers; one that only a dependent candidate gave has none."""
    speakers = _speakers(seen, chosen)
    labels = [seen.labels[i] for i in speakers]
    answers = tuple(dict.fromkeys(label for label in labels if label >= 0))
    counts, silent, residuals = [], [], []
    for number, stream in enumerate(known.streams):
        mine = [i for i in speakers if seen.streams[i] == number] if seen.streams else speakers if not number else []
        votes = Counter(seen.labels[i] for i in mine)
        counts.append(tuple(votes[answer] for answer in answers))
        silent.append(sum(count for label, count in votes.items() if label < 0))
        if stream.lengths is None or stream.lengths.slope is None or not seen.tokens or not seen.heard:
            residuals.append(math.nan)
        else:
            ways = [seen.ways[i] for i in mine] if seen.ways else ()
            residuals.append(stream.lengths.residual([seen.tokens[i] for i in mine], ways))
    return Votes(tuple(counts), tuple(silent), (), tuple(residuals)), answers


def _speakers(seen: Seen, chosen: int | None) -> list[int]:
    """One candidate for each independent draw: of its most frequent answer, of equals the last; the chosen one first.

    Copies and revisions of one draw are no further votes.
    """
    if not seen.roots:
        return list(range(len(seen.labels)))
    found = []
    for root in dict.fromkeys(seen.roots):
        members = [i for i, other in enumerate(seen.roots) if other == root]
        answered = [i for i in members if seen.labels[i] >= 0] or members
        sizes = Counter(seen.labels[i] for i in answered)
        found.append(chosen if chosen in members else max(answered, key=lambda i: (sizes[seen.labels[i]], i)))
    return [i for i in found if i is not None]


def _records(
    seen: Seen, place: dict[int, int]
) -> tuple[dict[tuple[int, int], tuple[float, float]], dict[tuple[int, int], int]]:
    """Comparisons by pairs of answers; of two candidates with one answer, or without one, they say nothing."""
    records: dict[tuple[int, int], tuple[float, float]] = {}
    asked: Counter[tuple[int, int]] = Counter()
    for comparison in seen.comparisons:
        first, second = (place.get(seen.labels[i], -1) for i in (comparison.first, comparison.second))
        if first == second or min(first, second) < 0:
            continue
        pair, said = (first, second), (comparison.won, comparison.lost)
        if first > second:
            pair, said = (second, first), (comparison.lost, comparison.won)
        won, lost = records.get(pair, (0.0, 0.0))
        records[pair] = (won + said[0], lost + said[1])
        asked[pair] += comparison.asked
    return records, dict(asked)


def p_right(
    known: Known,
    seen: Seen,
    chosen: int | None,
    verifier: str | None = None,
    judge: str | None = None,
    verifier_auc: float | None = None,
    *,
    comparable: bool = True,
) -> Confidence | None:
    """P(the answer of the chosen candidate is right), for any strategy; 0 for a candidate without an answer.

    None where nothing was drawn, and where the votes say nothing (answers that cannot be compared) and the worth of the
    verifier is unknown. Scores and comparisons of unknown worth count for nothing, and `notes` say so.

    Args:
        known: the laws, from `ttc.belief.lookup.known_of`.
        seen: all candidates of the run with what was said of them.
        chosen: the place of the chosen candidate, None = the run has no answer.
        verifier: the name of the verifier that gave the scores.
        judge: the name of the judge that gave the comparisons.
        verifier_auc: the AUC that the user says the verifier has.
        comparable: False: answers are free text, so that equal answers do not look equal.
    """
    if not seen.labels:
        return None
    evidence = evidence_of(known, seen, verifier, judge, verifier_auc, chosen)
    kind: Literal["fitted", "guess", "stated"] = "stated" if evidence.stated else known.kind
    notes = () if evidence.stated else tuple(_unknown(known, seen, verifier, judge))
    if chosen is None or seen.labels[chosen] < 0:
        posterior = _posterior(known.belief, evidence.votes)
        return Confidence(0.0, kind, False, posterior.lead, posterior.unseen, known.why, notes)
    if not comparable:
        if evidence.verifier is None or not evidence.verifier.helps:
            return None
        evidence = evidence_of(known, _alone(seen, chosen), verifier, None, verifier_auc)
        answer = 0
    else:
        answer = evidence.answers.index(seen.labels[chosen])
    posterior = _posterior(known.belief, evidence.votes)
    right = float(posterior.right[answer])
    leads = right >= posterior.lead - 1e-12
    return Confidence(right, kind, leads, posterior.lead, posterior.unseen, known.why, notes)


@lru_cache(maxsize=4096)
def _posterior(belief: Belief, votes: Votes) -> Posterior:
    """The posterior, kept: replays of a pool come to the same votes again and again."""
    return belief.posterior(votes)


def _alone(seen: Seen, chosen: int) -> Seen:
    """The chosen candidate as the only draw."""
    return Seen(
        [0],
        seen.tokens[chosen : chosen + 1],
        seen.streams[chosen : chosen + 1],
        seen.ways[chosen : chosen + 1],
        (),
        seen.scores[chosen : chosen + 1],
        heard=seen.heard,
    )


def _unknown(known: Known, seen: Seen, verifier: str | None, judge: str | None) -> list[str]:
    """What was not counted, and how to measure it."""
    scores = [score for score in seen.scores if score is not None]
    verifier, judge = verifier or "the verifier", judge or "the judge"
    notes = list(unmeasured(known.profile, verifier if scores else None, judge if seen.comparisons else None).values())
    if scores and all(map(math.isnan, scores)):
        notes.append(f"{verifier} could not be read")
    if seen.comparisons and not any(comparison.won + comparison.lost for comparison in seen.comparisons):
        notes.append(f"{judge} could not be read")
    return notes


def unmeasured(profile: ValueProfile, verifier: str | None = None, judge: str | None = None) -> dict[str, str]:
    """What to say, by role, of a verifier and a judge whose worth the profile does not know; None = there is none."""
    worths = {"verifier": (verifier, profile.verifier(verifier)), "judge": (judge, profile.judge(judge))}
    return {
        role: f"the worth of {name} is unknown, so it counts for nothing: ttc record --{role} {name}, then ttc fit"
        for role, (name, worth) in worths.items()
        if name is not None and worth is None
    }
