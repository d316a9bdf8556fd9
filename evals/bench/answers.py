"""Time of the answer verifier: `python -m evals.bench.answers [--pool FILE.jsonl.gz]`.

Without a file the cases are generated, and hostile texts are timed as well. A pool is gzip JSONL with
{gold, samples: [{text, finish}]}; then the accuracy measures of its recorded candidates are printed too.
"""

import argparse
import gzip
import json
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ttc.answers import equivalent, extract_answer, group_answers
from ttc.answers.symbolic import SYMBOLIC

FORMS: tuple[Callable[[int, int], str], ...] = (
    lambda a, b: str(a),
    lambda a, b: f"{1000 * a:,}",
    lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    lambda a, b: f"{a / 8}",
    lambda a, b: rf"{a}\sqrt{{{b}}}",
    lambda a, b: f"({a}, {b})",
    lambda a, b: f"{b}, {a}",
    lambda a, b: f"[{a}, {a + b})",
    lambda a, b: f"x^2 + {a}x - {b}",
    lambda a, b: rf"{a} \text{{ cm}}",
    lambda a, b: rf"\begin{{pmatrix}} {a} \\ {b} \end{{pmatrix}}",
    lambda a, b: rf"\text{{({'ABCDE'[a % 5]})}}",
)


def timed(function: Callable[..., Any], calls: Iterable[tuple[Any, ...]]) -> np.ndarray:
    """Seconds of each call."""
    seconds = []
    for arguments in calls:
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)
    return np.array(seconds)


def show(name: str, seconds: np.ndarray) -> None:
    median, late = np.percentile(seconds, [50, 99]) * 1e3
    times = f"median {median:8.4f} ms   p99 {late:8.4f} ms   total {seconds.sum():7.2f} s"
    print(f"{name:<16} {len(seconds):>7} calls   {times}")


def count_symbolic() -> list[int]:
    """Count the pairs that reach the symbolic worker."""
    calls = [0]
    compare = SYMBOLIC.compare

    def counted(first: str, second: str) -> bool | None:
        calls[0] += 1
        return compare(first, second)

    SYMBOLIC.compare = counted  # type: ignore[method-assign]
    return calls


def generated(count: int, seed: int) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs of answers, half of the same form, and texts that end with one."""
    draw = random.Random(seed)
    pairs, texts = [], []
    for _ in range(count):
        a, b = draw.randint(1, 60), draw.randint(1, 60)
        first = draw.choice(FORMS)
        second = first if draw.random() < 0.5 else draw.choice(FORMS)
        pairs.append((first(a, b), second(a, b)))
        texts.append(
            "We compute step by step. " * 40 + draw.choice([r"So \boxed{%s}.", "The answer is $%s$."]) % first(a, b)
        )
    return pairs, texts


REPEATED = ("1 a", "!", "sin ", r"\frac", r"\sqrt", "x^", "-", "1,", "5 cm ", "(", "|", r"\pm ", "and ", "{,}", "a=")
LONG = ("word " * 200_000 + r"\boxed{5}", r"\boxed{" * 2_000, "answer is " * 3_000, "$" * 20_000)


def hostile() -> None:
    """Print the times of answers that repeat one piece, just below the longest that is read, and of long texts."""
    answers = [(piece * 1400)[:1400] for piece in REPEATED]
    show("repetitions", timed(equivalent, [("1" + answer, "5") for answer in answers]))
    show("long texts", timed(extract_answer, [(text,) for text in LONG]))


def pool(path: str) -> None:
    """Grade, vote and time a recorded pool."""
    pairs, texts, scores = [], [], []
    grouping = 0.0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            answers = [
                extract_answer(entry["text"]) if entry["finish"] != "length" else None for entry in row["samples"]
            ]
            right = [answer is not None and equivalent(answer, row["gold"]) for answer in answers]
            start = time.perf_counter()
            groups = group_answers(answers)
            grouping += time.perf_counter() - start
            largest = [group for group in groups if len(group) == len(groups[0])]
            majority = np.mean([right[group[0]] for group in largest]) if largest else 0.0  # expected over ties
            scores.append((np.mean(right), majority, any(right)))
            pairs += [(answer, row["gold"]) for answer in answers if answer is not None]
            texts += [entry["text"] for entry in row["samples"]]
    single, majority, oracle = np.mean(np.array(scores, dtype=float), axis=0)
    print(f"{len(scores)} problems: pass@1 {single:.4f}   majority {majority:.4f}   oracle {oracle:.4f}")
    print(f"grouping: {grouping / len(scores) * 1e3:.1f} ms a problem")
    report(pairs, texts)


def report(pairs: list[tuple[str, str]], texts: list[str]) -> None:
    """Print the times of both functions, caches cold, and the share that needs no symbolic algebra."""
    from ttc.answers.equivalence import _decide
    from ttc.answers.reading import _read_answer

    _decide.cache_clear()
    _read_answer.cache_clear()
    symbolic = count_symbolic()
    show("equivalent", timed(equivalent, pairs))
    show("extract_answer", timed(extract_answer, ((text,) for text in texts)))
    print(f"fast path        {1 - symbolic[0] / len(pairs):.4f} of {len(pairs)} pairs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", help="gzip JSONL of recorded candidates")
    parser.add_argument("--count", type=int, default=5000, help="generated cases")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.pool:
        pool(options.pool)
    else:
        report(*generated(options.count, options.seed))
        hostile()


if __name__ == "__main__":
    main()
