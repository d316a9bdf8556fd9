"""Step search at equal widths: accuracy against generated tokens and against the key-value tokens that steps hold.

python -m evals.tables.step_search --out runs/step-search --problems 96 --levels 2,3,4,5 --workers 16 --threads 2
python -m evals.tables.step_search --out runs/ets-dev --split dev --widths 16 --ets 1/0,2/1,4/1 --only rebase,ets

The verifier is `prm`, the model itself. Run it again with the same --out to go on where it stopped (see workers.py).
--hf FOLDER, written by evals/lab_model/to_hf.py, adds ST-BoN with hidden states of a replay in numpy. --ets gives
further settings of ETS as lambda_b/lambda_d, to choose one on the development split.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from evals.tables.equal_tokens import DRAWS, Line, gain_of, lines, words
from evals.tables.workers import Groups, Knobs, Row, chosen, make, parser_of
from ttc.evaluation import Cell
from ttc.evaluation.report import plots
from ttc.strategies import (
    Beam,
    BestOfN,
    Dvts,
    Ets,
    ParallelTempering,
    ParticleFilter,
    ParticleGibbs,
    Rebase,
    SelfConsistency,
    StBon,
    StBonText,
    Strategy,
)

WIDTHS = (4, 8, 16, 32, 64)
LAMBDA_D = {4: 1.5, 8: 1.5, 16: 1.5, 32: 1.45, 64: 1.4}  # published at 16 and 64, taken over for their neighbours


def searches(n: int, ets: Sequence[tuple[float, float]] = ()) -> list[Cell]:
    """The step searches of width n; sweeps of Gibbs and rungs of tempering share the width out."""
    found: dict[str, Strategy] = {
        "beam": Beam(n=n),
        "dvts": Dvts(n=n),
        "rebase": Rebase(n=n),
        "ets": Ets(n=n, lambda_d=LAMBDA_D.get(n, 1.4)),
        "particle_filter best": ParticleFilter(n=n),
        "particle_filter vote": ParticleFilter(n=n, pick="vote"),
        "particle_gibbs 2 sweeps": ParticleGibbs(n=max(2, n // 2)),
    }
    if n <= 16:
        found["parallel_tempering 2 rungs"] = ParallelTempering(n=max(2, n // 4))
    found |= {f"ets b={b:g} d={d:g}": Ets(n=n, lambda_b=b, lambda_d=d) for b, d in ets}
    return [Cell(strategy, verifier="prm", name=f"{name} n={n}") for name, strategy in found.items()]


def parted(n: int, ets: Sequence[tuple[float, float]] = ()) -> Groups:
    """The searches of width n in groups: wide ones alone, for each keeps a process busy; picks of particles share."""
    cells = searches(n, ets)
    if n < 16:
        return [cells]
    filters = [cell for cell in cells if cell.name.startswith("particle_filter")]
    return [filters, *([cell] for cell in cells if cell not in filters)]


def drawn(n: int, hf: Path | None) -> list[Cell]:
    """What solutions drawn whole give at width n, and truncation, which needs no verifier."""
    found = [
        Cell(BestOfN(n=n), verifier="prm", name=f"best_of_n n={n}"),
        Cell(BestOfN(n=n, weight="answer"), verifier="prm", name=f"weighted vote n={n}"),
        Cell(SelfConsistency(n=n, stop="none"), name=f"self_consistency n={n}"),
    ]
    if n >= 3:
        found.append(Cell(StBonText(n=n), name=f"st_bon_text n={n}"))
    return [*found, st_bon(n, hf)] if n >= 3 and hf is not None else found


def st_bon(n: int, hf: Path) -> Cell:
    """ST-BoN with hidden states from a replay of the same weights."""
    from ttc.hidden import ReplayLlama

    return Cell(StBon(n=n, hidden=ReplayLlama(hf)), name=f"st_bon n={n}")


def groups_of(knobs: Knobs) -> Groups:
    """The cells that the command line names, wide ones first."""
    ets = [(float(b), float(d)) for b, _, d in (pair.partition("/") for pair in knobs.ets.split(",") if pair)]
    widths = sorted(widths_of(knobs), reverse=True)
    wide = [group for n in widths for group in parted(n, ets)]
    whole = [cell for n in widths for cell in drawn(n, knobs.hf)]
    if 1 not in widths:
        whole.append(Cell(SelfConsistency(n=1, stop="none"), name="self_consistency n=1"))
    return chosen([*wide, whole], knobs)


def widths_of(knobs: Knobs) -> list[int]:
    """The widths in order."""
    return sorted(int(n) for n in knobs.widths.split(","))


class Columns:
    """Values [problems] of a field for each setting; what is compared is compared on the problems that both have."""

    def __init__(self, rows: Sequence[Row], seed: int = 0):
        self.by_key = {(row["setting"], row["problem"]): row for row in rows}
        self.settings = list(dict.fromkeys(row["setting"] for row in rows))
        self.problems = sorted({row["problem"] for row in rows})
        self.seed = seed

    def common(self, *settings: str) -> list[str]:
        """The problems that all of these settings have."""
        return [name for name in self.problems if all((s, name) in self.by_key for s in settings)]

    def of(self, setting: str, field: str, names: Sequence[str] | None = None) -> Any:
        names = self.common(setting) if names is None else names
        return np.array([float(self.by_key[setting, name][field]) for name in names])

    def draws(self, names: Sequence[str]) -> Any:
        return np.random.default_rng(self.seed).integers(len(names), size=(DRAWS, len(names)))


def table(found: list[Line], columns: Columns) -> str:
    """Markdown, in order of the generated tokens."""
    out = [
        "| setting | problems | accuracy (95 %) | output tokens | held, mean | held, peak | kept | prompt | of it "
        "cached | calls | against weighted votes at equal tokens | |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for line in sorted(found, key=lambda line: line.tokens):
        low, high = line.interval
        mean, peak, kept, prompt, cached = (
            columns.of(line.setting, field).mean()
            for field in ("held_mean", "held_peak", "kept_mean", "solve_prompt", "solve_cached")
        )
        out.append(
            f"| {line.setting} | {line.problems} | {100 * line.accuracy:.1f} ({100 * low:.1f} to {100 * high:.1f}) | "
            f"{line.tokens:.0f} | {mean:.0f} | {peak:.0f} | {kept:.0f} | {prompt:.0f} | {cached / max(1, prompt):.0%} "
            f"| {line.calls:.0f} | {gain_of(line)} | {line.verdict} |"
        )
    return "\n".join(out) + "\n"


def ratio(columns: Columns, first: str, second: str, field: str, names: Sequence[str]) -> str:
    """Mean of the first over mean of the second, with its paired interval."""
    a, b = (columns.of(name, field, names) for name in (first, second))
    drawn = [a[d].mean() / max(b[d].mean(), 1e-9) for d in columns.draws(names)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{a.mean() / max(b.mean(), 1e-9):.2f} ({low:.2f} to {high:.2f})"


def points(columns: Columns, first: str, second: str, names: Sequence[str]) -> str:
    """Accuracy of the second less that of the first, with its paired interval."""
    gain = columns.of(second, "right", names) - columns.of(first, "right", names)
    low, high = np.percentile(gain[columns.draws(names)].mean(axis=1), [2.5, 97.5])
    return f"{100 * gain.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def memory_ratio(columns: Columns, first: str, second: str) -> str:
    """How much less the second holds and keeps on average, and what it costs in accuracy, with paired intervals."""
    names = columns.common(first, second)
    held, kept = (ratio(columns, first, second, field, names) for field in ("held_mean", "kept_mean"))
    gain = points(columns, first, second, names)
    return f"- {second} holds {held} and keeps {kept} times less than {first}, at {gain} points of accuracy\n"


def truncation(columns: Columns, n: int, name: str) -> str:
    """Truncated best-of-n between one sample and a vote, and its share of what best-of-n writes and holds."""
    own, whole, one, vote = f"{name} n={n}", f"best_of_n n={n}", "self_consistency n=1", f"self_consistency n={n}"
    names = columns.common(own, whole, one, vote)
    if not names:
        return ""
    tokens, peak = (ratio(columns, own, whole, field, names) for field in ("solve_tokens", "held_peak"))
    right = [f"{100 * columns.of(s, 'right', names).mean():.1f}" for s in (one, own, vote)]
    gains = [points(columns, s, own, names) for s in (one, vote)]
    return f"| {name} | {n} | {' | '.join([*right, *gains, tokens, peak])} |\n"


def fewer(columns: Columns, better: str, other: str, widths: list[int]) -> str:
    """How many times the width `other` needs to be as accurate as `better`, by its own curve over log width."""
    settings = [f"{name} n={n}" for name in (better, other) for n in widths]
    names = columns.common(*settings)
    if not names:
        return ""
    out, x = "", np.log(widths)
    right = np.maximum.accumulate([columns.of(f"{other} n={n}", "right", names).mean() for n in widths])
    for n in widths:
        goal = columns.of(f"{better} n={n}", "right", names).mean()
        above = [i for i, value in enumerate(right) if value >= goal]
        if not above:
            out += f"- {other} does not reach {better} n={n} ({100 * goal:.1f} %) at any width up to {widths[-1]}\n"
            continue
        at, sign = x[above[0]], "<=" if above[0] == 0 else "="
        for (x0, y0), (x1, y1) in pairwise(zip(x, right, strict=True)):
            if y0 < goal <= y1:
                at = x0 + (goal - y0) / (y1 - y0) * (x1 - x0)
        times = f"{np.exp(at) / n:.1f} times the width"
        out += (
            f"- {other} is as accurate as {better} n={n} ({100 * goal:.1f} %) at n {sign} {np.exp(at):.1f}: {times}\n"
        )
    return out


HEAD = """# Step search on the laboratory model

Written by `python -m evals.tables.step_search`: ttc.lab, {split} split, levels {levels}, verifier prm (the model
itself, whose single tokens are among the output tokens); 95 % intervals, bootstrap over problems. Settings of one width
share the replies to equal requests and are each charged in full (evals/tables/shared.py). held: tokens in the prefixes
of all unfinished solutions after a step, shared ones once; kept: those of the prefixes that the next step grows from,
after pruning (evals/tables/memory.py). prompt: tokens of the prompts and prefixes of all requests for steps; of it
cached: what the server says that it did not compute again, with several searches at once on it.

"""


def report(rows: Sequence[Row], knobs: Knobs) -> str:
    """Write the tables of what has been run."""
    columns, widths = Columns(rows), widths_of(knobs)
    curve = [f"weighted vote n={n}" for n in widths]
    found = lines(rows, curve)
    text = HEAD.format(split=knobs.split, levels=knobs.levels) + table(found, columns)
    text += "\nAgainst weighted votes by the same verifier at equal tokens:\n\n" + words(found)
    text += "\nMemory and accuracy of ETS against REBASE of the same width:\n\n"
    for n in widths:
        for second in (s for s in columns.settings if s.startswith("ets ") and s.endswith(f" n={n}")):
            if columns.common(f"rebase n={n}", second):
                text += memory_ratio(columns, f"rebase n={n}", second)
    text += "\nWidth of beam search for the same accuracy:\n\n"
    for better in ("particle_filter best", "particle_filter vote", "rebase"):
        text += fewer(columns, better, "beam", widths)
    cut = [truncation(columns, n, name) for name in ("st_bon_text", "st_bon") for n in widths]
    if any(cut):
        head = ("strategy", "n", "one sample", "accuracy", "vote of n", "less one sample", "less the vote")
        head += ("tokens, of best-of-n's", "peak memory, of best-of-n's")
        text += f"\n| {' | '.join(head)} |\n" + "|---" * len(head) + "|\n" + "".join(cut)
    (knobs.out / "step_search.md").write_text(text, encoding="utf-8")
    (knobs.out / "step_search.svg").write_text(picture(found, columns, curve) + "\n", encoding="utf-8")
    return text


def picture(found: Sequence[Line], columns: Columns, curve: Sequence[str]) -> str:
    """Accuracy against the memory that is held."""
    held = {line.setting: float(columns.of(line.setting, "held_mean").mean()) for line in found}
    shown = sorted((line for line in found if held[line.setting] > 0), key=lambda line: held[line.setting])
    marks = [
        plots.Point(x.setting, held[x.setting], x.accuracy, *x.interval, kind=x.setting.rpartition(" ")[0])
        for x in shown
        if x.setting not in curve
    ]
    return plots.pareto(marks, "held tokens", [(held[x.setting], x.accuracy) for x in shown if x.setting in curve])


def main() -> None:
    parser = parser_of(__doc__, 96)
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--ets", default="", help="lambda_b/lambda_d, with commas")
    knobs = parser.parse_args()
    print(report(make(knobs, groups_of), knobs))


if __name__ == "__main__":
    main()
