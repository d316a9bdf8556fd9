"""Memory and speed of the embedded backend with and without llama.cpp's prompt cache in host memory.

    python -m evals.bench.embedded_memory                      # memory over 2,000 problems of eight short samples
    python -m evals.bench.embedded_memory --compare            # votes and step search, with and without, in turns

Memory is the resident set of this process, which holds the model. Speeds are tokens a second of runs in turns.
"""

import argparse
import asyncio
import time
from statistics import median

import psutil

import ttc
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.lab import generate, lab_model_path

FAMILIES = ("divisors", "linear", "modular", "sequences", "word")


def problem(number: int) -> ttc.Problem:
    """A short problem, another one for each number."""
    made = generate(FAMILIES[number % len(FAMILIES)], 1, number, "test")
    return ttc.Problem(made.prompt, id=f"p{number}")


def resident() -> float:
    """MB of memory that this process holds."""
    return float(psutil.Process().memory_info().rss) / 1e6


async def votes(backend: LlamaCppBackend, start: int, count: int) -> int:
    """Tokens of `count` problems of eight samples each."""
    knobs = {"n": 8, "stop": "none"}
    sampling = ttc.Sampling(max_tokens=160)
    async with ttc.Solver("self_consistency", knobs=knobs, backend=backend, sampling=sampling) as solver:
        asked = [problem(start + i) for i in range(count)]
        return sum([r.cost.output_tokens async for r in solver.solve_many(asked, at_once=2)])


async def steps(backend: LlamaCppBackend, start: int, count: int) -> int:
    """Tokens of `count` step searches of width 8."""
    async with ttc.Solver("rebase", knobs={"n": 8}, verifier="prm", backend=backend) as solver:
        asked = [problem(start + i) for i in range(count)]
        return sum([r.cost.output_tokens async for r in solver.solve_many(asked, at_once=2)])


async def memory(problems: int, cache: int) -> None:
    """Print the resident set along the way, and its growth after the first tenth."""
    backend = LlamaCppBackend(lab_model_path(), prompt_cache_mb=cache)
    await backend.prepare()
    block, seen = max(1, problems // 20), list[float]()
    for start in range(0, problems, block):
        await votes(backend, start, block)
        seen.append(resident())
        print(f"{start + block:6,} problems  {seen[-1]:7.1f} MB", flush=True)
    base = seen[1] if len(seen) > 1 else seen[0]
    print(f"most over the resident set after {2 * block} problems: {max(seen) / base - 1:+.1%} (aim: within 10 %)")
    await backend.aclose()


async def compare(rounds: int, count: int) -> None:
    """Tokens a second with a cache of 0 and of 8,192 MiB, in turns."""
    found: dict[tuple[str, int], list[float]] = {}
    for number in range(rounds):
        for cache in (0, 8192) if number % 2 else (8192, 0):
            backend = LlamaCppBackend(lab_model_path(), prompt_cache_mb=cache)
            await backend.prepare()
            for name, work in (("votes", votes), ("step search", steps)):
                began = time.perf_counter()
                tokens = await work(backend, number * count, count)
                found.setdefault((name, cache), []).append(tokens / (time.perf_counter() - began))
            await backend.aclose()
    for name in ("votes", "step search"):
        ratio = median(a / b for a, b in zip(found[name, 0], found[name, 8192], strict=True))
        rates = ", ".join(f"{cache} MiB {median(found[name, cache]):,.0f}" for cache in (0, 8192))
        print(f"{name:12s} tokens/s: {rates}; without the cache {ratio:.2f} times as fast (median of {rounds} pairs)")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--cache", type=int, default=0, help="MiB of prompt cache")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.compare:
        asyncio.run(compare(arguments.rounds, 24))
    else:
        asyncio.run(memory(arguments.problems, arguments.cache))


if __name__ == "__main__":
    main()
