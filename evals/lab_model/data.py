"""Training data from worker processes: fresh problems to solve, and judging examples from the model's own solutions."""

import itertools
import multiprocessing
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evals.lab_model import tasks, tokenizer
from evals.lab_model.batches import Packer, ScoreBatch, TextBatch
from ttc.lab.families import FAMILIES, TRAINED
from ttc.lab.problems import LabProblem, generate_raw

Batch = TextBatch | ScoreBatch


@dataclass(frozen=True)
class Drawn:
    """A training problem, the model's solutions, and its reports on the first; the seed picks the problem's kind."""

    family: str
    difficulty: int
    seed: int
    texts: tuple[str, ...]
    reports: tuple[str, ...]


_packer: Packer | None = None


def start_worker(tokens: int) -> None:
    """Each worker keeps its half-full batches from one piece of work to the next."""
    global _packer  # noqa: PLW0603
    _packer = Packer(tokenizer.load(), tokens)


def train_problem(rng: random.Random, *, hard: bool = False) -> LabProblem:
    """Any family at any raw difficulty, or the higher of two, from the training split."""
    difficulty = max(rng.randint(1, TRAINED), rng.randint(1, TRAINED) if hard else 1)
    return generate_raw(rng.choice(sorted(FAMILIES)), difficulty, rng.randrange(1 << 40), "train")


def solve_chunk(work: tuple[int, int]) -> list[Batch]:
    """Batches of `count` fresh problems with their solutions."""
    seed, count = work
    assert _packer is not None
    rng = random.Random(f"solve/{seed}")
    batches = [_packer.add(tasks.solve(train_problem(rng), rng)) for _ in range(count)]
    return _shuffled(batches, rng)


def judge_chunk(work: tuple[int, list[Drawn], int, int]) -> list[Batch]:
    """Batches of judging examples, of step scores (`scored` solutions a problem) and of `fresh` new problems each."""
    seed, drawn, scored, fresh = work
    assert _packer is not None
    rng = random.Random(f"judge/{seed}")
    batches: list[Batch | None] = []
    for one in drawn:
        problem = generate_raw(one.family, one.difficulty, one.seed, "train")
        written = itertools.zip_longest(one.texts, one.reports, fillvalue="")
        candidates = [tasks.label(problem, text, report) for text, report in written if text.strip()]
        if len(candidates) < 2:
            continue
        batches += [_packer.add(example) for example in tasks.judging(problem, candidates, rng)]
        for candidate in rng.sample(candidates, min(scored, len(candidates))):
            batches.append(_packer.add_scored(tasks.score_steps(problem, candidate, rng)))
        for _ in range(fresh):
            batches.append(_packer.add(tasks.solve(train_problem(rng), rng)))
    return _shuffled(batches, rng)


def _shuffled(batches: list[Any], rng: random.Random) -> list[Batch]:
    full = [batch for batch in batches if batch is not None]
    rng.shuffle(full)
    return full


class Workers:
    """A pool that stays at most `ahead` pieces of work in front of the consumer."""

    def __init__(self, count: int, tokens: int, ahead: int = 96) -> None:
        self.pool = multiprocessing.get_context("spawn").Pool(count, start_worker, (tokens,))
        self.free, self.stop = threading.Semaphore(ahead), threading.Event()

    def stream(self, function: Any, work: Iterator[Any]) -> Iterator[Batch]:
        def feed() -> Iterator[Any]:
            for piece in work:
                self.free.acquire()
                if self.stop.is_set():
                    return
                yield piece

        for batches in self.pool.imap(function, feed()):
            self.free.release()
            yield from batches

    def close(self) -> None:
        """The feeding thread may wait for room; it must see the end before the pool can be joined."""
        self.stop.set()
        self.free.release()
        self.pool.terminate()
        self.pool.join()
