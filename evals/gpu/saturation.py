"""Does ttc keep the server busy? Output tokens a second of ttc and of a bare client on the same prompts, in turn.

    python evals/gpu/saturation.py --base-url http://127.0.0.1:8000/v1 --problems math500.jsonl --out saturation.json

Both ask for n completions of exactly --max-tokens tokens (ignore_eos) of each problem, with seeds, one request a
problem, all at once; the order is A B B A, so that a server that warms up or slows down favours neither. Then stepwise
growth (--steps rounds of --max-tokens / --steps tokens, each continued from its token ids, no verifier between) against
plain sampling of as many tokens with as many sequences at once. The tokens are the server's count where it has one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.append(str(Path(__file__).parent))

from counters import metered

import ttc
from ttc.backends.base import Backend
from ttc.budget.ledger import Ledger
from ttc.connect import connect
from ttc.door import Door
from ttc.evaluation.examples import load_examples
from ttc.prompts import SOLVE
from ttc.session import Session
from ttc.trace import Trace
from ttc.types import Problem, Sampling

EXTRA = {"ignore_eos": True}


class Race:
    """The contestants on the same problems; each returns the output tokens that it counted."""

    def __init__(self, url: str, backend: Backend, problems: list[Problem], knobs: argparse.Namespace):
        self.url, self.backend, self.problems, self.knobs = url, backend, problems, knobs

    async def bare(self) -> int:
        """One POST a problem by aiohttp."""
        import aiohttp

        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
        ) as client:

            async def one(problem: Problem) -> int:
                body = {
                    "model": self.backend.model, "messages": [{"role": "user", "content": problem.prompt + SOLVE}],
                    "n": self.knobs.n, "max_tokens": self.knobs.max_tokens, "temperature": 0.8, "seed": 0, **EXTRA,
                }  # fmt: skip
                async with client.post(f"{self.url}/chat/completions", json=body) as reply:
                    found = await reply.json()
                return int(found["usage"]["completion_tokens"])

            return sum(await asyncio.gather(*(one(problem) for problem in self.problems)))

    async def best_of_n(self) -> int:
        """ttc's plain votes over n candidates, the whole solver with ledger, trace and answers."""
        sampling = Sampling(max_tokens=self.knobs.max_tokens, extra=EXTRA)
        knobs = {"n": self.knobs.n, "stop": "none"}
        async with ttc.Solver("self_consistency", backend=self.backend, sampling=sampling, knobs=knobs) as solver:
            results = solver.solve_many(self.problems, at_once=len(self.problems))
            return sum([result.cost.output_tokens async for result in results])

    def _session(self, problem: Problem, tokens: int) -> Session:
        sampling = Sampling(max_tokens=tokens, extra=EXTRA)
        return Session(problem, Door(self.backend, Trace()), Ledger(ttc.Budget()), sampling=sampling)

    async def plain(self) -> int:
        """n candidates of each problem at once, by a session."""

        async def one(problem: Problem) -> int:
            return sum(
                c.output_tokens for c in await self._session(problem, self.knobs.max_tokens).sample(self.knobs.n)
            )

        return sum(await asyncio.gather(*(one(problem) for problem in self.problems)))

    async def stepwise(self) -> int:
        """The same tokens grown in steps: every step waits for all of its problem's candidates, as step search does."""
        size = self.knobs.max_tokens // self.knobs.steps

        async def one(problem: Problem) -> int:
            session = self._session(problem, size)
            grown = [("", ())] * self.knobs.n

            async def step(index: int, number: int) -> tuple[str, tuple[int, ...]]:
                text, ids = grown[index]
                fields = {"prefix": text, "prefix_ids": ids} if ids else {}
                (more,) = await session.ask(f"grow/{index}/{number}", session.messages, **fields)
                return text + more.text, ids + (more.token_ids or ())

            for number in range(self.knobs.steps):
                grown = list(await asyncio.gather(*(step(index, number) for index in range(self.knobs.n))))
            return int(session.ledger.cost.output_tokens)

        return sum(await asyncio.gather(*(one(problem) for problem in self.problems)))

    async def timed(self, run: Callable[[], Awaitable[int]]) -> dict[str, Any]:
        """One leg of the race."""
        start = time.perf_counter()
        async with metered(self.url) as seen:
            tokens = await run()
            seconds = time.perf_counter() - start
        served = seen.get("generation_tokens")
        leg = {"who": run.__name__, "tokens": tokens, "served": served, "seconds": round(seconds, 3)}  # type: ignore[attr-defined]
        print(json.dumps(leg), flush=True)
        return {**leg, "rate": (served or tokens) / seconds}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=32)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=240, help="no new leg begins after so long")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    problems = [e.problem for e in load_examples("math500", data=knobs.problems, limit=knobs.limit)]
    backend = await connect(knobs.base_url)
    race, legs, start = Race(knobs.base_url, backend, problems, knobs), [], time.monotonic()
    await race.timed(race.bare)  # a warm-up: graphs, prefix cache
    for run in (
        race.bare,
        race.best_of_n,
        race.best_of_n,
        race.bare,
        race.plain,
        race.stepwise,
        race.stepwise,
        race.plain,
    ):
        if time.monotonic() - start > knobs.seconds:
            break
        legs.append(await race.timed(run))
        rates = {
            who: fmean(x["rate"] for x in legs if x["who"] == who) for who in dict.fromkeys(x["who"] for x in legs)
        }
        shares = {
            "ttc / bare client": rates.get("best_of_n", 0) / rates["bare"],
            "steps / plain sampling": rates["stepwise"] / rates["plain"] if "stepwise" in rates else None,
        }
        settings = {name: getattr(knobs, name) for name in ("limit", "n", "max_tokens", "steps")}
        found = {
            "model": backend.model,
            "date": time.strftime("%Y-%m-%d"),
            **settings,
            "rates": rates,
            "shares": shares,
        }
        knobs.out.write_text(json.dumps({**found, "legs": legs}, indent=1) + "\n")
    print(json.dumps(shares))
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
