"""Step search at equal widths: accuracy against generated tokens and against the key-value tokens that steps hold.

python evals/tables/step_search.py --backend simulated --problems 60 --out DIR

Run it again with the same --out to go on where it stopped, or with --problems 0 to write the table only. --backend is
"simulated", "lab" (the model that ships with ttc) or whatever `ttc solve --backend` takes; the verifier is `prm`, the
model itself. --hf FOLDER, written by evals/lab_model/to_hf.py, adds ST-BoN with hidden states of a replay.

Held tokens are those of the prefixes of all unfinished solutions after a step, without the prompt, shared ones once.
Solutions drawn whole are taken to grow a step at a time too, their tokens spread over steps by characters.
"""

import asyncio
import json
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from equal_tokens import DRAWS, Line, lines
from strategies import parser_of, problems_of, read, row_of, simulated

import ttc
from ttc.lab import SCORE_TOKEN, LabProblem
from ttc.strategies import Beam, BestOfN, Dvts, Ets, ParticleFilter, ParticleGibbs, Rebase, StBon, StBonText, Strategy
from ttc.types import Problem

WIDTHS = (4, 8, 16, 32, 64)
LAMBDA_D = {4: 1.5, 8: 1.5, 16: 1.5, 32: 1.45, 64: 1.4}  # published at 16 and 64, taken over for their neighbours


def settings_of(widths: list[int], folder: Path | None) -> dict[str, tuple[Strategy, dict[str, Any]]]:
    """Name -> strategy and its options."""
    prm, found = {"verifier": "prm"}, dict[str, tuple[Strategy, dict[str, Any]]]()
    for n in widths:
        found |= {
            f"best_of_n n={n}": (BestOfN(n=n), prm),
            f"weighted vote n={n}": (BestOfN(n=n, weight="answer"), prm),
            f"beam n={n}": (Beam(n=n), prm),
            f"dvts n={n}": (Dvts(n=n), prm),
            f"rebase n={n}": (Rebase(n=n), prm),
            f"ets n={n}": (Ets(n=n, lambda_d=LAMBDA_D.get(n, 1.4)), prm),
            f"ets lambda_d=0 n={n}": (Ets(n=n, lambda_d=0.0), prm),
            f"particle_filter best n={n}": (ParticleFilter(n=n), prm),
            f"particle_filter vote n={n}": (ParticleFilter(n=n, pick="vote"), prm),
            f"particle_filter prob vote n={n}": (ParticleFilter(n=n, weight="prob", pick="vote"), prm),
            f"particle_gibbs 2 sweeps n={n}": (ParticleGibbs(n=n // 2), prm),
        }
        if n >= 3:
            found[f"st_bon_text n={n}"] = (StBonText(n=n), {})
        if n >= 3 and folder is not None:
            from ttc.hidden import ReplayLlama

            found[f"st_bon n={n}"] = (StBon(n=n, hidden=ReplayLlama(folder)), {})
    return found


def held(result: ttc.Result) -> list[float]:
    """Tokens held after each step."""
    if steps := result.trace.named("step"):
        return [float(event.data["held"]) for event in steps]
    rows: dict[int, float] = {}
    for candidate in result.candidates:
        pieces = candidate.text.split("\n\n")
        ends = accumulate(candidate.output_tokens * len(piece) / max(1, len(candidate.text)) for piece in pieces)
        for step, tokens in enumerate([*ends][:-1]):
            rows[step] = rows.get(step, 0.0) + tokens
    return [*rows.values(), 0.0]


async def run(problems: list[LabProblem], backend: Any, settings: dict[str, Any], path: Path, knobs: Any) -> None:
    """Run what the file does not have yet."""
    rows = read(path)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")  # without a broken last line
    done = {(row["setting"], row["problem"]) for row in rows}
    by_id = {problem.id: problem for problem in problems}
    sampling = ttc.Sampling(max_tokens=knobs.max_tokens, temperature=knobs.temperature)
    for name, (strategy, options) in settings.items():
        todo = [Problem(p.prompt, id=p.id) for p in problems if (name, p.id) not in done]
        common = {"seed": knobs.seed, "sampling": sampling, "concurrency": knobs.concurrency}
        async with ttc.Solver(strategy, backend=backend, **common, **options) as solver:
            async for result in solver.solve_many(todo, at_once=knobs.at_once):
                kept = held(result)
                solving = result.cost_by_kind.get("solve", ttc.Cost())
                row = row_of(name, result, by_id[result.problem.id]) | {
                    "held_mean": sum(kept) / len(kept), "held_peak": max(kept), "solve_tokens": solving.output_tokens,
                    "solve_prompt": solving.prompt_tokens, "solve_cached": solving.cached_tokens,
                }  # fmt: skip
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
        print(f"{name}: {len(todo)} new runs", flush=True)


class Columns:
    """Values [problems] of a field for each setting, over the problems that all settings have finished."""

    def __init__(self, rows: list[dict[str, Any]], seed: int = 0):
        self.by_key = {(row["setting"], row["problem"]): row for row in rows}
        self.settings = list(dict.fromkeys(row["setting"] for row in rows))
        names = sorted({row["problem"] for row in rows})
        self.names = [name for name in names if all((s, name) in self.by_key for s in self.settings)]
        self.draws = np.random.default_rng(seed).integers(len(self.names), size=(DRAWS, len(self.names)))

    def of(self, setting: str, field: str) -> Any:
        return np.array([float(self.by_key[setting, name][field]) for name in self.names])


def table(found: list[Line], columns: Columns) -> str:
    """Markdown, in order of the generated tokens."""
    out = [
        "| setting | accuracy (95 %) | output tokens | held, mean | held, peak | prompt | of it cached | calls | "
        "against weighted votes at equal tokens |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in sorted(found, key=lambda line: line.tokens):
        low, high = line.interval
        gain = f"{100 * line.gain:+.1f} ({100 * line.gain_interval[0]:+.1f} to {100 * line.gain_interval[1]:+.1f})"
        mean, peak, prompt, cached = (
            columns.of(line.setting, field).mean()
            for field in ("held_mean", "held_peak", "solve_prompt", "solve_cached")
        )
        out.append(
            f"| {line.setting} | {100 * line.accuracy:.1f} ({100 * low:.1f} to {100 * high:.1f}) | {line.tokens:.0f} | "
            f"{mean:.0f} | {peak:.0f} | {prompt:.0f} | {cached / max(1, prompt):.0%} | {line.calls:.0f} | "
            f"{'' if np.isnan(line.gain) else gain} |"
        )
    return "\n".join(out) + "\n"


def csv(found: list[Line], columns: Columns) -> str:
    """The same numbers for machines."""
    extra = ("solve_tokens", "held_mean", "held_peak", "solve_prompt", "solve_cached")
    out = [",".join(("setting", "problems", "accuracy", "low", "high", "output_tokens", "calls", *extra))]
    for x in found:
        more = [columns.of(x.setting, field).mean() for field in extra]
        out.append(",".join(map(str, (x.setting, x.problems, x.accuracy, *x.interval, x.tokens, x.calls, *more))))
    return "\n".join(out) + "\n"


def memory_ratio(columns: Columns, first: str, second: str) -> str:
    """How much less the second holds on average, and what it costs in accuracy, with paired intervals."""
    a, b = (columns.of(name, "held_mean") for name in (first, second))
    gain = columns.of(second, "right") - columns.of(first, "right")
    ratios = [a[d].mean() / max(b[d].mean(), 1e-9) for d in columns.draws]
    low, high = np.percentile(ratios, [2.5, 97.5])
    worst, best = np.percentile(gain[columns.draws].mean(axis=1), [2.5, 97.5])
    return (
        f"- {second} holds {a.mean() / max(b.mean(), 1e-9):.2f} ({low:.2f} to {high:.2f}) times less than {first}, at "
        f"{100 * gain.mean():+.1f} ({100 * worst:+.1f} to {100 * best:+.1f}) points of accuracy\n"
    )


def fewer(columns: Columns, better: str, other: str, widths: list[int]) -> str:
    """How many times the width `other` needs to be as accurate as `better`, by its own curve over log width."""
    out = ""
    x = np.log(widths)
    right = np.maximum.accumulate([columns.of(f"{other} n={n}", "right").mean() for n in widths])
    for n in widths:
        goal = columns.of(f"{better} n={n}", "right").mean()
        above = [i for i, value in enumerate(right) if value >= goal]
        if not above:
            out += f"- {other} does not reach {better} n={n} ({100 * goal:.1f} %) at any width up to {widths[-1]}\n"
            continue
        at, sign = x[above[0]], "<=" if above[0] == 0 else "="
        for (x0, y0), (x1, y1) in pairwise(zip(x, right, strict=True)):
            if y0 < goal <= y1:
                at = x0 + (goal - y0) / (y1 - y0) * (x1 - x0)
        out += f"- {other} is as accurate as {better} n={n} ({100 * goal:.1f} %) at n {sign} {np.exp(at):.1f}\n"
    return out


def report(path: Path, out: Path, widths: list[int]) -> str:
    """Write the tables of what has been run."""
    rows = read(path)
    columns = Columns(rows)
    found = lines(rows, [f"weighted vote n={n}" for n in widths])
    text = table(found, columns) + "\n"
    for n in widths:
        for second in (f"ets n={n}", f"ets lambda_d=0 n={n}"):
            if {second, f"rebase n={n}"} <= set(columns.settings):
                text += memory_ratio(columns, f"rebase n={n}", second)
    for better in ("particle_filter best", "particle_filter vote", "rebase"):
        if all(f"{name} n={n}" in columns.settings for name in (better, "beam") for n in widths):
            text += fewer(columns, better, "beam", widths)
    (out / "step_search.md").write_text(text, encoding="utf-8")
    (out / "step_search.csv").write_text(csv(found, columns), encoding="utf-8")
    return text


def main() -> None:
    parser = parser_of(__doc__, 60)
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--hf", type=Path, default=None, help="folder of the same weights, for st_bon")
    knobs = parser.parse_args()
    knobs.out.mkdir(parents=True, exist_ok=True)
    widths = [int(n) for n in knobs.widths.split(",")]
    words = [word for word in knobs.only.split(",") if word]
    settings = {
        name: pair
        for name, pair in settings_of(widths, knobs.hf).items()
        if not words or any(word in name for word in words)
    }
    problems = problems_of(knobs.problems, [int(level) for level in knobs.levels.split(",")])
    backend = None if knobs.backend == "lab" else knobs.backend
    if knobs.backend == "simulated":
        backend = simulated(problems)
        backend.score_tag = SCORE_TOKEN
    path = knobs.out / "step_search.jsonl"
    if problems:
        asyncio.run(run(problems, backend, settings, path, knobs))
    print(report(path, knobs.out, widths))


if __name__ == "__main__":
    main()
