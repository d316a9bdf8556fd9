"""What measure.py drew on test problems as a pool of recorded samples, for `ttc eval --pool` and the tables.

    python -m evals.lab_model.pool OUT/test.npz evals/results/lab_pool.jsonl.gz

Of each text only the boxed answer is kept (a text without one was cut at 640 tokens), with its length in tokens and the
process reward model's score of the last step, as `prm`.
"""

import argparse
import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from evals.lab_model.measure import NO_ANSWER, on_levels
from ttc.lab.families import FAMILIES
from ttc.lab.levels import LEVELS


def last_scores(counts: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """The score of each solution's last step, in the shape of `counts`; nan where its steps could not be scored."""
    flat = counts.ravel().astype(int)
    ends = np.cumsum(flat)
    return np.where(flat > 0, chances[np.maximum(ends, 1) - 1], np.nan).reshape(counts.shape)


def sample(answer: int, tokens: int, score: float) -> dict[str, Any]:
    """One row of the pool."""
    if answer == NO_ANSWER:
        return {"text": "", "tokens": tokens, "finish": "length"}
    row: dict[str, Any] = {"text": f"\\boxed{{{answer}}}", "tokens": tokens, "finish": "stop"}
    return row if math.isnan(score) else {**row, "scores": {"prm": round(score, 4)}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arrays", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    with np.load(args.arrays) as file:
        data = {name: file[name] for name in file.files}
    problems = on_levels("test", len(data["right"]) // len(FAMILIES) // len(LEVELS))
    scores = last_scores(data["step_count"], data["step_chance"].astype(float))
    with gzip.GzipFile(args.out, "wb", mtime=0) as packed:
        for i, problem in enumerate(problems):
            right = data["answer"][i] == int(problem.answer)
            if not (right == data["right"][i]).all():
                raise SystemExit(f"{problem.id}: the arrays are of other problems or weights")
            cells = zip(data["answer"][i].tolist(), data["tokens"][i].tolist(), scores[i].tolist(), strict=True)
            row = {
                "id": problem.id, "problem": problem.prompt, "gold": problem.answer, "level": problem.level,
                "subject": problem.family, "prompt_tokens": 0, "samples": [sample(*cell) for cell in cells],
            }  # fmt: skip
            packed.write((json.dumps(row, separators=(",", ":")) + "\n").encode())
    print(f"{len(problems)} problems, {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
