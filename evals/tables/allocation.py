"""Accuracy of the allocator against other ways to spend the same tokens, replayed on recorded pools.

python -m evals.tables.allocation POOL.jsonl.gz [POOL ...] --out evals/results

Profiles are fitted to one half of a pool's problems and tried on the other, both ways round. All policies see the same
candidates in the same random orders. Besides the pools there is a control in which every answer is a coin flip: there
no policy can win anything, and a harness that reports a gain is wrong.
"""

import argparse
import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.tables.allocation_policies import Policy, allocated, optscale, run_of, stopped_by, uniform
from evals.tables.batch_allocation import allocate_batch
from evals.tables.equal_tokens import Line, lines
from ttc.belief.fit_profile import fit_profile
from ttc.belief.graded import Graded
from ttc.belief.lookup import Known, known_of
from ttc.evaluation.graded_candidates import graded
from ttc.evaluation.pool import Pool, read_pool
from ttc.evaluation.report import plots
from ttc.search.stopping import Beta, Windows

ORDERS = 4
PRICES = (3e-4, 1e-4, 5e-5, 3e-5, 1.5e-5, 8e-6, 4e-6, 2e-6, 8e-7)  # accuracy per output token
SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 28, 32)
THRESHOLDS = (0.7, 0.8, 0.85, 0.9, 0.95, 0.99)
WINDOWS = (2, 3, 4, 5, 8)
TARGETS = (0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98)
VERIFIER = "confidence"


def problems_of(pool: Pool) -> list[Graded]:
    """The graded problems, each candidate with its recorded PRM score, or else exp(its mean log-probability)."""
    found = []
    for problem, example in zip(graded(pool), pool.examples, strict=True):
        samples = pool.problems[example.problem.id].samples
        known = [s.scores.get("prm", math.exp(s.mean_logprob)) for s in samples]
        scores = [0.0 if math.isnan(score) else score for score in known]
        found.append(Graded(problem.labels, problem.right, problem.tokens, scores={VERIFIER: scores}))
    return found


def coin_flips(problems: Sequence[Graded], seed: int = 1) -> list[Graded]:
    """The control: the same lengths, every answer one of two with even chances.

    All problems come twice, with either answer as the right one, so that nobody's luck with the flips can show: every
    policy that does not peek is right in exactly half of the cases.
    """
    rng = np.random.default_rng(seed)
    flips = [(rng.integers(0, 2, len(p.labels)).tolist(), rng.random(len(p.labels)), p) for p in problems]
    return [
        Graded(labels, right, p.tokens, scores={VERIFIER: scores.tolist()})
        for right in (0, 1)
        for labels, scores, p in flips
    ]


def settings_of(known: Known, cap: int, scored: bool) -> dict[str, Policy]:
    """All policies by name: "family setting"."""
    found: dict[str, Policy] = {f"uniform n={n}": uniform(n) for n in SIZES if n <= cap}
    found |= {f"adaptive-consistency {t}": stopped_by(Beta(t), cap) for t in THRESHOLDS}
    found |= {f"ESC w={w}": stopped_by(Windows(w), cap // w * w) for w in WINDOWS}
    found |= {f"OptScale s={t}": optscale(t, cap) for t in TARGETS}
    found |= {f"OptScale+vote s={t}": optscale(t, cap, voting=True) for t in TARGETS}
    found |= {f"auto {p:g}": allocated(known, p, cap) for p in PRICES}
    found |= {f"auto quarters {p:g}": allocated(known, p, cap, "eflops") for p in PRICES}
    if scored:
        found |= {f"auto+confidence {p:g}": allocated(known, p, cap, verifier=VERIFIER) for p in PRICES[1:6]}
    return found


def replay(problems: Sequence[Graded], scored: bool, copies: int = 1, seed: int = 0) -> list[dict]:
    """One row for each problem and setting, means over the orders; the `copies` of a problem share their orders."""
    cap = min(len(problem.labels) for problem in problems)
    halves = [[p for i, p in enumerate(problems) if i % 2 != part] for part in (0, 1)]
    profiles = [fit_profile(half, "the other half", rounds=0).profile for half in halves]
    settings = [settings_of(known_of(profile), cap, scored) for profile in profiles]
    rows = []
    for number, problem in enumerate(problems):
        rng = np.random.default_rng([seed, number % (len(problems) // copies)])
        runs = [run_of(problem, rng.permutation(len(problem.labels))[:cap], VERIFIER) for _ in range(ORDERS)]
        for name, policy in settings[number % 2].items():
            used, right = zip(*(policy(run) for run in runs), strict=True)
            tokens = np.mean([sum(run.tokens[:n]) for run, n in zip(runs, used, strict=True)])
            rows.append(_row(name, number, float(np.mean(right)), float(tokens), float(np.mean(used))))
    return rows + oracle(problems, np.random.default_rng(seed), cap)


def oracle(problems: Sequence[Graded], rng: np.random.Generator, cap: int) -> list[dict]:
    """The distribution oracle: for each problem the n that is best by its own curve of accuracy, at equal prices.

    It knows each problem's accuracy as a function of n and nothing of what a run has drawn so far. The curves are from
    100 orders of the same recorded candidates, so that it also knows their luck: the control shows how much that is.
    """
    sizes = [n for n in SIZES if n <= cap]
    curves = []
    for problem in problems:
        runs = [run_of(problem, rng.permutation(len(problem.labels)), VERIFIER) for _ in range(100)]
        mean = float(np.mean(problem.tokens))
        curves.append([(n * mean, float(np.mean([uniform(n)(run)[1] for run in runs]))) for n in sizes])
    rows = []
    for n in (2, 3, 4, 6, 8, 12, 16):
        allocation = allocate_batch(curves, sum(curve[0][0] for curve in curves) * n)
        for number, (curve, choice) in enumerate(zip(curves, allocation.choices, strict=True)):
            cost, accuracy = curve[choice]
            rows.append(_row(f"oracle {n}", number, accuracy, cost, sizes[choice]))
    return rows


def _row(setting: str, problem: int, right: float, tokens: float, calls: float) -> dict:
    return {"setting": setting, "problem": problem, "right": right} | {
        "output_tokens": tokens, "prompt_tokens": 0.0, "calls": calls
    }  # fmt: skip


def family(line: Line) -> str:
    """The name without its setting."""
    return line.setting.rpartition(" ")[0]


def interpolated(found: Sequence[Line], name: str, tokens: float) -> float:
    """Accuracy of a family at these mean tokens, linear in their logarithm; nan outside of what was run."""
    points = sorted((math.log(line.tokens), line.accuracy) for line in found if family(line) == name)
    at = math.log(tokens)
    inside = points and points[0][0] - 1e-9 <= at <= points[-1][0] + 1e-9
    return float(np.interp(at, *zip(*points, strict=True))) if inside else math.nan


def tokens_for(found: Sequence[Line], name: str, accuracy: float) -> float:
    """The least mean tokens at which a family reaches an accuracy; nan if it never does."""
    points = sorted((line.tokens, line.accuracy) for line in found if family(line) == name)
    for (low, before), (high, after) in itertools.pairwise(points):
        if after >= accuracy:
            part = 0.0 if before >= accuracy else (accuracy - before) / (after - before)
            return low * (high / low) ** part
    return math.nan


INTRODUCTION = """# Allocation, replayed on recorded pools

Written by `evals/tables/allocation.py`. Profiles are fitted on one half of a pool's problems and tried on the other,
both ways round; four random orders of each problem's candidates; intervals are paired bootstraps over problems and do
not hold the noise of the orders, which is about a point. Costs are output tokens of all candidates drawn. "auto" is
the allocator with chunks of half a plan, "quarters" with chunks of a quarter, each at several prices, the same price
for all problems. "oracle" knows each problem's own curve of accuracy against n,
from the same candidates: the control (every answer a coin flip, counted with either side as the right one) shows that
a part of its lead is luck that it knows, and that no other policy finds anything there. Only votes are used: OptScale
alone sees a score, exp(mean log-probability).
"""

FAMILIES = (
    "uniform", "adaptive-consistency", "ESC", "OptScale", "OptScale+vote", "auto", "auto quarters", "auto+confidence",
    "oracle",
)  # fmt: skip
AT = (2, 3, 4, 6, 8, 12, 16, 24, 32)


def section(name: str, found: Sequence[Line], cap: int) -> str:
    """Markdown of one pool: accuracy at equal tokens, and what the largest vote's accuracy costs."""
    one = next(line.tokens for line in found if line.setting == "uniform n=1")
    out = [f"## {name}", "", f"{found[0].problems} problems, {cap} candidates each.", ""]
    sizes = [n for n in AT if n <= cap]
    out += ["Accuracy [%] at the mean output tokens of a uniform n:", "", "| policy | " + " | ".join(map(str, sizes))]
    out[-1] += " |"
    out += ["|---|" + "---|" * len(sizes)]
    for policy in FAMILIES:
        if all(family(line) != policy for line in found):
            continue
        cells = [interpolated(found, policy, n * one) for n in sizes]
        out.append(f"| {policy} | " + " | ".join("" if math.isnan(c) else f"{100 * c:.1f}" for c in cells) + " |")
    whole = next(line for line in found if line.setting == f"uniform n={cap}")
    out += [
        "",
        f"Tokens for the accuracy of uniform n={cap} ({100 * whole.accuracy:.1f} %), as a part of its tokens:",
        "",
    ]
    for policy in dict.fromkeys(family(line) for line in found):
        part = tokens_for(found, policy, whole.accuracy) / whole.tokens
        less = tokens_for(found, policy, whole.accuracy - 0.01) / whole.tokens
        out.append(f"- {policy}: {_part(part)}; for one point less: {_part(less)}")
    return "\n".join([*out, "", *gains(found), ""])


def _part(value: float) -> str:
    return "not reached" if math.isnan(value) else f"{100 * value:.0f} %"


def gains(found: Sequence[Line]) -> list[str]:
    """Points over uniform at equal tokens, with paired bootstrap intervals over problems."""
    out = [
        "| setting | candidates | tokens | accuracy [%] | against uniform at equal tokens | |",
        "|---|---|---|---|---|---|",
    ]
    for line in found:
        if not math.isnan(line.gain):
            low, high = (100 * value for value in line.gain_interval)
            gain = f"{100 * line.gain:+.1f} ({low:+.1f} to {high:+.1f})"
            numbers = f"{line.calls:.1f} | {line.tokens:.0f} | {100 * line.accuracy:.1f}"
            out.append(f"| {line.setting} | {numbers} | {gain} | {line.verdict} |")
    return out


def picture(found: Sequence[Line]) -> str:
    """Accuracy against tokens, SVG."""
    tokens = sorted({line.tokens for line in found})
    scale = np.geomspace(tokens[0], tokens[-1], 40).tolist()
    shown = ("uniform", "adaptive-consistency", "ESC", "auto", "auto+confidence", "oracle")
    drawn = [plots.Line(f, [interpolated(found, f, t) for t in scale], dashed=f == "oracle") for f in shown]
    return plots.curves(scale, drawn, "mean output tokens of a problem")


def main() -> None:
    """Write allocation.md, allocation.json and a picture for each pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pools", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    parser.add_argument("--scored", action="store_true", help="auto with confidence scores too: ten times slower")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    texts, numbers = [INTRODUCTION], {}
    for path in options.pools:
        problems = problems_of(read_pool(path))
        name = path.name.partition(".")[0]
        for title, held in ((name, problems), (f"{name}, control: coin flips", coin_flips(problems))):
            cap = min(len(problem.labels) for problem in held)
            rows = replay(held, options.scored and held is problems, 1 if held is problems else 2)
            found = lines(rows, [setting for setting in settings_names(rows) if setting.startswith("uniform")])
            texts.append(section(title, found, cap))
            numbers[title] = [{slot: getattr(line, slot) for slot in Line.__dataclass_fields__} for line in found]
            if held is problems:
                (options.out / f"allocation_{name}.svg").write_text(picture(found), encoding="utf-8")
    (options.out / "allocation.md").write_text("\n".join(texts), encoding="utf-8")
    (options.out / "allocation.json").write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def settings_names(rows: Sequence[dict]) -> list[str]:
    """The settings in their order."""
    return list(dict.fromkeys(row["setting"] for row in rows))


if __name__ == "__main__":
    main()
