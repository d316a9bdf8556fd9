"""Make a value profile of graded candidates and judgements: fit all there is, and check it on problems left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ttc.belief.belief import Agreement, Belief, Lengths, Stream, belief_of
from ttc.belief.check import Reliability, cross_check
from ttc.belief.classes import Model
from ttc.belief.fit import LEAST_WITHOUT_CENTRE, fit_agreement, fit_laws
from ttc.belief.fit_judge import JudgedPair, fit_judge
from ttc.belief.fit_lengths import fit_lengths, lengths_gain, pays
from ttc.belief.fit_worth import fit_verifier
from ttc.belief.graded import Graded
from ttc.belief.law import tables_of
from ttc.belief.lookup import PROSE
from ttc.belief.profile import AgreementLaw, CheckRow, StreamLaw, ValueProfile, WayLengths
from ttc.belief.worth import BinaryWorth, JudgeWorth, VerifierWorth


@dataclass(frozen=True, slots=True)
class Fitted:
    """A profile, and what could not be fitted or adds nothing, in words."""

    profile: ValueProfile
    notes: list[str] = field(default_factory=list)


def fit_profile(
    problems: Sequence[Graded],
    name: str,
    model: Model | None = None,
    domain: str = "math",
    *,
    keys: Sequence[str] = (PROSE,),
    centre: ValueProfile | None = None,
    judged: Mapping[str, Sequence[JudgedPair]] | None = None,
    seed: int = 0,
    rounds: int = 10,
) -> Fitted:
    """The profile of these problems. Deterministic.

    Args:
        problems: graded candidates; `ttc.evaluation.graded_candidates` makes them from a pool.
        name: of the profile; it should say on which problems.
        model: whose candidates they are; None: not told, which is like no other.
        domain: of the problems.
        keys: the compositions of the streams, in the numbers of `Graded.streams`.
        centre: the profile of a similar model, to which few problems fall back; None needs at least 20 problems.
        judged: pairs that judges compared, by the judge's name.
        seed: of the halves and sub-samples.
        rounds: halvings of the check; 0 leaves it out.

    Raises:
        ValueError: for too few problems.
    """
    notes: list[str] = []
    if centre is not None and len(problems) < LEAST_WITHOUT_CENTRE:
        notes.append(f"{len(problems)} problems: this is mostly the law of {centre.name}")
    centres = [None if centre is None else _centre(centre, key) for key in keys]
    laws = fit_laws(problems, centres)
    streams: list[Stream] = []
    for number, (key, law) in enumerate(zip(keys, laws, strict=True)):
        lengths = fit_lengths(problems, Stream(key, law), number)
        gain, se = lengths_gain(problems, Stream(key, law), centres[number], number, seed)
        if lengths is not None and not pays(gain, se):
            lengths = Lengths(lengths.ways, lengths.between, None)
            notes.append(f"{key}: lengths say too little of the difficulty ({gain:+.4f} ± {se:.4f})")
        streams.append(Stream(key, law, lengths))
    agreement, seen = fit_agreement(problems, tuple(streams), seed)
    belief = belief_of(tuple(streams), agreement)
    check = _check(problems, belief, centres, seed, rounds)
    if not check:
        notes.append("the belief was not checked on problems left out: that takes at least 20 problems")
    profile = ValueProfile(
        name=name,
        model=model or Model(),
        domain=domain,
        problems=len(problems),
        streams={stream.key: _law(stream, len(problems), check) for stream in streams},
        agreement=AgreementLaw(b=agreement.b, kappa=agreement.kappa, problems=seen),
        verifiers=_verifiers(problems, belief, seed, notes),
        judges=_judges(judged or {}, seed, notes),
    )
    return Fitted(profile, notes)


def _centre(profile: ValueProfile, key: str) -> Sequence[float]:
    """The law of the stream, or of the first one that the centre has."""
    law = profile.streams.get(key) or next(iter(profile.streams.values()))
    return law.theta


def _check(
    problems: Sequence[Graded], belief: Belief, centres: Sequence[Sequence[float] | None], seed: int, rounds: int
) -> list[Reliability]:
    """The stated chances on problems left out; halves without a centre need the least number of problems each."""
    least = LEAST_WITHOUT_CENTRE * (2 if None in centres else 1)
    if rounds < 1 or len(problems) < least:
        return []

    def fit(train: list[Graded]) -> Belief:
        laws, streams = fit_laws(train, centres), list[Stream]()
        for number, (stream, law) in enumerate(zip(belief.streams, laws, strict=True)):
            used = stream.lengths is not None and stream.lengths.slope is not None
            bare = Stream(stream.key, law)
            streams.append(Stream(stream.key, law, fit_lengths(train, bare, number) if used else None))
        agreement = fit_agreement(train, tuple(streams), seed)[0] if len(streams) > 1 else Agreement()
        return belief_of(tuple(streams), agreement)

    return cross_check(problems, fit, seed, rounds)


def _law(stream: Stream, problems: int, check: Sequence[Reliability]) -> StreamLaw:
    lengths = stream.lengths
    rows = tuple(CheckRow(n=r.n, ece=r.ece, floor=r.floor, brier=r.brier, bias=r.bias) for r in check)
    if lengths is None:
        return StreamLaw(theta=stream.theta, problems=problems, check=rows)
    ways = {way.name: WayLengths(log_mean=way.log_mean, within=way.within) for way in lengths.ways}
    return StreamLaw(
        theta=stream.theta, problems=problems, lengths=ways, between=lengths.between, slope=lengths.slope, check=rows
    )


def _verifiers(
    problems: Sequence[Graded], belief: Belief, seed: int, notes: list[str]
) -> dict[str, VerifierWorth | BinaryWorth]:
    """The worth of every verifier that scored enough problems."""
    found: dict[str, VerifierWorth | BinaryWorth] = {}
    for name in sorted({name for problem in problems for name in problem.scores}):
        try:
            found[name] = fit_verifier(problems, belief, name, seed)
        except ValueError as error:
            notes.append(f"verifier {error}")
            continue
        if not found[name].helps:
            notes.append(f"verifier {name} adds nothing to votes ({found[name].gain:+.4f} ± {found[name].se:.4f})")
    return found


def _judges(judged: Mapping[str, Sequence[JudgedPair]], seed: int, notes: list[str]) -> dict[str, JudgeWorth]:
    """The worth of every judge that compared enough pairs."""
    found: dict[str, JudgeWorth] = {}
    for name, pairs in sorted(judged.items()):
        try:
            found[name] = fit_judge(pairs, seed)
        except ValueError as error:
            notes.append(f"judge {name}: {error}")
            continue
        if not found[name].helps:
            notes.append(f"judge {name} adds nothing")
    return found


def described(profile: ValueProfile) -> list[tuple[str, str]]:
    """The profile in words: (what, value)."""
    rows = [("class", str(profile.model_class)), ("problems", str(profile.problems))]
    for key, law in profile.streams.items():
        tables = tables_of(tuple(law.theta))
        right = tables.alpha / (tables.alpha + tables.beta)
        silent = tables.mute / (tables.mute + tables.speak)
        rows.append((key, "right in {:.0%}, {:.0%}, {:.0%} on hard, usual and easy problems".format(*right)))
        rows.append((f"{key}, no answer", "{:.1%}, {:.1%}, {:.1%}".format(*silent)))
        for way, lengths in law.lengths.items():
            spread = f"log-sd {law.between:.2f} between problems, {lengths.within:.2f} inside"
            rows.append((f"{key}, tokens of {way}", f"median {math.exp(lengths.log_mean):.0f}; {spread}"))
        rows += [
            (f"{key}, ECE at n={r.n}", f"{r.ece:.3f} (floor {r.floor:.3f}), bias {r.bias:+.3f}") for r in law.check
        ]
    for name, worth in profile.verifiers.items():
        value = (
            f"AUC {worth.auc:.3f}, saves {worth.gain:.3f} ± {worth.se:.3f}" if worth.helps else "adds nothing to votes"
        )
        rows.append((f"verifier {name}", value))
    for name, judge in profile.judges.items():
        share = judge.alpha / (judge.alpha + judge.beta)
        value = f"prefers the right one in {share:.0%}" if judge.helps else "adds nothing"
        rows.append((f"judge {name}", f"{value} ({judge.pairs} pairs)"))
    return rows
