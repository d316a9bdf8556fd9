"""Tables with intervals from what measure.py wrote down.

    python -m evals.lab_model.tables --out OUT --results evals/lab_model/results

Intervals are 95 % percentile bootstraps over problems (all candidates of a problem stay together).
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.lab_model.measure import NO_ANSWER
from ttc.verifiers.discrimination import auc

Rows = NDArray[np.int64]
Data = dict[str, NDArray[np.generic]]
SIZES = (1, 2, 4, 8, 16, 32, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder that measure.py wrote")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--name", default="test")
    args = parser.parse_args()
    with np.load(args.out / f"{args.name}.npz") as file:
        table = Table({name: file[name] for name in file.files})
    result = table.everything()
    args.results.mkdir(parents=True, exist_ok=True)
    (args.results / f"{args.name}.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.results / f"{args.name}.md").write_text(markdown(result))
    plot(result["curve"], args.results / f"{args.name}.svg")
    print(markdown(result))


def calibration_error(chance: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over equal-width bins."""
    which = np.clip((chance * bins).astype(int), 0, bins - 1)
    return float(
        sum(abs(chance[which == b].sum() - right[which == b].sum()) for b in range(bins)) / max(1, chance.size)
    )


class Table:
    """All statistics as functions of a choice of problems, so that one bootstrap serves all of them."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.problems, self.draws = data["right"].shape
        self.right = data["right"].astype(bool)
        self.rng = np.random.default_rng(1)
        counts = data["step_count"].sum(1)
        self.step_starts = np.concatenate(([0], np.cumsum(counts)))
        self._votes()
        self._scores()

    def _votes(self, tries: int = 30) -> None:
        """Chance that the vote of n candidates is right, for every problem, over random choices of n."""
        answer = self.data["answer"]
        self.majority = np.zeros((len(SIZES), self.problems))
        for at, size in enumerate(SIZES):
            for row in range(self.problems):
                for _ in range(tries if size < self.draws else 1):
                    self.majority[at, row] += self._vote(answer[row], self.right[row], size)
                self.majority[at, row] /= tries if size < self.draws else 1

    def _vote(self, answer: NDArray[np.generic], right: NDArray[np.bool_], size: int) -> float:
        chosen = self.rng.permutation(self.draws)[:size]
        chosen = chosen[answer[chosen] != NO_ANSWER]
        if not chosen.size:
            return 0.0
        _, first, counts = np.unique(answer[chosen], return_index=True, return_counts=True)
        best = counts == counts.max()
        return float(right[chosen[first[best]]].mean())

    def _scores(self) -> None:
        """Each candidate's last and least step score; nan where its steps could not be scored."""
        chance, counts = self.data["step_chance"].astype(float), self.data["step_count"].ravel().astype(int)
        ends = np.cumsum(counts)
        self.last, self.least = np.full(counts.size, np.nan), np.full(counts.size, np.nan)
        for i in np.flatnonzero(counts):
            steps = chance[ends[i] - counts[i] : ends[i]]
            self.last[i], self.least[i] = steps[-1], steps.min()
        self.last, self.least = self.last.reshape(self.right.shape), self.least.reshape(self.right.shape)

    def best_of(self, rows: Rows, size: int) -> float:
        """Accuracy of the candidate with the highest last step score among the first n (in four blocks at most)."""
        blocks = max(1, min(4, self.draws // size))
        filled = np.where(np.isnan(self.last) | (self.data["answer"] == NO_ANSWER), -1.0, self.last)
        hits = []
        for block in range(blocks):
            part = slice(block * size, (block + 1) * size)
            best = filled[rows, part].argmax(1)
            hits.append(self.right[rows, part][np.arange(rows.size), best].mean())
        return float(np.mean(hits))

    def weighted(self, rows: Rows, size: int) -> float:
        """Accuracy of the vote weighted by last step scores among the first n (in four blocks at most)."""
        hits = []
        for block in range(max(1, min(4, self.draws // size))):
            part = slice(block * size, (block + 1) * size)
            hits += [self._weighted(row, part) for row in rows]
        return float(np.mean(hits))

    def _weighted(self, row: int, part: slice) -> float:
        answers, scores = self.data["answer"][row, part], self.last[row, part]
        known = (answers != NO_ANSWER) & ~np.isnan(scores)
        if not known.any():
            return 0.0
        found, first, which = np.unique(answers[known], return_index=True, return_inverse=True)
        best = np.bincount(which, scores[known], found.size).argmax()
        return float(self.right[row, part][known][first[best]])

    def steps(self, rows: Rows) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        where = np.concatenate([np.arange(self.step_starts[row], self.step_starts[row + 1]) for row in rows])
        return self.data["step_chance"][where].astype(float), self.data["step_right"][where].astype(bool)

    def verify_auc(self, rows: Rows) -> float:
        score = self.data["verify"][rows].astype(float)
        known = ~np.isnan(score)
        return auc(score[known], self.right[rows, : score.shape[1]][known])

    def pairs(self, rows: Rows) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """For right/wrong pairs: preference for the right one with both orders together, and the chances [m, 2, 3]."""
        pair, chance = self.data["pair"][rows], self.data["pair_chance"][rows].astype(float)
        mixed = self.right[pair[:, 0], pair[:, 1]] & ~self.right[pair[:, 0], pair[:, 2]] & ~np.isnan(chance[:, 0, 0])
        chance = chance[mixed]
        return chance[:, 0, 0] + chance[:, 1, 1] - chance[:, 0, 1] - chance[:, 1, 0], chance

    def changed(self, rows: Rows, before: bool, gated: bool = False) -> float:
        """P(answer changes its rightness by a refinement | it was `before`); gated: kept where the report says Yes."""
        after = self.data["refined"][rows]
        right = self.right[rows, : after.shape[1]]
        chosen = (after >= 0) & (right == before)
        if gated:
            after = np.where(self.data["report_yes"][rows], right, after)
        return float((after[chosen] != before).mean())

    def interval(self, statistic: Callable[[Rows], float], rows: Rows, times: int = 300) -> list[float]:
        """Value, and the 95 % interval."""
        draws = [statistic(self.rng.choice(rows, rows.size)) for _ in range(times)]
        low, high = np.nanpercentile(draws, (2.5, 97.5))
        return [round(float(x), 4) for x in (statistic(rows), low, high)]

    def everything(self) -> dict[str, object]:
        every = np.arange(self.problems)
        half = SIZES.index(32)
        levels = {
            str(level): {
                "problems": int((self.data["level"] == level).sum()),
                "pass@1": self.interval(lambda r: self.right[r].mean(), every[self.data["level"] == level]),
                "majority@32": self.interval(
                    lambda r: self.majority[half][r].mean(), every[self.data["level"] == level]
                ),
                "oracle@64": self.interval(lambda r: self.right[r].any(1).mean(), every[self.data["level"] == level]),
            }
            for level in sorted(set(self.data["level"].tolist()))
        }
        judging = {
            "pass@1": lambda r: self.right[r].mean(),
            "greedy": lambda r: self.data["greedy"][r].mean(),
            "majority@32": lambda r: self.majority[half][r].mean(),
            "majority@32 - pass@1": lambda r: self.majority[half][r].mean() - self.right[r].mean(),
            "oracle@64": lambda r: self.right[r].any(1).mean(),
            "best of 32 by the last step score": lambda r: self.best_of(r, 32),
            "verify AUC": self.verify_auc,
            "compare, right on right/wrong pairs": lambda r: float((self.pairs(r)[0] > 0).mean()),
            "compare, P(1) - P(2) (position bias)": lambda r: float(
                np.subtract(*self.pairs(r)[1][..., :2].mean((0, 1)))
            ),
            "report verdict accuracy": lambda r: float((self.data["report_yes"][r] == self.right[r, :3]).mean()),
            "refine P(wrong to right)": lambda r: self.changed(r, False),
            "refine P(right to wrong)": lambda r: self.changed(r, True),
            "refine where its own report says No, P(wrong to right)": lambda r: self.changed(r, False, gated=True),
            "refine where its own report says No, P(right to wrong)": lambda r: self.changed(r, True, gated=True),
            "step score AUC": lambda r: auc(*self.steps(r)),
            "step score calibration error": lambda r: calibration_error(*self.steps(r)),
        }
        overall = {name: self.interval(f, every, 100 if "step" in name else 300) for name, f in judging.items()}
        tokens = float(self.data["tokens"].mean())
        curve = [
            {
                "n": size,
                "tokens": round(size * tokens),
                "majority": round(float(self.majority[i].mean()), 4),
                "best of n": round(self.best_of(every, size), 4),
                "weighted": round(self.weighted(every, size), 4),
                "oracle": round(float(self.right[:, :size].any(1).mean()), 4),
            }
            for i, size in enumerate(SIZES)
        ]
        return {"problems": self.problems, "draws": self.draws, "levels": levels, "overall": overall, "curve": curve}


def _cell(values: list[float]) -> str:
    return f"{values[0]:.3f} [{values[1]:.3f}, {values[2]:.3f}]"


def markdown(result: dict) -> str:  # type: ignore[type-arg]
    lines = [
        f"{result['problems']} problems, {result['draws']} candidates each at temperature 0.8; 95 % intervals.",
        "",
    ]
    lines += ["| level | problems | pass@1 | majority@32 | oracle@64 |", "|---|---|---|---|---|"]
    for level, row in result["levels"].items():
        cells = (_cell(row[name]) for name in ("pass@1", "majority@32", "oracle@64"))
        lines.append(f"| {level} | {row['problems']} | " + " | ".join(cells) + " |")
    lines += ["", "| overall | value |", "|---|---|"]
    lines += [f"| {name} | {_cell(values)} |" for name, values in result["overall"].items()]
    lines += [
        "",
        "| n | tokens | majority | weighted vote | best of n by step score | oracle |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['n']} | {row['tokens']} | {row['majority']:.3f} | {row['weighted']:.3f} | {row['best of n']:.3f} "
        f"| {row['oracle']:.3f} |"
        for row in result["curve"]
    ]
    return "\n".join(lines) + "\n"


def plot(curve: list[dict[str, float]], path: Path) -> None:
    """Accuracy against tokens a problem (log axis)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4))
    tokens = [row["tokens"] for row in curve]
    names = {
        "majority": "self-consistency",
        "weighted": "vote weighted by the PRM",
        "best of n": "best of n by the PRM",
    }
    for key, name in names.items():
        axes.plot(tokens, [row[key] for row in curve], marker="o", label=name)
    axes.plot(tokens, [row["oracle"] for row in curve], linestyle=":", color="gray", label="oracle (any right)")
    axes.axhline(curve[0]["majority"], linewidth=0.8, color="black", label="pass@1")
    axes.set_xscale("log")
    axes.set(xlabel="output tokens a problem", ylabel="accuracy", title="The laboratory model on test problems")
    axes.legend()
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main()
