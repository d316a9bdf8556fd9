"""Ways to decide how many candidates a problem is worth, live: cells, and what they win at equal realised tokens.

The rules are those of the papers, which look after every candidate (so they draw one at a time); `auto` is the
allocator with the profile that ships, fitted on another model's recorded samples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.tables.equal_tokens import Line, gain_of
from evals.tables.score_target import candidates_for_score, fit_truncated_normal
from evals.tables.workers import Row
from ttc.core.elect import representative
from ttc.core.session import Session
from ttc.evaluation import Cell
from ttc.types import Candidate

MOST = 32
"""Candidates that any of them may draw."""
PRICES = (0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # accuracy for the price of 32 candidates
THRESHOLDS = (0.7, 0.8, 0.85, 0.9, 0.95, 0.99)
WINDOWS = (2, 3, 4, 5, 8)
TARGETS = (0.9, 0.95, 0.98)
RESAMPLES = 200
FAMILIES = ("adaptive-consistency", "ESC", "OptScale", "OptScale+vote", "auto")


@dataclass(frozen=True)
class OptScale:
    """Draw four, fit a law to their scores, and draw as many as it takes to see the score `target` with chance 1/2."""

    target: float = 0.95
    voting: bool = False
    """Answer by a vote, not by the best score."""
    n: int = MOST
    probes: int = 4

    paper: ClassVar[str] = "Wang et al. 2025, arXiv 2506.22376"
    needs: ClassVar[frozenset[str]] = frozenset({"verifier"})

    async def run(self, session: Session) -> Candidate:
        """Probe, draw the rest, answer."""
        candidates = await session.sample(self.probes)
        known = [v.score for v in await session.verify(candidates) if v.known]
        if len(set(known)) > 1:
            try:
                wanted = candidates_for_score(*fit_truncated_normal(known), self.target, 0.5)
            except ValueError:  # out of reach
                wanted = self.n
            if (more := min(self.n, wanted) - len(candidates)) > 0:
                candidates += await session.sample(more)
        labels = session.labels(candidates)
        scores = [v.score if v.known else -1.0 for v in await session.verify(candidates)]
        able = [i for i, label in enumerate(labels) if label >= 0]
        if not able:
            return candidates[0]
        best = candidates[max(able, key=lambda i: scores[i])]
        if self.voting:
            best = representative(candidates, labels, max(labels, key=lambda x: (x >= 0, labels.count(x))))
        session.propose(best)
        return best


def cells() -> list[Cell]:
    """All of them, named "family setting"."""
    stopped = {"n": MOST, "waves": MOST}
    found = [
        Cell("self_consistency", {**stopped, "stop": "beta", "threshold": t}, name=f"adaptive-consistency {t}")
        for t in THRESHOLDS
    ]
    found += [
        Cell("self_consistency", {**stopped, "n": MOST // w * w, "stop": "esc", "window": w}, name=f"ESC w={w}")
        for w in WINDOWS
    ]
    found += [Cell(OptScale(t), verifier="prm", name=f"OptScale s={t}") for t in TARGETS]
    found += [Cell(OptScale(t, voting=True), verifier="prm", name=f"OptScale+vote s={t}") for t in TARGETS]
    return found + [Cell("auto", {"n": MOST, "price": p}, name=f"auto {p:g}") for p in PRICES]


def family(line: Line) -> str:
    """The name without its setting."""
    return line.setting.rpartition(" ")[0]


def of_family(line: Line) -> bool:
    """Whether the line is one of these."""
    return family(line) in FAMILIES


HEAD = """# Allocation, live on the laboratory model

Written by `python -m evals.tables.lab` from its runs: {problems} problems, at most {most} candidates each; votes draw
the same number for all problems. 95 % intervals, paired bootstrap over problems. `auto` uses the profile that ships,
its prices are in accuracy for {most} candidates. OptScale scores by the process reward model, whose single-token calls
are among its tokens.

Accuracy [%] at the mean output tokens of a vote of n, each family interpolated between its settings:

"""


def report(rows: Sequence[Row], found: Sequence[Line], curve: Sequence[str]) -> str:
    """The Markdown of the families over the problems that all of these settings have."""
    most = max(line.problems for line in found)
    held = [line for line in found if line.problems == most and (line.setting in curve or of_family(line))]
    votes = sorted((line for line in held if line.setting in curve), key=lambda line: line.tokens)
    votes = [line for line in votes if int(line.setting.partition("=")[2]) <= MOST]
    sizes = [line.setting.partition("=")[2] for line in votes]
    out = [HEAD.format(problems=most, most=MOST) + "| policy | " + " | ".join(f"n={n}" for n in sizes) + " |"]
    out += ["|---" * (len(votes) + 1) + "|", _across("votes", votes, votes)]
    for name in FAMILIES:
        if own := [line for line in held if family(line) == name]:
            out.append(_across(name, own, votes))
    out += ["", "| setting | tokens | accuracy [%] | against votes at equal tokens | |", "|---|---|---|---|---|"]
    for line in held:
        if of_family(line):
            told = f"{line.tokens:.0f} | {100 * line.accuracy:.1f} | {gain_of(line)} | {line.verdict}"
            out.append(f"| {line.setting} | {told} |")
    return "\n".join([*out, "", *regrets(rows, held, votes), ""])


def _across(name: str, own: Sequence[Line], votes: Sequence[Line]) -> str:
    """A row of the table: accuracies of a family at the tokens of the votes; empty outside of what it spends."""
    points = sorted((math.log(line.tokens), line.accuracy) for line in own)
    told = []
    for at in (math.log(line.tokens) for line in votes):
        inside = points[0][0] - 1e-9 <= at <= points[-1][0] + 1e-9
        told.append(f"{100 * np.interp(at, *zip(*points, strict=True)):.1f}" if inside else "")
    return f"| {name} | " + " | ".join(told) + " |"


def regrets(rows: Sequence[Row], held: Sequence[Line], votes: Sequence[Line]) -> list[str]:
    """What `auto` loses to the best fixed setting that costs no more, at the tokens of each vote.

    Both are the best in hindsight of what they have (a price; a rule and its setting), in every resample anew.
    """
    autos = [line.setting for line in held if family(line).startswith("auto")]
    fixed = [line.setting for line in held if line.setting not in autos]
    if not autos or not fixed:
        return []
    by_key = {(row["setting"], row["problem"]): row for row in rows}
    names = sorted({row["problem"] for row in rows if all((s, row["problem"]) in by_key for s in (*autos, *fixed))})
    table = {
        setting: np.array([[by_key[setting, n]["output_tokens"], by_key[setting, n]["right"]] for n in names], float)
        for setting in (*autos, *fixed)
    }
    draws = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    everything = np.arange(len(names))

    def best(settings: Sequence[str], draw: np.ndarray, vote: str) -> tuple[float, str]:
        means = [(*table[setting][draw].mean(axis=0), setting) for setting in settings]
        most = table[vote][draw].mean(axis=0)[0]
        return max(((right, setting) for spent, right, setting in means if spent <= most), default=(math.nan, ""))

    out = [
        "Regret: accuracy of the best fixed setting (a vote of n, or a rule with its threshold) that costs at most so",
        "many tokens, less that of the best price of `auto` that does, both chosen in hindsight:", "",
        "| tokens | best fixed | best auto | regret, points |", "|---|---|---|---|",
    ]  # fmt: skip
    for line in votes:
        (top, one), (mine, two) = (best(settings, everything, line.setting) for settings in (fixed, autos))
        if math.isnan(top) or math.isnan(mine):
            continue
        gaps = [best(fixed, d, line.setting)[0] - best(autos, d, line.setting)[0] for d in draws]
        low, high = np.nanpercentile(gaps, [2.5, 97.5])
        told = f"{100 * (top - mine):+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        out.append(f"| {line.tokens:.0f} | {one} {100 * top:.1f} | {two} {100 * mine:.1f} | {told} |")
    return out
