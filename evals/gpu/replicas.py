"""Best-of-N over replicas: the rate of one server against that of several, whole problems kept on one replica each.

    python evals/gpu/replicas.py --base-urls http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1 \
        --problems math500.jsonl --out replicas.json

Every replica has the same queue whether it is alone or not: --flight completions in flight, of problems that start in
turn as others end (saturation.py). The legs run in the order one, all, all, one; each is written to --out as it ends.

A problem goes to the replica that wins its rendezvous hash, so that its prompt is prefilled there only; a router before
the replicas does the same by the x-session-id header that ttc sends. No replica takes more than its even share, rounded
up: the next best hash has the rest, as in consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam
2016, arXiv:1608.01350). One process and one event loop drive all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from hashlib import blake2b
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.append(str(Path(__file__).parent))

from counters import counters, metered, server_cpu
from saturation import Race, stalls

from ttc.backends.base import Backend
from ttc.connect import connect
from ttc.evaluation.examples import load_examples
from ttc.types import Problem


def ranked(problem: str, urls: list[str]) -> list[str]:
    """The replicas of a problem, best first: by the hash of the two together."""
    return sorted(urls, key=lambda url: blake2b(f"{url} {problem}".encode(), digest_size=8).digest(), reverse=True)


def shares(problems: list[Problem], urls: list[str]) -> dict[str, list[Problem]]:
    """The problems of each replica; none has more than its even share, rounded up."""
    found: dict[str, list[Problem]] = {url: [] for url in urls}
    most = -(-len(problems) // len(urls))
    for problem in problems:
        home = next(url for url in ranked(problem.id, urls) if len(found[url]) < most)
        found[home].append(problem)
    return found


async def leg(backends: dict[str, Backend], problems: list[Problem], knobs: argparse.Namespace) -> dict[str, Any]:
    """All problems once over these replicas; the seconds of each replica, and the CPU seconds of everybody."""
    async with AsyncExitStack() as stack:
        seen = [await stack.enter_async_context(metered(url, every=5.0)) for url in backends]
        stalled = await stack.enter_async_context(stalls())
        before, own, start = server_cpu(), time.process_time(), time.perf_counter()

        async def alone(url: str, share: list[Problem]) -> tuple[int, float]:
            tokens: int = await getattr(Race(url, backends[url], share, knobs), knobs.who)()
            return tokens, round(time.perf_counter() - start, 2)

        homes = shares(problems, list(backends))
        found = await asyncio.gather(*(alone(url, share) for url, share in homes.items()))
        seconds, own, after = time.perf_counter() - start, time.process_time() - own, server_cpu()
    tokens = sum(tokens for tokens, _ in found)
    hashed = [sum(ranked(p.id, list(backends))[0] == url for p in problems) for url in backends]
    return {
        "replicas": len(backends), "problems": [len(share) for share in homes.values()], "by_hash_alone": hashed,
        "tokens": tokens, "served": [s.get("generation_tokens") for s in seen], "seconds": round(seconds, 3),
        "seconds_each": [ended for _, ended in found], "client_cpu_s": round(own, 2),
        "longest_stall_s": round(stalled["longest"], 3), "prefix_hits": [s.get("prefix_cache_hits") for s in seen],
        "server_cpu_s": {name: round(used - before.get(name, 0.0), 2) for name, used in after.items()},
        "rate": round(tokens / seconds, 1),
    }  # fmt: skip


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-urls", required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--who", choices=("best_of_n", "plain", "stepwise", "bare"), default="best_of_n")
    parser.add_argument("--limit", type=int, default=128, help="problems")
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--flight", type=int, default=512, help="completions in flight at each replica")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument(
        "--seconds",
        type=float,
        default=120,
        help="no new leg begins that would end after so long; one that runs 1.5 times as long is given up",
    )
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def scaling(legs: list[dict[str, Any]]) -> float | None:
    """How many times the rate of one replica all of them have, by the means of their legs; None until both have run."""
    most = max(found["replicas"] for found in legs)
    alone = [found["rate"] for found in legs if found["replicas"] == 1]
    several = [found["rate"] for found in legs if found["replicas"] == most > 1]
    return round(fmean(several) / fmean(alone), 4) if alone and several else None


def loaded(url: str) -> dict[str, float]:
    """What a server runs and what waits there, by its own gauges."""
    return {name: value for name, value in counters(url).items() if name.startswith("num_requests_")}


async def main() -> None:
    knobs, start = parsed(), time.monotonic()
    urls = knobs.base_urls.split(",")
    problems = [e.problem for e in load_examples("math500", data=knobs.problems, limit=knobs.limit)]
    backends: dict[str, Backend] = {url: await connect(url) for url in urls}
    # kernels, and all prompts in every prefix cache, as one replica alone has them after its first leg
    for url in urls:
        await Race(url, backends[url], problems, knobs).bare(max_tokens=16)
    names = ("who", "limit", "n", "flight", "max_tokens")
    told = {
        "model": backends[urls[0]].model,
        "date": time.strftime("%Y-%m-%d"),
        **{x: getattr(knobs, x) for x in names},
    }
    legs: list[dict[str, Any]] = []
    longest = 0.0
    for used in (urls[:1], urls, urls, urls[:1]):
        if time.monotonic() - start + longest > knobs.seconds:
            print("no time for another leg")
            break
        try:
            async with asyncio.timeout(start + 1.5 * knobs.seconds - time.monotonic()):
                legs.append(await leg({url: backends[url] for url in used}, problems, knobs))
        except TimeoutError:
            print(f"the leg over {used} did not end in time; the servers say", [loaded(url) for url in used])
            break
        longest = max(longest, legs[-1]["seconds"])
        knobs.out.write_text(json.dumps({**told, "scaling": scaling(legs), "legs": legs}, indent=1) + "\n")
        print(json.dumps(legs[-1]), flush=True)
    print(json.dumps({"scaling": scaling(legs)}))
    for backend in backends.values():
        await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
