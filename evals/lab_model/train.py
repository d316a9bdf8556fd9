"""Train the laboratory model: solve first, then judge what it wrote itself. One GPU, about 16 minutes.

    python -m evals.lab_model.train --folder RUN --stage solve  --seconds 330
    python -m evals.lab_model.train --folder RUN --stage draw   --round 0
    python -m evals.lab_model.train --folder RUN --stage judge  --round 0 --seconds 150
    (draw and judge again with --round 1), then evals.lab_model.measure

The learning rate follows the clock, so a stage ends on time whatever the machine's speed; each stage starts from the
last checkpoint in the folder.
"""

import argparse
import itertools
import json
import pickle
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer

from evals.lab_model import tokenizer
from evals.lab_model.batches import TextBatch
from evals.lab_model.chat import END, encode, prompt_text
from evals.lab_model.data import Batch, Drawn, Workers, judge_chunk, solve_chunk, train_problem
from evals.lab_model.loss import score_loss, text_loss
from evals.lab_model.model import LabModel, Shape
from evals.lab_model.sample import sample
from evals.lab_model.tasks import ask
from evals.lab_model.to_hf import read
from ttc import prompts
from ttc.lab.problems import LabProblem

WARM = 8


def main() -> None:
    args = parse()
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    args.folder.mkdir(parents=True, exist_ok=True)
    {"solve": solve_stage, "draw": draw_stage, "judge": judge_stage}[args.stage](args)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--stage", choices=("solve", "draw", "judge"), required=True)
    parser.add_argument("--round", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=2, help="of drawing and judging; the rate falls over all of them")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate; 1.2e-3 in judging")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=14)
    parser.add_argument("--tokens", type=int, default=65536, help="tokens in a batch")
    parser.add_argument("--problems", type=int, default=20_000, help="training problems that `draw` solves")
    parser.add_argument("--draws", type=int, default=6, help="solutions for each of them")
    parser.add_argument("--chunk", type=int, default=2000, help="documents in a piece of work")
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--start", type=Path, help="a GGUF to go on from where the folder has no state")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load(folder: Path, layers: int = 8, first: Path | None = None) -> tuple[LabModel, torch.optim.AdamW]:
    """The newest state in the folder; where there is none, the GGUF `first` with a new optimizer, or a fresh model."""
    model = LabModel(Shape(layers=layers)).to(device())
    matrices = [p for p in model.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), fused=device().type == "cuda")
    path = folder / "state.pt"
    if not path.exists() and first is not None:
        model.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in read(first)[0].items()})
    if path.exists():
        state = torch.load(path, map_location=device())
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    return model, optimizer


def save(folder: Path, model: LabModel, optimizer: torch.optim.AdamW) -> None:
    """Written beside and moved, so that a stop in between leaves the old state whole."""
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, folder / "state.new")
    (folder / "state.new").rename(folder / "state.pt")


def solve_stage(args: argparse.Namespace) -> None:
    workers = Workers(args.workers, args.tokens)
    work = ((args.seed * 10**6 + i, args.chunk) for i in itertools.count())
    stream = workers.stream(solve_chunk, work)
    # warm up, hold, fall: half of the time at the full rate
    fit(args, stream, lambda part: args.rate * min(1.0, part / 0.02, 0.05 + (1 - part) / 0.55))
    workers.close()


def judge_stage(args: argparse.Namespace) -> None:
    with (args.folder / f"drawn{args.round}.pkl").open("rb") as file:
        drawn: list[Drawn] = pickle.load(file)
    workers = Workers(args.workers, args.tokens)
    size = max(1, args.chunk // 8)

    def work() -> Iterator[tuple[int, list[Drawn], int, int]]:
        # a second pass over the same solutions builds other examples from them
        for turn in itertools.count():
            random.Random(f"{args.round}/{turn}").shuffle(drawn)
            for at in range(0, len(drawn), size):
                yield (args.round * 10**8 + turn * 10**6 + at), drawn[at : at + size], 4, 6

    def rate(part: float) -> float:
        return args.rate * min(1.0, part / 0.05) * max(0.01, 1 - (args.round + part) / args.rounds)

    fit(args, workers.stream(judge_chunk, work()), rate)
    workers.close()


def fit(args: argparse.Namespace, stream: Iterator[Batch], rate: Callable[[float], float]) -> None:
    """Optimise on the stream until the time is over; save and log on the way."""
    model, optimizer = load(args.folder, args.layers, args.start)
    if args.compile:
        for block in model.layers:
            block.compile()
    words = tokenizer.load()
    plus, minus = words.token_to_id("+"), words.token_to_id("-")
    start = last = time.monotonic()
    tokens, sums, step = 0, {"text": [0.0, 0], "score": [0.0, 0]}, 0
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    for batch in stream:
        if step == WARM:  # workers have started and the first shapes are compiled: now the clock runs
            print(f"warm after {time.monotonic() - start:.0f} s", flush=True)
            start = time.monotonic()
        part = (time.monotonic() - start) / args.seconds if step > WARM else 0.0
        if part >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate(part)
        loss = batch_loss(model, batch, plus, minus)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        kind = "text" if isinstance(batch, TextBatch) else "score"
        step, tokens = step + 1, tokens + batch.ids.size
        if step % 10 == 0:
            sums[kind][0] += float(loss.detach())
            sums[kind][1] += 1
        if step % 200 == 0:
            now = time.monotonic()
            means = {name: round(total / max(1, count), 4) for name, (total, count) in sums.items()}
            print(
                f"{args.stage} {now - start:.0f} s, step {step}, {tokens / 1e6:.0f} M tokens, loss {means}", flush=True
            )
            sums = {"text": [0.0, 0], "score": [0.0, 0]}
            if now - last > 60:
                save(args.folder, model, optimizer)
                last = now
    save(args.folder, model, optimizer)
    log = {
        "stage": args.stage,
        "round": args.round,
        "seconds": time.monotonic() - start,
        "steps": step,
        "tokens": tokens,
    }
    with (args.folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(log) + "\n")
    print(log, flush=True)


def batch_loss(model: LabModel, batch: Batch, plus: int, minus: int) -> torch.Tensor:
    """The loss of one batch, under bf16 autocast on a GPU."""
    where = device()

    def move(array: object) -> torch.Tensor:
        tensor = torch.from_numpy(array)  # type: ignore[arg-type]
        return tensor.pin_memory().to(where, non_blocking=True) if where.type == "cuda" else tensor

    with torch.autocast(where.type, torch.bfloat16, enabled=where.type == "cuda"):
        if isinstance(batch, TextBatch):
            return text_loss(model, move(batch.ids.astype("int64")), move(batch.weights.astype("float32")))
        ids, ends = move(batch.ids.astype("int64")), move(batch.ends.astype("int64"))
        return score_loss(model, ids, ends, move(batch.labels.astype("int64")), plus, minus)


def draw_stage(args: argparse.Namespace) -> None:
    """The model's own solutions of training problems: seven eighths at temperature 0.8, the rest at 1."""
    trained, _ = load(args.folder, args.layers, args.start)
    model = LabModel(trained.shape).to(device())
    model.load_state_dict(trained.state_dict())
    model = model.bfloat16() if device().type == "cuda" else model
    words, rng = tokenizer.load(), random.Random(f"draw/{args.seed}/{args.round}")
    seeds = [rng.randrange(1 << 40) for _ in range(args.problems)]
    problems = [train_problem(random.Random(seed), hard=True) for seed in seeds]
    generator = torch.Generator(device()).manual_seed(args.seed * 100 + args.round)
    asked = [encode(words, prompt_text(ask(problem, rng))) for problem in problems]
    hot = args.problems // 8
    start = time.monotonic()
    replies: list[list[int]] = []
    for part, temperature in ((slice(0, hot), 1.0), (slice(hot, None), 0.8)):
        repeated = [prompt for prompt in asked[part] for _ in range(args.draws)]
        replies += sample(model, repeated, temperature, 640, words.token_to_id(END), generator)
    texts = words.decode_batch(replies, skip_special_tokens=True)
    rows = [tuple(texts[at : at + args.draws]) for at in range(0, len(texts), args.draws)]
    reports = own_reports(model, words, problems, rows, generator)
    drawn = [
        Drawn(p.family, p.difficulty, int(p.id.rsplit("-", 1)[1]), row, said)
        for p, row, said in zip(problems, rows, reports, strict=True)
    ]
    with (args.folder / f"drawn{args.round}.pkl").open("wb") as file:
        pickle.dump(drawn, file)
    count = sum(map(len, replies))
    print(f"drew {len(texts)} solutions, {count / 1e6:.1f} M tokens in {time.monotonic() - start:.0f} s", flush=True)
    print(texts[0], "\n---\n", texts[-1], flush=True)


def own_reports(
    model: LabModel,
    words: Tokenizer,
    problems: list[LabProblem],
    rows: list[tuple[str, ...]],
    generator: torch.Generator,
    count: int = 2,
) -> list[tuple[str, ...]]:
    """The model's reports on the first `count` solutions of each problem, half greedy, half at temperature 0.8."""
    users = [
        prompts.CRITIQUE.format(problem=problem.prompt, solution=prompts.quote(text))
        for problem, row in zip(problems, rows, strict=True)
        for text in row[:count]
    ]
    asked = [encode(words, prompt_text(user)) for user in users]
    middle, replies = len(asked) // 2, list[list[int]]()
    for part, temperature in ((asked[:middle], 0.0), (asked[middle:], 0.8)):
        replies += sample(model, part, temperature, 260, words.token_to_id(END), generator, rows=4096)
    texts = words.decode_batch(replies, skip_special_tokens=True)
    return [tuple(texts[at : at + count]) for at in range(0, len(texts), count)]


if __name__ == "__main__":
    main()
