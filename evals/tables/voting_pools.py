"""The voting family on recorded pools: majority, weighted, shortest and confidence votes at n = 4, 8, 16, 32.

python -m evals.tables.voting_pools --pool FILE --pool FILE --out evals/results

No model is asked: n of a problem's samples are drawn without replacement, in the same random orders for all rules, and
the rule picks an answer. Differences to the majority are paired by order and problem.
"""

import argparse
import asyncio
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.tables.pool_scores import Graded, graded_pool
from evals.tables.verifier_votes import Scores
from evals.tables.vote_rules import borda, expected_accuracy, short_m_at_k
from ttc.evaluation.metrics import difference, holm, proportion
from ttc.evaluation.pool import read_pool
from ttc.search.voting import (
    Vote,
    cisc,
    deepconf,
    majority,
    shortest_majority,
    weighted,
)

SIZES = (4, 8, 16, 32)
ORDERS = 50
"""Random orders of a problem's samples whose first n vote; for n = all there is one."""

HEAD = f"""# Votes on recorded pools

Written by evals/tables/voting_pools.py from samples of Qwen2.5-Coder-1.5B-Instruct (temperature 0.8, top-p 0.95).
Accuracy in percent, mean over {ORDERS} random subsets of each problem's samples, the same for all rules; ties are
shared; a cut text counts as wrong and abstains. Intervals: 95 %, over problems: Wilson's of accuracies, from
resampling problems of differences. In brackets the difference
to the majority over the same samples, paired by problem, its interval, and p from random sign flips with Holm's
correction over all rules and sizes of the pool.

What the pools lack: log-probabilities of single tokens, so that DeepConf's tail, lowest and bottom groups and its
top-20 confidence cannot be told; deepconf filters and weighs by the geometric mean of the probability of a sample's
tokens. Verdicts of a verifier: the weighted vote has the same weights. The order in which streams finish: short-m takes
length for it. The gsm8k pool has 16 samples a problem, so it has no n = 32.
"""


@dataclass(frozen=True)
class Samples:
    """What a rule sees of n samples [n]: answer groups, -1 abstains; P(token), geometric mean; tokens."""

    labels: list[int]
    chances: Scores
    tokens: Scores


Rule = Callable[[Samples], Vote]
RULES: dict[str, Rule] = {
    "majority": lambda s: majority(s.labels),
    "weighted by mean probability": lambda s: weighted(s.labels, s.chances),
    "cisc, log-probability / 0.1": lambda s: cisc(s.labels, np.log(s.chances), temperature=0.1),
    "cisc, log-probability / 0.02": lambda s: cisc(s.labels, np.log(s.chances), temperature=0.02),
    "borda, power 0.5": lambda s: borda(s.labels, s.chances, power=0.5),
    "deepconf, best 50 % by mean": lambda s: deepconf(s.labels, s.chances, eta=50.0),
    "deepconf, best 10 % by mean": lambda s: deepconf(s.labels, s.chances, eta=10.0),
    "shortest majority": lambda s: shortest_majority(s.labels, s.tokens),
    "short-m, m = n/2": lambda s: short_m_at_k(s.labels, s.tokens, max(1, len(s.labels) // 2)),
}


def accuracies(problems: Sequence[Graded], n: int, seed: int = 0) -> dict[str, Scores]:
    """For each rule the accuracy [problems] at n samples."""
    found = {name: np.zeros(len(problems)) for name in RULES}
    for place, problem in enumerate(problems):
        rng = np.random.default_rng((seed, place))
        known = [c.logprobs for c in problem.candidates]
        chances = np.array([math.exp(np.mean(row)) if row else math.nan for row in known])
        tokens = np.array([float(c.output_tokens) for c in problem.candidates])
        gold = set(problem.labels[problem.right].tolist())
        whole = n == len(problem.labels)
        for _ in range(1 if whole else ORDERS):
            part = rng.permutation(len(problem.labels))[:n]
            drawn = Samples(problem.labels[part].tolist(), chances[part], tokens[part])
            for name, rule in RULES.items():
                vote = rule(drawn)
                found[name][place] += max((expected_accuracy(vote, label) for label in gold), default=0.0)
        for values in found.values():
            values[place] /= 1 if whole else ORDERS
    return found


def lines_of(problems: Sequence[Graded]) -> list[dict[str, Any]]:
    """One line for each rule and size."""
    lines: list[dict[str, Any]] = []
    least = min(len(problem.labels) for problem in problems)
    for n in (n for n in SIZES if n <= least):
        found = accuracies(problems, n)
        for name, values in found.items():
            gap = asdict(difference(values, found["majority"]))
            lines.append({"rule": name, "n": n, "accuracy": asdict(proportion(values, least)), "minus_majority": gap})
    compared = [line for line in lines if line["rule"] != "majority"]
    for line, p in zip(compared, holm([line["minus_majority"]["p"] for line in compared]), strict=True):
        line["minus_majority"]["p_holm"] = p
    return lines


def markdown(title: str, lines: Sequence[dict[str, Any]], problems: Sequence[Graded]) -> str:
    """The table of one pool."""
    samples = np.concatenate([problem.right for problem in problems])
    silent = float(np.mean(np.concatenate([problem.labels for problem in problems]) < 0))
    sizes = list(dict.fromkeys(line["n"] for line in lines))
    out = [
        f"## {title}", "",
        f"{len(problems)} problems, {samples.size:,} samples, {samples.mean():.1%} right, {silent:.1%} abstain.", "",
        "| rule | " + " | ".join(f"n={n}" for n in sizes) + " |", "|---|" + "---|" * len(sizes),
    ]  # fmt: skip
    for rule in RULES:
        row = [next(line for line in lines if line["rule"] == rule and line["n"] == n) for n in sizes]
        out.append(f"| {rule} | " + " | ".join(map(_cell, row)) + " |")
    return "\n".join([*out, ""])


def _cell(line: dict[str, Any]) -> str:
    mean, gap = line["accuracy"], line["minus_majority"]
    told = f"{100 * mean['value']:.1f} ({100 * mean['low']:.1f} to {100 * mean['high']:.1f})"
    if line["rule"] == "majority":
        return told
    found = f"{100 * gap['value']:+.1f}, {100 * gap['low']:+.1f} to {100 * gap['high']:+.1f}; p {gap['p_holm']:.3f}"
    return f"{told} [{found}]"


def plain(lines: Any) -> Any:
    """For JSON: nan is null."""
    if isinstance(lines, dict):
        return {key: plain(value) for key, value in lines.items()}
    if isinstance(lines, list):
        return [plain(value) for value in lines]
    return None if isinstance(lines, float) and math.isnan(lines) else lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, action="append", required=True, help="a file of recorded samples")
    parser.add_argument("--work", type=Path, default=Path("runs/verifiers"), help="folder that keeps the grades")
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    knobs = parser.parse_args()
    for folder in (knobs.work, knobs.out):
        folder.mkdir(parents=True, exist_ok=True)
    found, text = {}, [HEAD]
    for path in knobs.pool:
        title = path.name.partition(".")[0]
        problems = asyncio.run(graded_pool(read_pool(path), knobs.work / f"{title}.grades.json"))
        found[title] = lines_of(problems)
        text.append(markdown(title, found[title], problems))
    (knobs.out / "voting_pools.md").write_text("\n".join(text), encoding="utf-8")
    (knobs.out / "voting_pools.json").write_text(json.dumps(plain(found), indent=1) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
