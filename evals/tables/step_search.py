"""Step search at equal widths: accuracy against generated tokens and against the key-value tokens that steps hold.

python -m evals.tables.step_search --out runs/step-search --problems 96 --levels 2,3,4,5 --workers 16 --threads 2
python -m evals.tables.step_search --out runs/ets-dev --split dev --widths 16 --ets 1/0,1.25/0,2/1 --only rebase,ets

The verifier is `prm`, the model itself. Run it again with the same --out to go on where it stopped (see workers.py).
--hf FOLDER, written by evals/lab_model/to_hf.py, adds ST-BoN with hidden states of a replay in numpy, reading in chunks
from 4 tokens, for the solutions are short. --ets gives further settings of ETS as lambda_b/lambda_d, and --ets-from the
folder of such a run on the development split, from which the setting is taken that holds least tokens at no more than
one point of accuracy below REBASE.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from evals.tables.equal_tokens import lines, words
from evals.tables.step_tables import Columns, fewer, frugal, memory_ratio, picture, table, truncation
from evals.tables.workers import Groups, Knobs, Row, chosen, make, parser_of, read
from ttc.evaluation import Cell
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
    return Cell(StBon(n=n, chunk=4, hidden=replay(hf)), name=f"st_bon n={n}")


@cache
def replay(hf: Path) -> Any:
    """The weights in that folder, read once."""
    from ttc.hidden import ReplayLlama

    return ReplayLlama(hf)


def groups_of(knobs: Knobs) -> Groups:
    """The cells that the command line names, wide ones first."""
    ets = settings_of(knobs)
    widths = sorted(widths_of(knobs), reverse=True)
    wide = [group for n in widths for group in parted(n, ets)]
    whole = [cell for n in widths for cell in drawn(n, knobs.hf)]
    if 1 not in widths:
        whole.append(Cell(SelfConsistency(n=1, stop="none"), name="self_consistency n=1"))
    return chosen([*wide, whole], knobs)


def settings_of(knobs: Knobs) -> list[tuple[float, float]]:
    """(lambda_b, lambda_d) of --ets, and what --ets-from says."""
    found = [(float(b), float(d)) for b, _, d in (pair.partition("/") for pair in knobs.ets.split(",") if pair)]
    if knobs.ets_from is not None and (best := frugal(Columns(read(knobs.ets_from / "runs.jsonl")))):
        found.append(best)
    return found


def widths_of(knobs: Knobs) -> list[int]:
    """The widths in order."""
    return sorted(int(n) for n in knobs.widths.split(","))


HEAD = """# Step search on the laboratory model

Written by `python -m evals.tables.step_search`: ttc.lab, {split} split, levels {levels}, verifier prm (the model
itself, whose single tokens are among the output tokens); 95 % intervals over problems, Wilson of accuracies. Settings
of one width share the replies to equal requests and are each charged in full (evals/tables/shared.py). held: tokens in
the prefixes of all unfinished solutions after a step, shared ones once; kept: those of the prefixes that the next step
grows from, after pruning (evals/tables/memory.py). prompt: tokens of the prompts and prefixes of all requests for
steps; of it cached: what the server says that it did not compute again, with several searches at once on it.

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
    if knobs.split == "dev" and (best := frugal(columns)):
        text += f"\nLeast held at no more than a point below REBASE: lambda_b {best[0]:g}, lambda_d {best[1]:g}.\n"
    elif knobs.ets_from is not None:
        text += f"\nlambda_b and lambda_d {settings_of(knobs)} were chosen by this rule on development problems.\n"
    text += "\nWidth of beam search for the same accuracy:\n\n"
    for better in ("particle_filter best", "particle_filter vote", "rebase"):
        text += fewer(columns, better, "beam", widths)
    cut = [truncation(columns, n, name) for name in ("st_bon_text", "st_bon") for n in widths]
    if any(cut):
        head = ("strategy", "n", "one sample", "accuracy", "vote of n", "less one sample", "less the vote")
        head += ("tokens, of best-of-n's", "peak memory, of best-of-n's")
        text += f"\n| {' | '.join(head)} |\n" + "|---" * len(head) + "|\n" + "".join(cut)
    (knobs.out / "step_search.md").write_text(text, encoding="utf-8")
    if found:
        (knobs.out / "step_search.svg").write_text(picture(found, columns, curve) + "\n", encoding="utf-8")
    return text


def main() -> None:
    parser = parser_of(__doc__, 96)
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--ets", default="", help="lambda_b/lambda_d, with commas")
    parser.add_argument("--ets-from", type=Path, default=None, help="folder of a run on the development split")
    knobs = parser.parse_args()
    print(report(make(knobs, groups_of), knobs))


if __name__ == "__main__":
    main()
