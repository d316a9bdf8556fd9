"""The table of all strategies on the laboratory model: accuracy against tokens, with intervals, in one command.

python -m evals.tables.lab --out runs/lab-table --limit 100                     here, on the embedded model
python -m evals.tables.lab --out runs/lab-table --limit 500 --levels 3-5 \\
    --base-url http://localhost:8000/v1 --model ttc-lab --concurrency 512       on a server of yours

Problems are those of ttc.lab, test split. It shows how far it is; given again with the same --out it goes on where it
ended, however that was. --out gets table.md, table.csv, pareto.svg and report.html beside the journal. --sizes and
--only make it smaller: a self-consistency curve over 64 samples costs half of all.

--hf FOLDER, written by evals/lab_model/to_hf.py, adds st_bon, which reads hidden states from a replay in transformers.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ttc.cli.progress import EvalProgress, show_summary
from ttc.cli.source import source_of
from ttc.evaluation import Cell, grid
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.evaluate import evaluate
from ttc.evaluation.report import write_report
from ttc.strategies import StBon

SIZES = (4, 16, 64)
WINDOW = 32  # tokens in a confidence group; the paper's 2048 suit solutions a hundred times longer


def cells(sizes: Sequence[int] = SIZES, hf: Path | None = None) -> list[Cell]:
    """Every strategy, with the knobs that matter, at these sizes."""
    some = [size for size in sizes if size <= 16] or [min(sizes)]
    most = max(sizes)
    curve = [2**power for power in range(most.bit_length()) if 2**power <= most]
    return [
        *grid(["self_consistency"], n=curve, knobs={"stop": "none"}),
        *grid(["self_consistency"], n=[most], knobs={"stop": ["certificate", "beta", "dirichlet", "esc"]}),
        *grid(["auto"], n=[most], knobs={"price": [0.02, 0.05, 0.2]}),
        *votes(some),
        *scored(sizes, some),
        *judged(some),
        *revised(some),
        *searched(sizes, some),
        *grid(["st_bon_text"], n=[size for size in some if size >= 3]),
        *([Cell(StBon(n=size, hidden=_replay(hf)), name=f"st_bon n={size}") for size in some] if hf else []),
    ]


def votes(some: Sequence[int]) -> list[Cell]:
    """Votes that weigh, filter or stop by what comes with the samples."""
    found = grid(["shortest_majority", "semantic_entropy", "universal", "seat"], n=some)
    found += grid(["short_m"], n=some, knobs={"m": [1, 3]}) if min(some) >= 3 else grid(["short_m"], n=some)
    found += grid(["cisc"], n=some, knobs={"temperature": [0.05, 0.2]})
    found += grid(["cisc"], n=some, verifier="self_verify")
    found += grid(["deepconf"], n=some, knobs={"window": WINDOW, "mode": "offline", "eta": [10.0, 90.0]})
    online = {"window": WINDOW, "warmup": max(2, max(some) // 4), "eta": [10.0, 90.0]}
    return found + grid(["deepconf"], n=[max(some)], knobs=online)


def scored(sizes: Sequence[int], some: Sequence[int]) -> list[Cell]:
    """Best-of-N under verifiers that cost nothing, a yes or no, and a score for each step."""
    found = grid(["best_of_n"], n=sizes, verifier="confidence")
    for verifier in ("self_verify", "prm"):
        found += grid(["best_of_n"], n=sizes, knobs={"weight": ["none", "answer"]}, verifier=verifier)
        found += grid(["best_of_n"], n=some, knobs={"choose": ["soft", "pessimistic"]}, verifier=verifier)
    return found


def judged(some: Sequence[int]) -> list[Cell]:
    """Comparisons of pairs."""
    found = grid(["tournament"], n=some, knobs={"votes": [1, 2, 4]}, judge="pairwise")
    return found + grid(["league", "pivot"], n=some, judge="pairwise")


def revised(some: Sequence[int]) -> list[Cell]:
    """Solutions that are read and written anew."""
    found = grid(["self_evolution"], n=some, knobs={"rounds": [1, 3]})
    found += grid(["rsa"], n=some, knobs={"loops": [1, 3], "subset": 3})
    return found + grid(["ab_mcts"], n=some, knobs={"prior": ["gaussian", "beta"]}, verifier="self_verify")


def searched(sizes: Sequence[int], some: Sequence[int]) -> list[Cell]:
    """Searches by steps under the process verifier."""
    found = grid(["beam", "dvts", "rebase", "ets"], n=sizes, verifier="prm")
    found += grid(["particle_filter"], n=sizes, knobs={"pick": ["best", "vote"]}, verifier="prm")
    found += grid(["particle_gibbs", "parallel_tempering"], n=[max(2, size // 2) for size in some], verifier="prm")
    return found + grid(["mur"], n=some, verifier="prm")


def _replay(folder: Path | None) -> Any:
    from ttc.hidden import ReplayLlama

    assert folder is not None
    return ReplayLlama(folder)


def write_tables(summary: dict[str, Any], out: Path) -> None:
    """table.md and table.csv, in order of the tokens."""
    head = ["cell", "accuracy", "low", "high", "samples", "tokens", "prompt_tokens", "calls", "gain_at_equal_tokens"]
    rows = []
    for cell in sorted(summary["cells"], key=lambda cell: cell["cost"]["tokens"]["value"]):
        accuracy, cost = cell["accuracy"], cell["cost"]
        numbers = [accuracy[name] for name in ("value", "low", "high")] + [cell["samples"]["value"]]
        numbers += [cost[name]["value"] for name in ("tokens", "prompt_tokens", "calls")]
        rows.append([cell["cell"], *numbers, cell["gain_at_equal_cost"]])
    told = [[row[0], *("" if value is None else f"{value:.4g}" for value in row[1:])] for row in rows]
    lines = [head, ["---"] * len(head), *told]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    about = f"{summary['n_problems']} problems of {summary['set']}, model {summary['model']}, seed {summary['seed']}"
    (out / "table.md").write_text(f"{about}; intervals 95 %, cluster bootstrap over problems.\n\n{text}\n", "utf-8")
    (out / "table.csv").write_text("\n".join(",".join(line) for line in (head, *told)) + "\n", "utf-8")


def backend_of(knobs: argparse.Namespace, config: EvalConfig) -> tuple[Any, dict[str, Any]]:
    """The model that is named, as `ttc.Solver` takes it."""
    if knobs.simulated:
        from ttc.backends.simulated import SimulatedBackend
        from ttc.evaluation import load_examples
        from ttc.lab import SCORE_TOKEN

        gold = {example.problem.text: example.gold for example in load_examples(config.set, levels=config.levels)}
        texts = sorted(gold, key=len, reverse=True)  # prompts of revisions begin with the problem

        def gold_of(text: str) -> str:
            return gold[next(problem for problem in texts if problem in text)]

        return SimulatedBackend(gold=gold_of, score_tag=SCORE_TOKEN), {}
    return source_of(config.base_url, config.model, config.gguf, config.api_key_env)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder of journal, tables and report")
    parser.add_argument("--limit", type=int, default=100, help="problems")
    parser.add_argument("--levels", default=None, help="of the problems, for example 3-5; all of them in turn")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="values of n")
    parser.add_argument("--only", default="", help="cells that contain one of these words, with commas")
    parser.add_argument("--base-url", default=None)
    parser.add_argument("--model", default=None)
    parser.add_argument("--gguf", default=None)
    parser.add_argument("--simulated", action="store_true", help="the simulated model, to try the command")
    parser.add_argument("--hf", type=Path, default=None, help="folder of the same weights for transformers")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--concurrency", type=int, default=None, help="calls in flight at once")
    parser.add_argument("--at-once", type=int, default=64, help="runs at once")
    parser.add_argument("--list", action="store_true", help="print the cells and end")
    knobs = parser.parse_args()
    words = [word for word in knobs.only.split(",") if word]
    chosen = [
        cell
        for cell in cells([int(size) for size in knobs.sizes.split(",")], knobs.hf)
        if not words or any(word in cell.name for word in words)
    ]
    if knobs.list:
        print("\n".join(cell.name for cell in chosen))
        return
    names = ("levels", "repeat", "seed", "base_url", "model", "gguf", "temperature", "max_tokens", "concurrency")
    values = {name: getattr(knobs, name) for name in (*names, "at_once", "out")}
    config = EvalConfig(set=f"lab:test:count={knobs.limit}", **values)
    backend, options = backend_of(knobs, config)
    with EvalProgress(live=sys.stderr.isatty()) as progress:
        watching: dict[str, Any] = {"begin": progress.begin, "watch": progress.watch, "report": progress.report}
        summary = asyncio.run(evaluate(config, cells=chosen, backend=backend, **watching, **options))
    write_tables(summary, Path(knobs.out))
    show_summary(summary)
    for path in write_report([knobs.out]):
        print(path)


if __name__ == "__main__":
    main()
