"""Run the trained model on development and test problems and write down everything that the tables need.

    python -m evals.lab_model.measure --folder RUN --out OUT       # or --gguf ttc/lab/weights/ttc-lab.gguf: what ships

With --grid, development problems of all kinds and raw difficulties: the levels of ttc/lab/levels.py are chosen by
them. Then, without it, the levels on development and test problems; tables.py makes the tables. The weights are
quantised first: everything is measured with the numbers that ship.
"""

import argparse
import functools
import itertools
import json
import multiprocessing
import time
from collections.abc import Callable, Iterable
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from evals.lab_model import quantise, tokenizer
from evals.lab_model.batches import score_batch, score_document
from evals.lab_model.chat import END, SCORE, encode, prompt_text
from evals.lab_model.loss import score_logits
from evals.lab_model.model import LabModel, Shape
from evals.lab_model.sample import sample
from evals.lab_model.tasks import Labelled, Scored, label
from evals.lab_model.to_hf import read
from ttc import prompts
from ttc.lab.check import boxed
from ttc.lab.families import FAMILIES, HARDEST
from ttc.lab.levels import LEVELS
from ttc.lab.problems import LabProblem, generate, generate_raw

Arrays = dict[str, NDArray[np.generic]]
Starmap = Callable[..., Iterable[LabProblem]]
NO_ANSWER = -(2**62)
TEMPERATURE = 0.8
EASIEST = 6  # of the grid: what is easier is solved nearly always


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--folder", type=Path, help="of training")
    source.add_argument("--gguf", type=Path, help="the finished file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--problems", type=int, default=20, help="test problems for each family and level or difficulty"
    )
    parser.add_argument("--grid", action="store_true", help="measure raw difficulties, to choose the levels by")
    parser.add_argument("--splits", default="dev,test", help="whose levels are measured")
    parser.add_argument("--pack-only", action="store_true", help="leave the quantised weights in --folder, and end")
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--workers", type=int, default=14)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    weights = read(args.gguf)[0] if args.gguf else quantised(args.folder)
    if args.pack_only:
        return
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        bench = Bench(weights, args.layers, pool)
        if args.grid:
            bench.measure("dev_grid", on_grid("dev", args.problems, pool.starmap), max(2, args.draws // 4), args.out)
        else:
            for split in args.splits.split(","):
                draws = args.draws if split == "test" else max(2, args.draws // 4)
                bench.measure(split, on_levels(split, args.problems, pool.starmap), draws, args.out)


def quantised(folder: Path) -> dict[str, NDArray[np.float32]]:
    """The trained weights as q8_0 keeps them; the packed file is left in the folder for to_gguf.py."""
    weights = folder / "weights.npz"
    if not weights.exists():
        state = torch.load(folder / "state.pt", map_location="cpu")["model"]
        quantise.save({name: weight.float().numpy() for name, weight in state.items()}, weights)
    return quantise.load(weights)


def on_grid(split: str, count: int, starmap: Starmap = itertools.starmap) -> list[LabProblem]:
    """`count` problems of each kind and raw difficulty."""
    kinds = [(family, kind) for family in sorted(FAMILIES) for kind in FAMILIES[family]]
    cells = itertools.product(kinds, range(EASIEST, HARDEST + 1), range(count))
    return list(starmap(generate_raw, ((f, difficulty, seed, split, kind) for (f, kind), difficulty, seed in cells)))


def on_levels(split: str, count: int, starmap: Starmap = itertools.starmap) -> list[LabProblem]:
    """`count` problems of each family and level."""
    return list(starmap(generate, itertools.product(sorted(FAMILIES), LEVELS, range(count), (split,))))


def prepare(work: tuple[LabProblem, list[str]]) -> list[tuple[Labelled, int, object]]:
    """Labels, the boxed integer and the score document of each text (in a worker process)."""
    problem, texts = work
    out: list[tuple[Labelled, int, object]] = []
    for text in texts:
        labelled, answer = label(problem, text), boxed(text)
        value = int(answer) if answer and answer.lstrip("-").isdigit() and len(answer) < 18 else NO_ANSWER
        scored = Scored(problem.prompt + prompts.SOLVE, tuple(_steps(text)), labelled.steps_right)
        document = score_document(_words(), scored) if scored.steps else None
        out.append((labelled, value, document))
    return out


def _steps(text: str) -> list[str]:
    return [step.strip() for step in text.split("\n\n") if step.strip()]


@functools.cache
def _words() -> "tokenizer.Tokenizer":
    return tokenizer.load()


class Bench:
    """The quantised model on this machine's device, in half precision on a GPU."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], layers: int, pool: Pool) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = LabModel(Shape(layers=layers))
        self.model.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
        self.model = self.model.to(self.device).eval()
        if self.device.type == "cuda":
            self.model = self.model.half()
        self.words, self.pool = tokenizer.load(), pool
        self.generator = torch.Generator(self.device).manual_seed(20)

    def write(self, users: list[str], temperature: float, limit: int, rows: int = 8192) -> tuple[list[str], list[int]]:
        """Replies to user messages and their lengths in tokens (the end token counted)."""
        cached = {user: encode(self.words, prompt_text(user)) for user in set(users)}
        asked = [cached[user] for user in users]
        end = self.words.token_to_id(END)
        replies = sample(self.model, asked, temperature, limit, end, self.generator, rows)
        return self.words.decode_batch(replies, skip_special_tokens=True), [len(reply) + 1 for reply in replies]

    def measure(self, name: str, problems: list[LabProblem], draws: int, out: Path) -> None:
        """Everything about the problems; of the grid neither judging nor step scores."""
        start = time.monotonic()
        users = [problem.prompt + prompts.SOLVE for problem in problems]
        texts, lengths = self.write([user for user in users for _ in range(draws)], TEMPERATURE, 640)
        greedy, _ = self.write(users, 0.0, 640)
        seconds = time.monotonic() - start
        print(f"{name}: {sum(lengths) / 1e6:.1f} M tokens drawn in {seconds:.0f} s", flush=True)
        work = [(p, [*texts[i * draws : (i + 1) * draws], greedy[i]]) for i, p in enumerate(problems)]
        prepared = self.pool.map(prepare, work, chunksize=32)
        cells = [row[:draws] for row in prepared]
        arrays: Arrays = {
            "family": np.array([sorted(FAMILIES).index(p.family) for p in problems], np.int8),
            "kind": np.array([p.kind for p in problems]),
            "level": np.array([p.level for p in problems], np.int8),
            "difficulty": np.array([p.difficulty for p in problems], np.int8),
            "right": np.array([[c[0].right for c in row] for row in cells]),
            "answer": np.array([[c[1] for c in row] for row in cells], np.int64),
            "tokens": np.array(lengths, np.int16).reshape(len(problems), draws),
            "greedy": np.array([row[draws][0].right for row in prepared]),
        }
        if name != "dev_grid":
            arrays |= self.scores([c for row in cells for c in row], draws)
            few = [[c[0] for c in row[:8]] for row in cells]
            arrays |= self.verified(problems, few)
            arrays |= self.compared(problems, few)
            arrays |= self.refined(problems, [row[:3] for row in few], out / f"reports_{name}.json")
        np.savez_compressed(out / f"{name}.npz", **arrays)
        print(f"{name}: all done after {time.monotonic() - start:.0f} s", flush=True)

    def scores(self, cells: list[tuple[Labelled, int, object]], draws: int) -> Arrays:
        """P(right so far) after every step: the last and the least of each solution, all of them flat."""
        chances: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(cells)
        usable = sorted((i for i, c in enumerate(cells) if c[2]), key=lambda i: len(cells[i][2][0]))  # type: ignore[index]
        for at in range(0, len(usable), 256):
            part = usable[at : at + 256]
            documents = [cells[i][2] for i in part]
            width = -(-max(len(d[0]) + len(d[1]) for d in documents) // 32) * 32  # type: ignore[index]
            batch = score_batch(documents, width, self.words.token_to_id(SCORE))  # type: ignore[arg-type]
            flat = self.score_chances(batch.ids, batch.ends, batch.labels)
            for i, document in zip(part, documents, strict=True):
                size = len(document[1])  # type: ignore[index]
                chances[i], flat = flat[:size], flat[size:]
        flags = [c[0].steps_right if len(p) else () for c, p in zip(cells, chances, strict=True)]
        counts = np.array([len(p) for p in chances], np.int16)
        return {
            "step_count": counts.reshape(-1, draws),
            "step_chance": np.concatenate(chances).astype(np.float16),
            "step_right": np.array([flag for row in flags for flag in row], bool),
        }

    @torch.no_grad()
    def score_chances(
        self, ids: NDArray[np.uint16], ends: NDArray[np.int16], labels: NDArray[np.int8]
    ) -> NDArray[np.float32]:
        """P("+") against P("-") of each score token, row by row."""
        moved = [torch.from_numpy(array.astype("int64")).to(self.device) for array in (ids, ends, labels)]
        logits = score_logits(self.model, moved[0], moved[1], moved[2] >= 0)
        return self.against(logits, "+", "-")

    def against(self, logits: torch.Tensor, yes: str, no: str) -> NDArray[np.float32]:
        gap = logits[:, self.words.token_to_id(yes)] - logits[:, self.words.token_to_id(no)]
        return torch.sigmoid(gap).cpu().numpy()

    @torch.no_grad()
    def first_logits(self, users: list[str]) -> torch.Tensor:
        """Logits [n, vocab] of the reply's first token; nan where the prompt is too long."""
        asked = [encode(self.words, prompt_text(user)) for user in users]
        out = torch.full((len(users), self.model.shape.vocab), float("nan"), device=self.device)
        order = sorted(
            (i for i in range(len(asked)) if len(asked[i]) < self.model.shape.context), key=lambda i: len(asked[i])
        )
        for at in range(0, len(order), 128):
            part = order[at : at + 128]
            ids = torch.zeros(len(part), max(len(asked[i]) for i in part), dtype=torch.long)
            for row, i in enumerate(part):
                ids[row, : len(asked[i])] = torch.tensor(asked[i])
            ends = torch.tensor([len(asked[i]) - 1 for i in part], device=self.device)
            hidden = self.model(ids.to(self.device))[torch.arange(len(part), device=self.device), ends]
            out[part] = self.model.logits(hidden)
        return out

    def verified(self, problems: list[LabProblem], few: list[list[Labelled]]) -> Arrays:
        """P(Yes) for each of the first candidates."""
        users = [
            prompts.VERIFY.format(problem=p.prompt, solution=prompts.quote(c.text))
            for p, row in zip(problems, few, strict=True)
            for c in row
        ]
        chance = self.against(self.first_logits(users), "Yes", "No")
        return {"verify": chance.reshape(len(problems), -1).astype(np.float16)}

    def compared(self, problems: list[LabProblem], few: list[list[Labelled]]) -> Arrays:
        """P(1), P(2), P(tie) for one pair of each problem, in both orders; right/wrong pairs where there is one."""
        users, pairs = [], []
        for index, (p, row) in enumerate(zip(problems, few, strict=True)):
            i, j = next(
                ((i, j) for i, a in enumerate(row) for j, b in enumerate(row) if a.right and not b.right), (0, 1)
            )
            pairs.append((index, i, j))
            for first, second in ((row[i], row[j]), (row[j], row[i])):
                form = {"first": prompts.quote(first.text), "second": prompts.quote(second.text)}
                users.append(prompts.COMPARE.format(problem=p.prompt, **form))
        tokens = [self.words.token_to_id(word) for word in ("1", "2", "tie")]
        chances = self.first_logits(users).softmax(-1)[:, tokens].cpu().numpy().reshape(-1, 2, 3)
        return {"pair": np.array(pairs, np.int32), "pair_chance": chances.astype(np.float16)}

    def refined(self, problems: list[LabProblem], few: list[list[Labelled]], out: Path) -> Arrays:
        """Greedy report on some candidates, then a greedy refinement with that report."""
        cells = [(p, c) for p, row in zip(problems, few, strict=True) for c in row]
        forms = [{"problem": p.prompt, "solution": prompts.quote(c.text)} for p, c in cells]
        reports, _ = self.write([prompts.CRITIQUE.format(**form) for form in forms], 0.0, 260, 4096)
        users = [
            prompts.REFINE.format(**form, critique=prompts.quote(r)) for form, r in zip(forms, reports, strict=True)
        ]
        fitting = [i for i, user in enumerate(users) if len(encode(self.words, prompt_text(user))) < 1400]
        texts, _ = self.write([users[i] for i in fitting], 0.0, 640, 4096)
        after = np.full(len(cells), -1, np.int8)
        for i, text in zip(fitting, texts, strict=True):
            after[i] = label(cells[i][0], text).right
        keep = [
            (p.id, c.text, r, c.right, int(a))
            for (p, c), r, a in list(zip(cells, reports, after, strict=True))[:: max(1, len(cells) // 60)]
        ]
        out.write_text(json.dumps(keep, indent=1))
        verdict = np.array(["Verdict: Yes" in r[-14:] for r in reports])
        shape = (len(problems), -1)
        return {"report_yes": verdict.reshape(shape), "refined": after.reshape(shape)}


if __name__ == "__main__":
    main()
