"""How true the stated chances are on recorded pools: ECE beside the floor of a perfect forecaster, Brier score, bias.

python -m evals.tables.reliability NAME=POOL.jsonl.gz [NAME=POOL ...] [--foreign FIRST] [--rounds 4] [--out reliability]

Each half of a pool's problems is judged by the profile that was fitted to the other half, in several halvings; then the
whole law of the pool named by --foreign judges all others, as a guess. n candidates are drawn from each problem, a rule
chooses one of them, and `p_right` states its chance. To add a rule: one function in RULES.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ttc.belief.check import SIZES, Reliability, reliability
from ttc.belief.classes import Model
from ttc.belief.fit_profile import fit_profile
from ttc.belief.graded import Graded, halves, subsamples
from ttc.belief.lookup import Known, known_of
from ttc.belief.right import Seen, p_right
from ttc.evaluation.graded_candidates import graded
from ttc.evaluation.pool import read_pool

Rule = Callable[[Seen], int | None]
"""The place of the chosen candidate, None where the rule has nothing to choose by."""


def vote(seen: Seen) -> int | None:
    """The most frequent answer, of equals the first."""
    answered = [i for i, label in enumerate(seen.labels) if label >= 0]
    return max(answered, key=lambda i: (seen.labels.count(seen.labels[i]), -i), default=None)


def shortest(seen: Seen) -> int | None:
    """The shortest candidate with an answer."""
    answered = [i for i, label in enumerate(seen.labels) if label >= 0]
    return min(answered, key=lambda i: seen.tokens[i], default=None)


def best_score(seen: Seen) -> int | None:
    """The candidate of the highest score."""
    scored = [i for i, score in enumerate(seen.scores) if score is not None and seen.labels[i] >= 0]
    return max(scored, key=lambda i: seen.scores[i] or 0.0, default=None)


RULES: dict[str, Rule] = {"vote": vote, "shortest": shortest, "best score": best_score}


def seen_of(problem: Graded, places: Sequence[int], verifier: str | None) -> Seen:
    """What a run that drew these candidates knows."""
    scores = problem.scores.get(verifier, ()) if verifier else ()
    known = [None if math.isnan(scores[i]) else scores[i] for i in places] if scores else []
    return Seen([problem.labels[i] for i in places], [problem.tokens[i] for i in places], scores=known)


def stated(
    known: Known, problems: Sequence[Graded], rng: np.random.Generator
) -> Iterator[tuple[str, int, float, bool]]:
    """(rule, n, P of the chosen answer, whether it was right) of one order of each problem's candidates."""
    verifiers = sorted({name for problem in problems for name in problem.scores})
    for problem in problems:
        for n, places in subsamples(problem, SIZES, rng):
            for verifier in (None, *verifiers):
                seen = seen_of(problem, places, verifier)
                for name, rule in RULES.items():
                    chosen = rule(seen)
                    if chosen is None or (verifier is None) == (rule is best_score):
                        continue
                    sure = p_right(known, seen, chosen, verifier)
                    if sure is not None:
                        row = name if verifier is None else f"{name}, {verifier}"
                        yield row, n, sure.right, seen.labels[chosen] == problem.right


def table(rounds: Sequence[Sequence[tuple[str, int, float, bool]]]) -> dict[str, list[Reliability]]:
    """Rule -> one entry for each n."""
    found: dict[str, list[Reliability]] = {}
    for rule in dict.fromkeys(row[0] for part in rounds for row in part):
        for n in SIZES:
            columns = [np.array([(p, r) for name, m, p, r in part if (name, m) == (rule, n)]) for part in rounds]
            one = reliability(n, [(column[:, 0], column[:, 1]) for column in columns if len(column)])
            if not math.isnan(one.ece):
                found.setdefault(rule, []).append(one)
    return found


def by_halves(name: str, problems: Sequence[Graded], rounds: int) -> dict[str, list[Reliability]]:
    """Each half judged by the profile of the other half."""
    rng, found = np.random.default_rng(0), []
    for _ in range(rounds):
        first, second = halves(problems, rng)
        part: list[tuple[str, int, float, bool]] = []
        for train, test in ((first, second), (second, first)):
            profile = fit_profile(train, name, Model(name=name, parameters=1e9), rounds=0).profile
            part += stated(known_of(profile), test, rng)
        found.append(part)
    return table(found)


def abroad(problems: Sequence[Graded], others: Sequence[Graded], rounds: int) -> dict[str, list[Reliability]]:
    """All problems judged by the law of other ones, as of another class: without its lengths and verifiers."""
    rng = np.random.default_rng(0)
    profile = fit_profile(others, "other", Model(name="other", parameters=1e9), rounds=0).profile
    known = known_of(profile.model_copy(update={"verifiers": {}}), model=Model(name="this", parameters=2e10))
    return table([list(stated(known, problems, rng)) for _ in range(rounds)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pools", nargs="+", metavar="NAME=POOL")
    parser.add_argument("--foreign", help="the pool whose law judges all others")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--out", type=Path, help="without an ending: .json and .md are written")
    options = parser.parse_args()
    named = dict(pool.split("=", 1) for pool in options.pools)
    pools = {name: graded(read_pool(path)) for name, path in named.items()}
    blocks = {f"{name}, by halves": by_halves(name, pool, options.rounds) for name, pool in pools.items()}
    for name, pool in pools.items():
        if options.foreign and name != options.foreign:
            laws = abroad(pool, pools[options.foreign], options.rounds)
            blocks[f"{name}, by the law of {options.foreign}"] = laws
    lines = [
        "| pool | answer chosen by | n | ECE | floor | Brier | bias | answers |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for block, rules in blocks.items():
        for rule, rows in rules.items():
            for row in rows:
                numbers = f"{row.ece:.3f} | {row.floor:.3f} | {row.brier:.3f} | {row.bias:+.3f} | {row.problems}"
                lines.append(f"| {block} | {rule} | {row.n} | {numbers} |")
    print("\n".join(lines))
    if options.out:
        plain = {
            block: {rule: list(map(asdict, rows)) for rule, rows in rules.items()} for block, rules in blocks.items()
        }
        options.out.with_suffix(".json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        options.out.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
