"""Does ttc keep the server busy? Output tokens a second of ttc and of a bare client on the same prompts, in turn.

    python evals/gpu/saturation.py --problems math500.jsonl --out saturation.json
    python evals/gpu/saturation.py --problems math500.jsonl --out steps.json --pair plain stepwise --limit 64

The contestants of --pair (A, B) run in the order A B B A, so that a server that warms up or slows down favours neither.
Both have the same queue: --limit problems of which --flight / --n are in flight; the next one starts when one ends, so
that start and tail weigh the same and what a client does with its answers falls while the server works for others. A
completion has exactly --max-tokens tokens (ignore_eos), the samplers are the same, the tokens are the server's count.

bare: one POST a problem by aiohttp. best_of_n: ttc's whole solver, plain votes. plain: a session's samples.
stepwise: the same tokens grown by a session in --steps steps, each continued from its token ids when all of its problem
have had theirs, as step search does, but with no verifier between. unseeded: bare, without a seed.
With each leg: the CPU seconds of this process and of the server's (Linux, same host), and the longest time for which
the event loop stood still.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.append(str(Path(__file__).parent))

from counters import metered, server_cpu

import ttc
from ttc.backends.base import Backend
from ttc.budget.ledger import Ledger
from ttc.connect import connect
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.evaluation.examples import load_examples
from ttc.prompts import SOLVE
from ttc.strategies.chunks import begun
from ttc.types import Problem, Sampling

EXTRA = {"ignore_eos": True}
SAMPLERS = {"temperature": 0.8, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}


class Race:
    """The contestants on the same problems; each returns the output tokens that it counted."""

    def __init__(self, url: str, backend: Backend, problems: list[Problem], knobs: argparse.Namespace):
        self.url, self.backend, self.problems, self.knobs = url, backend, problems, knobs
        self.width = max(1, knobs.flight // knobs.n)

    async def _all(self, one: Callable[[Problem], Awaitable[int]]) -> int:
        """Every problem, `width` at a time, in order."""
        gate = asyncio.Semaphore(self.width)

        async def in_turn(problem: Problem) -> int:
            async with gate:
                return await one(problem)

        return sum(await asyncio.gather(*(in_turn(problem) for problem in self.problems)))

    async def bare(self, **fields: Any) -> int:
        """One POST a problem by aiohttp. `fields` go into the body; None takes one out."""
        import aiohttp

        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
        ) as client:

            async def one(problem: Problem) -> int:
                body = {
                    "model": self.backend.model, "messages": [{"role": "user", "content": problem.prompt + SOLVE}],
                    "n": self.knobs.n, "max_tokens": self.knobs.max_tokens, "seed": 0, **SAMPLERS, **EXTRA, **fields,
                }  # fmt: skip
                body = {name: value for name, value in body.items() if value is not None}
                async with client.post(f"{self.url}/chat/completions", json=body) as reply:
                    found = await reply.json()
                return int(found["usage"]["completion_tokens"])

            return await self._all(one)

    async def unseeded(self) -> int:
        """The bare client without a seed: the server may draw for all sequences at once."""
        return await self.bare(seed=None)

    async def best_of_n(self) -> int:
        """ttc's plain votes over n candidates, the whole solver with ledger, trace and answers."""
        sampling = Sampling(max_tokens=self.knobs.max_tokens, extra=EXTRA)
        knobs = {"n": self.knobs.n, "stop": "none"}
        async with ttc.Solver("self_consistency", backend=self.backend, sampling=sampling, knobs=knobs) as solver:
            results = solver.solve_many(self.problems, at_once=self.width)
            return sum([result.cost.output_tokens async for result in results])

    def _session(self, problem: Problem, max_tokens: int = 0) -> Session:
        sampling = Sampling(max_tokens=max_tokens or self.knobs.max_tokens, extra=EXTRA)
        return Session(problem, Door(self.backend, Trace()), Ledger(ttc.Budget()), sampling=sampling)

    async def plain(self, max_tokens: int = 0) -> int:
        """n candidates of each problem at once, by a session. `max_tokens` 0: as many as in all legs."""

        async def one(problem: Problem) -> int:
            return sum(c.output_tokens for c in await self._session(problem, max_tokens).sample(self.knobs.n))

        return await self._all(one)

    async def stepwise(self) -> int:
        """The same tokens grown in steps: every step waits for all of its problem's candidates, as step search does."""
        size = -(-self.knobs.max_tokens // self.knobs.steps)

        async def one(problem: Problem) -> int:
            session = self._session(problem)
            await begun(session, self.knobs.n, lambda grown: max(c.output_tokens for c in grown) + size)
            return session.ledger.cost.output_tokens

        return await self._all(one)

    async def timed(self, who: str) -> dict[str, Any]:
        """One leg of the race."""
        before, own = server_cpu(), time.process_time()
        async with metered(self.url, every=5.0) as seen, stalls() as stalled:
            start = time.perf_counter()
            tokens = await getattr(self, who)()
            seconds = time.perf_counter() - start
        served = seen.get("generation_tokens")
        cpu = {name: round(used - before.get(name, 0.0), 2) for name, used in server_cpu().items()}
        own = time.process_time() - own
        leg = {
            "who": who, "tokens": tokens, "served": served, "seconds": round(seconds, 3), "client_cpu_s": round(own, 2),
            "server_cpu_s": cpu, "longest_stall_s": round(stalled["longest"], 3),
            "prefix_hits": seen.get("prefix_cache_hits"), "rate": round((served or tokens) / seconds, 1),
        }  # fmt: skip
        print(json.dumps(leg), flush=True)
        return leg


@asynccontextmanager
async def stalls(every: float = 0.01) -> AsyncIterator[dict[str, float]]:
    """Fills in for how many seconds the event loop stood still at the longest."""
    seen = {"longest": 0.0}

    async def watch() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(every)
            seen["longest"] = max(seen["longest"], time.perf_counter() - start - every)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--pair", nargs=2, default=["bare", "best_of_n"], metavar=("A", "B"))
    parser.add_argument("--limit", type=int, default=96, help="problems")
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--flight", type=int, default=512, help="completions in flight at once")
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=180, help="no new leg begins that would end after so long")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    known = ("bare", "unseeded", "best_of_n", "plain", "stepwise")
    for who in knobs.pair:
        if who not in known:
            parser.error(f"--pair names {who!r}; choose from {', '.join(known)}")
    return knobs


def summary(legs: list[dict[str, Any]], pair: list[str]) -> dict[str, Any]:
    """Mean rates of the contestants, and the share of the first that the second reaches, once both have run."""
    rates = {who: fmean(leg["rate"] for leg in legs if leg["who"] == who) for who in {leg["who"] for leg in legs}}
    first, second = pair
    return {"rates": rates, f"{second} / {first}": rates[second] / rates[first] if len(rates) == 2 else None}


async def main() -> None:
    knobs = parsed()
    problems = [e.problem for e in load_examples("math500", data=knobs.problems, limit=knobs.limit)]
    backend = await connect(knobs.base_url)
    race, legs, start = Race(knobs.base_url, backend, problems, knobs), list[dict[str, Any]](), time.monotonic()
    await race.bare(max_tokens=16)  # a warm-up: kernels, and all prompts in the prefix cache
    first, second = knobs.pair
    longest = 0.0
    for who in (first, second, second, first):
        if time.monotonic() - start + longest > knobs.seconds:
            print("no time for another leg")
            break
        legs.append(await race.timed(who))
        longest = max(longest, legs[-1]["seconds"])
        names = ("limit", "n", "flight", "max_tokens", "steps")
        told = {"model": backend.model, "date": time.strftime("%Y-%m-%d"), **{x: getattr(knobs, x) for x in names}}
        knobs.out.write_text(json.dumps({**told, **summary(legs, knobs.pair), "legs": legs}, indent=1) + "\n")
    print(json.dumps(summary(legs, knobs.pair)))
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
