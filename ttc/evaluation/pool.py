"""Pools: recorded samples of a model, from which any strategy that samples whole solutions can be run again for free.

A run draws from a problem's samples without replacement, in an order that its seed chooses. Candidate i of the run is
sample order[i], whatever the strategy does in between. So two strategies with one seed see the same candidates. A
stream arrives in pieces, all streams at the same speed: the shorter one arrives first, and what is cancelled has cost
what had arrived. What a pool cannot answer (verification by a model, continued prefixes) is a ValueError at once.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from ttc.backends.base import Capabilities, Completion, Delta, Meter, Pricing, Request, TokenPrices
from ttc.errors import BudgetExhausted, check_range
from ttc.evaluation.examples import Example, read_lines
from ttc.types import ABSTAIN, Candidate, Domain, Finish, Problem, Verdict
from ttc.verifiers import Verifier, make_verifier

if TYPE_CHECKING:
    from ttc.core.session import Session

CHUNK = 64
"""Tokens of a stream that arrive at once."""
OFFERS = Capabilities(fan_out=True, logprobs=True)


@dataclass(frozen=True, slots=True)
class Sample:
    """One recorded completion. `mean_logprob` is that of its tokens (nan = not recorded), `logprobs` are all of them.

    `scores` are what verifiers said of it when it was recorded, by the verifier's name.
    """

    text: str
    tokens: int
    finish: Finish = "stop"
    mean_logprob: float = math.nan
    logprobs: tuple[float, ...] | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolProblem:
    """All samples of a problem. Runs see this, so it knows no gold."""

    id: str
    prompt_tokens: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Recorded judgements of two samples of a problem, by their numbers.

    They hold the points of each (a tie is half a point for each), and how many could not be read.
    """

    problem: str
    judge: str
    first: int
    second: int
    won: float
    lost: float
    unreadable: int = 0

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Pair:
        """The pair of a line {"kind": "pair", ...}."""
        numbers = (int(row["first"]), int(row["second"]), float(row["won"]), float(row["lost"]))
        return cls(str(row["problem"]), str(row["judge"]), *numbers, int(row.get("unreadable", 0)))


@dataclass(frozen=True, slots=True)
class Pool:
    """Samples by problem id, the problems with their gold answers, in order, and what judges said of pairs of samples.

    `about` says where the samples come from, as far as the file tells.
    """

    problems: Mapping[str, PoolProblem]
    examples: Sequence[Example]
    about: Mapping[str, Any] = field(default_factory=dict)
    pairs: Sequence[Pair] = ()


def read_pool(path: str | Path, domain: Domain = "math") -> Pool:
    """A pool file, plain or gzipped: rows {id, gold, prompt_tokens, samples: [...]}, or what `ttc record` writes.

    Pairs name samples by their numbers in the file, here by their places in `PoolProblem.samples`.
    Raises ValueError with the line number of a row that cannot be read.
    """
    about: dict[str, Any] = {}
    heads: dict[str, dict[str, Any]] = {}
    samples: dict[str, dict[int, Sample]] = {}
    pairs: list[Pair] = []
    for number, row in read_lines(path):
        try:
            if isinstance(row, ValueError):
                raise row
            if "pool" in row:
                about.update(row.get("about", {}))
            elif row.get("kind") == "pair":
                pairs.append(Pair.of_row(row))
            elif "index" in row:
                samples[str(row["id"])][int(row["index"])] = sample_of(row)
                heads[str(row["id"])].setdefault("prompt_tokens", row.get("prompt_tokens"))
            else:
                if str(row["id"]) in heads:
                    raise ValueError(f"id {row['id']!r} has a line already, and its samples would be lost")
                if row["gold"] is None:
                    raise ValueError("gold is null; a problem of a pool needs its gold answer")
                heads[str(row["id"])] = {**row, "samples": None, "gold": str(row["gold"])}
                samples[str(row["id"])] = {i: sample_of(sample) for i, sample in enumerate(row.get("samples", ()))}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{path}, line {number} is no row of a pool ({type(error).__name__}: {error})") from None
    held = {name: tuple(samples[name][i] for i in sorted(samples[name])) for name in heads if samples[name]}
    if not held:
        raise ValueError(f"{path} holds no samples")
    problems = {name: PoolProblem(name, int(heads[name].get("prompt_tokens") or 0), held[name]) for name in held}
    posed = {name: Problem(heads[name].get("problem") or name, name, domain) for name in held}
    examples = [Example.of_row(heads[name], posed[name], str(heads[name]["gold"])) for name in held]
    return Pool(problems, examples, about, [_placed(pair, samples, path) for pair in pairs])


def _placed(pair: Pair, samples: Mapping[str, Mapping[int, Sample]], path: str | Path) -> Pair:
    """The pair by the places of its samples in `PoolProblem.samples`, where none is missing."""
    places = {index: place for place, index in enumerate(sorted(samples.get(pair.problem, ())))}
    if lost := {pair.first, pair.second} - places.keys():
        raise ValueError(
            f"{path}: judge {pair.judge} compared sample {min(lost)} of {pair.problem}, which is not there"
        )
    return replace(pair, first=places[pair.first], second=places[pair.second])


def pool_of(config: Mapping[str, Any]) -> Pool | None:
    """The pool that an evaluation with this configuration ran on, if it is still where it was."""
    path = config.get("pool")
    return read_pool(path, config.get("domain", "math")) if path and Path(path).is_file() else None


def sample_of(row: Mapping[str, Any]) -> Sample:
    """The sample of a row."""
    mean = row.get("mean_logprob")
    logprobs = row.get("logprobs")
    tokens = int(row["tokens"])
    check_range("[0, inf)", tokens=tokens)
    finish: Finish = "stop" if row.get("finish") in (None, "stop") else "length"
    return Sample(
        text="" if row["text"] is None else str(row["text"]),
        tokens=tokens,
        finish=finish,
        mean_logprob=math.nan if mean is None else float(mean),
        logprobs=None if logprobs is None else tuple(map(float, logprobs)),
        scores={name: float(score) for name, score in (row.get("scores") or {}).items() if score is not None},
    )


@lru_cache(maxsize=256)
def order_of(problem: str, seed: int, n: int) -> tuple[int, ...]:
    """The order in which a run with that seed draws the n samples of a problem."""
    order = list(range(n))
    Random(f"{problem}/{seed}").shuffle(order)
    return tuple(order)


@dataclass(eq=False)
class PoolBackend:
    """Answers one run on one problem from its recorded samples, in the order that the seed chooses."""

    problem: PoolProblem
    seed: int = 0
    model: str = "pool"
    pricing: Pricing = field(default_factory=TokenPrices)
    capabilities: Capabilities = OFFERS
    drawn: int = 0
    """How many samples were asked for so far."""

    def __post_init__(self) -> None:
        self.order = order_of(self.problem.id, self.seed, len(self.problem.samples))

    @property
    def exhausted(self) -> bool:
        """Whether more samples were asked for than there are."""
        return self.drawn > len(self.order)

    def sample(self, candidate: Candidate) -> Sample:
        """The sample that a candidate is."""
        return self.problem.samples[self.order[int(candidate.id)]]

    async def prepare(self) -> None:
        """Nothing to connect to."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def count(self, request: Request) -> int:
        """The recorded prompt tokens."""
        return self.problem.prompt_tokens

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """The next samples: as many as there are, BudgetExhausted("pool") if there is none left."""
        first = self._place(request)
        self.drawn = max(self.drawn, first + request.n)
        taken = [self.problem.samples[i] for i in self.order[first : first + request.n]]
        if not taken:
            raise BudgetExhausted("pool", f"the pool holds {len(self.order)} samples of {request.affinity}")
        meter.attempt(len(taken))
        meter.prompt(self.problem.prompt_tokens)
        if request.stream:
            came = await asyncio.gather(*(self._stream(s, i, request, meter) for i, s in enumerate(taken)))
        else:
            came = [self._at_once(s, i, request, meter) for i, s in enumerate(taken)]
        return [*came, *[Completion("", 0, "cancelled")] * (request.n - len(taken))]

    def _place(self, request: Request) -> int:
        """The number of the first candidate that is asked for."""
        name = request.key.removeprefix(f"{request.affinity}/generate/")
        if not name.isdigit() or request.prefix or request.prefix_ids or request.stop:
            what = "continued or stopped solutions" if request.kind == "solve" else f"calls to {request.kind}"
            raise ValueError(
                f"a pool holds whole solutions, and {request.key} asks for something else ({what}); use strategies and "
                "verifiers that sample whole solutions and ask no model, or run on a model instead of --pool"
            )
        if request.logprobs:
            raise ValueError("a pool holds no top-k log-probabilities; use confidence without top=true")
        return int(name)

    def _at_once(self, sample: Sample, index: int, request: Request, meter: Meter) -> Completion:
        whole = completion_of(sample, request.max_tokens, request.logprobs is not None)
        meter.output(index, Delta(whole.text, whole.output_tokens))
        return whole

    async def _stream(self, sample: Sample, index: int, request: Request, meter: Meter) -> Completion:
        most, tokens, goes_on = min(sample.tokens, request.max_tokens), 0, True
        while tokens < most and goes_on:
            await asyncio.sleep(0)
            before, tokens = tokens, min(most, tokens + CHUNK)
            piece = sample.text[_cut(sample, before) : _cut(sample, tokens)]
            goes_on = meter.output(index, Delta(piece, tokens - before, logprobs=_logprobs(sample, tokens)[before:]))
        return completion_of(sample, tokens, request.logprobs is not None, stopped=not goes_on)


def completion_of(sample: Sample, most: int, logprobs: bool, stopped: bool = False) -> Completion:
    """The sample up to `most` tokens; pools do not tell where tokens end, so the text is cut in proportion."""
    tokens = min(sample.tokens, most)
    finish: Finish = "stopped" if stopped else sample.finish if tokens == sample.tokens else "length"
    known = _logprobs(sample, tokens) or None if logprobs else None
    return Completion(sample.text[: _cut(sample, tokens)], tokens, finish, logprobs=known)


def _cut(sample: Sample, tokens: int) -> int:
    """Characters of the first `tokens` tokens."""
    return len(sample.text) if tokens >= sample.tokens else len(sample.text) * tokens // sample.tokens


def _logprobs(sample: Sample, tokens: int) -> tuple[float, ...]:
    """Log-probabilities of the first tokens; where only their mean was recorded, that mean for each of them."""
    if sample.logprobs is not None:
        return sample.logprobs[:tokens]
    return () if math.isnan(sample.mean_logprob) else (sample.mean_logprob,) * tokens


@dataclass(frozen=True)
class Recorded:
    """The verifier `pool:NAME`: the scores that a verifier gave when the pool was recorded; abstains where none did."""

    name: str

    paper: ClassVar[str] = "none: recorded verdicts"
    access: ClassVar[str] = "pool"
    asks_no_model: ClassVar[bool] = True

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One recorded score for each candidate."""
        backend = session.backend
        if not isinstance(backend, PoolBackend):
            raise ValueError(f"verifier pool:{self.name} reads recorded scores; use it with --pool FILE")
        scores = (backend.sample(candidate).scores.get(self.name) for candidate in candidates)
        return [ABSTAIN if score is None else Verdict(score, f"recorded {self.name}") for score in scores]


def verifier_of(spec: str | Verifier | None) -> Verifier | None:
    """A verifier by name or as an object; pool:NAME reads the scores that were recorded under NAME."""
    if isinstance(spec, str) and spec.startswith("pool:"):
        return Recorded(spec.removeprefix("pool:"))
    return make_verifier(spec)
