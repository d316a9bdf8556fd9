"""How true `Result.confidence` is on recorded pools: ECE beside the floor of a perfect forecaster, Brier score, bias.

python -m evals.tables.reliability NAME=POOL.jsonl.gz [NAME=POOL ...] [--foreign FIRST] [--rounds 3] [--out reliability]

Every strategy that a pool can replay runs on the problems of each half of a pool under the profile that was fitted to
the other half, in several halvings; then the whole law of the pool named by --foreign judges all others, as a guess. A
run without a confidence is counted as "none". To add a setting: one line in SETTINGS.
"""

import argparse
import asyncio
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ttc.belief.check import Reliability, reliability
from ttc.belief.classes import Model
from ttc.belief.fit_profile import fit_profile
from ttc.belief.graded import Graded
from ttc.belief.lookup import Known, known_of
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.run import run
from ttc.core.strategy import Strategy
from ttc.core.trace import Trace
from ttc.evaluation.examples import Example
from ttc.evaluation.grade import Reader
from ttc.evaluation.graded_candidates import graded
from ttc.evaluation.pool import Pool, PoolBackend, Recorded, read_pool
from ttc.evaluation.replay import Draws, ReplaySession
from ttc.strategies import make_strategy
from ttc.types import Sampling
from ttc.verifiers.confidence import Confidence

SIZES = (1, 2, 4, 8, 16)
SETTINGS: Mapping[str, Sequence[tuple[str, dict]]] = {
    "": [
        *(("self_consistency", {"n": n, "stop": "none"}) for n in SIZES),
        *(("self_consistency", {"n": 16, "stop": stop}) for stop in ("certificate", "beta", "dirichlet", "esc")),
        ("semantic_entropy", {"n": 16}),
        *(("shortest_majority", {"n": n}) for n in (4, 16)),
        *(("short_m", {"n": n, "m": 3}) for n in (8, 16)),
    ],
    "verifier": [
        *(("best_of_n", {"n": n}) for n in SIZES),
        ("best_of_n", {"n": 8, "weight": "answer"}),
        *(("cisc", {"n": n}) for n in (4, 16)),
    ],
}
"""Settings without a verifier, and those that run with each verifier of a pool."""
ROOM = Sampling(max_tokens=1 << 20)
"""Pools are as long as they were recorded."""


@dataclass(frozen=True)
class Posed:
    """One problem of a pool: what the laws are fitted to, and what a run on it needs."""

    graded: Graded
    example: Example
    pool: Pool
    reader: Reader

    def draws(self, seed: int) -> Draws:
        """The samples in the order of a seed."""
        return Draws(PoolBackend(self.pool.problems[self.example.problem.id], seed), self.reader.texts)


def posed(path: str) -> list[Posed]:
    """The problems of a pool; where mean log-probabilities were recorded, `confidence` is a verifier of it."""
    pool = read_pool(path)
    found = []
    for one, example in zip(graded(pool), pool.examples, strict=True):
        means = [sample.mean_logprob for sample in pool.problems[example.problem.id].samples]
        scores = dict(one.scores)
        if not all(map(math.isnan, means)):
            scores["confidence"] = [min(1.0, math.exp(mean)) for mean in means]
        found.append(Posed(replace(one, scores=scores), example, pool, Reader(example)))
    return found


async def confidence(
    problem: Posed, draws: Draws, strategy: Strategy, known: Known, verifier: str, seed: int
) -> tuple[float | None, bool]:
    """`Result.confidence` of one run on recorded samples, and whether its answer is right."""
    backend = PoolBackend(problem.pool.problems[problem.example.problem.id], seed)
    door = Door(backend, Trace(), seed)
    session = ReplaySession(
        problem.example.problem,
        door,
        Ledger(Budget()),
        sampling=ROOM,
        known=known,
        verifier=None if not verifier else Confidence() if verifier == "confidence" else Recorded(verifier),
        names=(verifier or None, None),
    )
    session.draws = draws
    result = await run(strategy, "", session)
    return result.confidence, problem.reader.grade(result.candidate)


def stated(known: Known, problems: Sequence[Posed], seed: int) -> Iterator[tuple[str, float | None, bool]]:
    """(setting, confidence, whether it was right) of every setting on every problem."""
    verifiers = sorted({name for problem in problems for name in problem.graded.scores})
    cells = [("", *cell) for cell in SETTINGS[""]]
    cells += [(verifier, *cell) for verifier in verifiers for cell in SETTINGS["verifier"]]
    made = [(verifier, name, knobs, make_strategy(name, knobs)) for verifier, name, knobs in cells]

    async def all_of(problem: Posed) -> list[tuple[str, float | None, bool]]:
        draws, found = problem.draws(seed), []
        for verifier, name, knobs, strategy in made:
            label = " ".join([name, *(f"{knob}={value}" for knob, value in knobs.items())])
            label += f" by {verifier}" if verifier else ""
            found.append((label, *await confidence(problem, draws, strategy, known, verifier, seed)))
        return found

    for problem in problems:
        yield from asyncio.run(all_of(problem))


def table(rounds: Sequence[Sequence[tuple[str, float | None, bool]]]) -> dict[str, tuple[Reliability, int]]:
    """Setting -> its row, and the runs without a confidence. Runs without an answer, sure to be wrong, are left out."""
    found: dict[str, tuple[Reliability, int]] = {}
    for setting in dict.fromkeys(row[0] for part in rounds for row in part):
        columns = [[(p, r) for name, p, r in part if name == setting] for part in rounds]
        known = [np.array([(p, r) for p, r in column if p is not None and p > 0]).reshape(-1, 2) for column in columns]
        none = sum(p is None for column in columns for p, _ in column)
        found[setting] = (reliability(0, [(column[:, 0], column[:, 1]) for column in known]), none)
    return found


def fitted(problems: Sequence[Posed], name: str) -> Callable[..., Known]:
    """Makes the laws of these problems for a run, with the keywords of `known_of`."""
    profile = fit_profile([p.graded for p in problems], name, Model(name=name, parameters=1e9), rounds=0).profile
    return lambda **about: known_of(profile.model_copy(update={"verifiers": {}}) if about else profile, **about)


def by_halves(name: str, problems: Sequence[Posed], rounds: int) -> dict[str, tuple[Reliability, int]]:
    """Each half judged by the profile of the other half."""
    rng, found = np.random.default_rng(0), []
    for seed in range(rounds):
        order = rng.permutation(len(problems))
        first, second = ([problems[i] for i in order[start::2]] for start in (0, 1))
        halves = ((first, second), (second, first))
        found.append([row for train, test in halves for row in stated(fitted(train, name)(), test, seed)])
    return table(found)


def abroad(problems: Sequence[Posed], others: Sequence[Posed], rounds: int) -> dict[str, tuple[Reliability, int]]:
    """All problems judged by the law of other ones, as of another class: without its lengths and verifiers."""
    known = fitted(others, "other")(model=Model(name="this", parameters=2e10))
    return table([list(stated(known, problems, seed)) for seed in range(rounds)])


def markdown(blocks: Mapping[str, Mapping[str, tuple[Reliability, int]]]) -> str:
    """One line for each setting of each block; bold: neither at most .05 nor within .02 of the floor."""
    lines = [
        "| pool | setting | ECE | floor | Brier | bias | answers | none |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for block, settings in blocks.items():
        for setting, (row, none) in settings.items():
            most = 0.05 if "by the law" in block else 0.02
            within = row.ece <= max(0.05, row.floor + most)
            ece = f"{row.ece:.3f}" if within else f"**{row.ece:.3f}**"
            numbers = f"{ece} | {row.floor:.3f} | {row.brier:.3f} | {row.bias:+.3f} | {row.problems} | {none}"
            lines.append(f"| {block} | {setting} | {numbers} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pools", nargs="+", metavar="NAME=POOL")
    parser.add_argument("--foreign", help="the pool whose law judges all others")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="without an ending: .json and .md are written")
    options = parser.parse_args()
    pools = {name: posed(path) for name, path in (pool.split("=", 1) for pool in options.pools)}
    blocks = {f"{name}, by halves": by_halves(name, pool, options.rounds) for name, pool in pools.items()}
    for name, pool in pools.items():
        if options.foreign and name != options.foreign:
            laws = abroad(pool, pools[options.foreign], options.rounds)
            blocks[f"{name}, by the law of {options.foreign}"] = laws
    text = markdown(blocks)
    print(text)
    if options.out:
        plain = {
            block: {setting: {**asdict(row), "none": none} for setting, (row, none) in rows.items()}
            for block, rows in blocks.items()
        }
        options.out.with_suffix(".json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        options.out.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
