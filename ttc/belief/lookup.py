"""Which laws of a profile hold for a run, and whether they were fitted to its class or are a guess."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd
from typing import Literal

from ttc.belief.belief import Agreement, Belief, Lengths, Stream, Way, belief_of
from ttc.belief.classes import Model, ModelClass
from ttc.belief.law import Theta
from ttc.belief.profile import StreamLaw, ValueProfile, shipped_profile

Kind = Literal["fitted", "guess"]
PROSE = "prose:1"
NEAR = 0.3
"""Sum of the differences of normalised shares, up to which another composition of the same ways is used."""
FOREIGN_BETWEEN = 1.0
"""Spread of a problem's ln tokens where the model is another one: a factor of e either way."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a profile says of a run. why: one line on where the laws come from.

    model, domain, options: of the run, as they were given to `known_of`.
    """

    streams: tuple[Stream, ...]
    agreement: Agreement
    kind: Kind
    why: str
    profile: ValueProfile
    model: Model | None = None
    domain: str | None = None
    options: int | None = None

    def under(self, profile: ValueProfile) -> Known:
        """What another profile says of the same run."""
        keys = [stream.key for stream in self.streams]
        return known_of(profile, keys, self.model, self.domain, self.options)

    @property
    def belief(self) -> Belief:
        """The belief under these laws."""
        return belief_of(self.streams, self.agreement)


def composition(shares: Mapping[str, int]) -> str:
    """The key of a stream: its ways with their shares in smallest whole numbers, {"prose": 2, "program": 2} ->
    "program:1,prose:1".
    """
    used = {name: share for name, share in shares.items() if share}
    if not used or min(used.values()) < 0:
        raise ValueError(f"shares are {dict(shares)}; at least one way needs a positive share")
    divisor = reduce(gcd, used.values())
    return ",".join(f"{name}:{used[name] // divisor}" for name in sorted(used))


def shares_of(key: str) -> tuple[str, dict[str, float]]:
    """(model or "", normalised share of each way) of a stream's key such as "Qwen2.5-0.5B/program:1,prose:3"."""
    model, _, ways = key.rpartition("/")
    parts = [part.rpartition(":") for part in ways.split(",")]
    try:
        shares = {name: float(share) for name, _, share in parts}
    except ValueError:
        raise ValueError(
            f"stream {key!r} is no composition; write ways with shares, such as program:1,prose:1"
        ) from None
    total = math.fsum(shares.values())
    return model, {name: share / total for name, share in shares.items()}


def known_of(
    profile: ValueProfile,
    keys: Sequence[str] = (PROSE,),
    model: Model | None = None,
    domain: str | None = None,
    options: int | None = None,
) -> Known:
    """The laws of a profile for the streams of a run.

    Args:
        profile: where the laws come from.
        keys: the compositions of the run's streams.
        model: of the run; None: that of the profile.
        domain: of the problem; None: that of the profile.
        options: how many answers a problem of choice offers; it bounds what agreement says until that is fitted.
    """
    own = model is None or model.is_same(profile.model)
    here = ModelClass.of(model or profile.model, domain or profile.domain)
    fits = here.matches(profile.model_class) or (own and here.domain == profile.domain)
    found = [_law_of(profile, key) for key in keys]
    streams = tuple(_stream(key, law, own and fits, fits) for key, (law, _) in zip(keys, found, strict=True))
    missing = next((note for _, note in found if note), "")
    kind: Kind = "fitted" if fits and not missing else "guess"
    why = f"{profile.name}: {'same class' if fits else f'of a {profile.model_class}, used for a {here}'}"
    why = f"{why}; {missing}" if missing else why
    return Known(streams, _agreement(profile, options), kind, why, profile, model, domain, options)


def _agreement(profile: ValueProfile, options: int | None) -> Agreement:
    law = Agreement(profile.agreement.b, profile.agreement.kappa)
    if profile.agreement.problems or options is None:
        return law
    return replace(law, b=min(law.b, math.log(max(options - 1, 1))))


def _law_of(profile: ValueProfile, key: str) -> tuple[StreamLaw, str]:
    """The law of a composition, and what it stands in for if it is a guess."""
    if key in profile.streams:
        return profile.streams[key], ""
    model, shares = shares_of(key)
    near = []
    for name, law in profile.streams.items():
        other, theirs = shares_of(name)
        if other == model and theirs.keys() == shares.keys():
            near.append((math.fsum(abs(share - theirs[way]) for way, share in shares.items()), name, law))
    if near and min(near)[0] <= NEAR + 1e-12:
        return min(near)[2], ""
    largest = max(sorted(shares), key=shares.__getitem__)
    alone = f"{model}/{largest}:1" if model else f"{largest}:1"
    if alone in profile.streams:
        return profile.streams[alone], f"{key} by the law of {alone}"
    default = shipped_profile()
    law = default.streams.get(f"{largest}:1", default.streams[PROSE])
    return law, f"{key} by the shipped law {default.name}"


def _stream(key: str, law: StreamLaw, own: bool, fits: bool) -> Stream:
    """The stream of a run: by the law of its own model, of its class (`fits`), or of another one.

    Lengths are evidence for the model that they were measured of; of another one they only say what is usual. In
    another class silence says nothing either. Whether a model is cut off on hard or on easy problems depends on it and
    on its token limit. So on the laboratory pool the law of MATH dev is off by .087, .065 and .051 at n = 4, 8 and 16.
    With silence it would be .116, .082 and .072.
    """
    theta = Theta(*law.theta)
    plain = tuple(theta if fits else theta._replace(q1=0.0))
    if not law.lengths:
        return Stream(key, plain)
    ways = tuple(Way(name, part.log_mean, part.within) for name, part in law.lengths.items())
    lengths = Lengths(ways, law.between, law.slope) if own else Lengths(ways, max(law.between, FOREIGN_BETWEEN))
    return Stream(key, plain, lengths)
