"""Best-of-N over replicas: the rate of one server against that of several, whole problems kept on one replica each.

    python evals/gpu/replicas.py --base-urls http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1 \
        --problems math500.jsonl --out replicas.json

A problem goes to the replica that wins its rendezvous hash, so that its prompt is prefilled there only; a router before
the replicas does the same by the x-session-id header that ttc sends. One process and one event loop drive all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from hashlib import blake2b
from pathlib import Path

import ttc
from ttc.evaluation.examples import load_examples
from ttc.types import Problem, Sampling


def home(problem: str, urls: list[str]) -> str:
    """The replica of a problem: the highest hash of the two together."""
    return max(urls, key=lambda url: blake2b(f"{url} {problem}".encode(), digest_size=8).digest())


async def tokens_of(url: str, problems: list[Problem], knobs: argparse.Namespace) -> int:
    """Output tokens of all problems of one replica."""
    sampling = Sampling(max_tokens=knobs.max_tokens, extra={"ignore_eos": True})
    strategy = {"knobs": {"n": knobs.n, "stop": "none"}, "sampling": sampling}
    async with ttc.Solver("self_consistency", backend=url, **strategy) as solver:
        results = solver.solve_many(problems, at_once=max(1, len(problems)))
        return sum([result.cost.output_tokens async for result in results])


async def rate(urls: list[str], problems: list[Problem], knobs: argparse.Namespace) -> dict[str, object]:
    """Tokens a second over these replicas."""
    shares = {url: [p for p in problems if home(p.id, urls) == url] for url in urls}
    start = time.perf_counter()
    tokens = sum(await asyncio.gather(*(tokens_of(url, own, knobs) for url, own in shares.items())))
    seconds = time.perf_counter() - start
    own = [len(problems) for problems in shares.values()]
    return {"replicas": len(urls), "problems": own, "tokens": tokens, "seconds": seconds, "rate": tokens / seconds}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-urls", required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    urls = knobs.base_urls.split(",")
    problems = [e.problem for e in load_examples("math500", data=knobs.problems, limit=knobs.limit)]
    for url in urls:
        await rate([url], problems[:4], knobs)  # warm-up
    legs = [await rate(used, problems, knobs) for used in (urls[:1], urls, urls, urls[:1])]
    one, all_of_them = legs[0]["rate"] + legs[3]["rate"], legs[1]["rate"] + legs[2]["rate"]  # type: ignore[operator]
    found = {"legs": legs, "scaling": all_of_them / one, "limit": knobs.limit, "n": knobs.n,
             "max_tokens": knobs.max_tokens, "date": time.strftime("%Y-%m-%d")}  # fmt: skip
    knobs.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main())
