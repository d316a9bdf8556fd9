"""The table of all strategies on the laboratory model: accuracy against tokens, with intervals, in one command.

python -m evals.tables.lab --out runs/lab-table --problems 40                              here, on the embedded model
python -m evals.tables.lab --out runs/lab-table --problems 120 --workers 16 --threads 2    on a machine with 32 cores
python -m evals.tables.lab --out runs/lab-table --backend http://localhost:8000/v1#ttc-lab --workers 8 --slots 64

Problems are those of ttc.lab, test split. Given again with the same --out it goes on where it ended, however that was
(see workers.py). --out gets table.md (accuracies, and whether each strategy beats plain votes at equal tokens),
table.csv, plot.svg, and allocation.md: `auto` and the rules that stop early against votes at equal tokens.

--hf FOLDER, written by evals/lab_model/to_hf.py, adds st_bon, which reads hidden states from a replay.
"""

from collections.abc import Sequence
from pathlib import Path

from evals.tables import budgets
from evals.tables.equal_tokens import Line, csv, lines, markdown, plot, words
from evals.tables.step_search import parted, st_bon
from evals.tables.workers import Groups, Knobs, Row, chosen, make, parser_of
from ttc.evaluation import Cell, grid

CURVE_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
CURVE = tuple(f"self_consistency n={n}" for n in CURVE_SIZES)
"""Plain votes: the curve of accuracy against tokens to which everything is compared."""
WINDOW = 32  # tokens in a confidence group; the paper's 2048 suit solutions a hundred times longer

HEAD = """# All strategies on the laboratory model

Written by `python -m evals.tables.lab`. {problems} problems of ttc.lab, levels {levels}; 95 % intervals over
problems, Wilson of accuracies and bootstrap of differences. Every setting is a run on the model; settings with one seed
see the same candidates and the same verdicts on
them, which are asked of the model once and charged to every run in full (evals/tables/shared.py), so all comparisons
are paired. Against votes: accuracy less that of self-consistency with as many output tokens, interpolated in their
logarithm; empty where no size of the vote has so few or so many. {settings} settings are compared, and the intervals
are not corrected for that: at 95 % one in twenty leaves out 0 by chance.

## Does it beat self-consistency at equal tokens on this model?

{words}
![Accuracy against output tokens](plot.svg)

{table}"""


def cells(sizes: Sequence[int] = (4, 16), most: int = 64, hf: Path | None = None) -> Groups:
    """Every strategy, with the knobs that matter: step searches by themselves, and all the rest."""
    mixed = [
        *[Cell("self_consistency", {"n": n, "stop": "none"}, name=f"self_consistency n={n}") for n in CURVE_SIZES],
        *grid(["self_consistency"], n=[most], knobs={"stop": ["certificate", "beta", "dirichlet", "esc"]}),
        *budgets.cells(),
        *votes(sizes),
        *scored([*sizes, most]),
        *judged(sizes),
        *revised(),
    ]
    found = [group for n in sorted(sizes, reverse=True) for group in parted(n)]
    found.append(grid(["mur"], n=sizes, verifier="prm"))
    truncated = grid(["st_bon_text"], n=sizes)
    if hf is not None:
        truncated += [st_bon(n, hf) for n in sizes]
    return [*found, [*mixed, *truncated]]


def votes(sizes: Sequence[int]) -> list[Cell]:
    """Votes that weigh, filter or stop by what comes with the samples."""
    found = grid(["shortest_majority", "semantic_entropy", "universal"], n=sizes)
    found += grid(["universal"], n=[min(sizes)], knobs={"style": "best"})
    found += grid(["short_m"], n=sizes, knobs={"m": [1, 3]})
    found += grid(["cisc"], n=sizes, knobs={"temperature": [0.05, 0.2]})
    found += grid(["cisc"], n=sizes, verifier="self_verify")
    found += grid(["deepconf"], n=[32], knobs={"window": WINDOW, "mode": "offline", "eta": [10.0, 90.0]})
    return found + grid(["deepconf"], n=[32], knobs={"window": WINDOW, "warmup": 8, "eta": [10.0, 50.0, 90.0]})


def scored(sizes: Sequence[int]) -> list[Cell]:
    """Best-of-N under verifiers that cost nothing, a yes or no, and a score for each step."""
    found = grid(["best_of_n"], n=sizes, verifier="confidence")
    for verifier in ("self_verify", "prm"):
        found += grid(["best_of_n"], n=sizes, knobs={"weight": ["none", "answer"]}, verifier=verifier)
        found += grid(["best_of_n"], n=sizes, knobs={"choose": ["soft", "pessimistic"]}, verifier=verifier)
    return found


def judged(sizes: Sequence[int]) -> list[Cell]:
    """Comparisons of pairs."""
    found = grid(["tournament"], n=[*sizes, 8], knobs={"votes": [1, 2, 4]}, judge="pairwise")
    return found + grid(["league", "pivot"], n=[*sizes, 8], judge="pairwise")


def revised() -> list[Cell]:
    """Solutions that are read and written anew: dear, so of one size."""
    found = grid(["seat"], n=[4, 8], knobs={"rounds": 3})
    found += grid(["self_evolution"], n=[4, 8], knobs={"rounds": [1, 3]})
    found += grid(["self_evolution"], n=[8], knobs={"rounds": 3, "gate": "consecutive", "passes": 2})
    found += grid(["rsa"], n=[8], knobs={"loops": [1, 3], "subset": 3})
    return found + grid(["ab_mcts"], n=[8], knobs={"prior": ["gaussian", "beta"]}, verifier="self_verify")


def groups_of(knobs: Knobs) -> Groups:
    """The cells that the command line names."""
    return chosen(cells(hf=knobs.hf), knobs)


def report(rows: Sequence[Row], knobs: Knobs) -> list[Line]:
    """Write the tables of what has been run."""
    found = lines(rows, CURVE)
    plotted = plot([line for line in found if not budgets.of_family(line)], CURVE, str(knobs.out / "plot.svg"))
    most = max((line.problems for line in found), default=0)
    numbers = {"problems": most, "levels": knobs.levels, "settings": sum(line.setting not in CURVE for line in found)}
    text = HEAD.format(words=words(found), table=markdown(found), **numbers)
    (knobs.out / "table.md").write_text(text if plotted else text.replace("![", "<!-- ["), encoding="utf-8")
    (knobs.out / "table.csv").write_text(csv(found), encoding="utf-8")
    if any(budgets.of_family(line) for line in found):
        (knobs.out / "allocation.md").write_text(budgets.report(rows, found, CURVE), encoding="utf-8")
    return found


def main() -> None:
    parser = parser_of(__doc__, 40)
    parser.add_argument("--list", action="store_true", help="print the settings and end")
    knobs = parser.parse_args()
    if knobs.list:
        print("\n".join(cell.name for group in groups_of(knobs) for cell in group))
        return
    rows = make(knobs, groups_of)
    print(markdown(report(rows, knobs)))


if __name__ == "__main__":
    main()
