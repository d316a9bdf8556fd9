"""Check ttc's HTTP backend against a live vLLM server, call by call, with the server's own counters as witness.

    python evals/gpu/check_vllm.py --url http://127.0.0.1:8000/v1 --greedy greedy.json --out checks.json

`greedy.json` (made by evals/lab_model/greedy.py on any machine) holds prompts of the laboratory model with the token
ids that llama.cpp continues them with at temperature 0; the server must be serving the same weights.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
import traceback
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import ttc
from ttc.backends.base import Backend
from ttc.budget.ledger import Ledger
from ttc.core.candidates import ROOT
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.lab import generate
from ttc.types import Problem, Sampling

PROBLEMS = [Problem(generate("word", level, seed, "dev").prompt) for seed, level in enumerate([1, 2, 3, 4, 5] * 8)]


def counters(url: str) -> dict[str, float]:
    """The server's own counters, summed over labels."""
    found: dict[str, float] = {}
    with urllib.request.urlopen(url.removesuffix("/v1") + "/metrics", timeout=10) as reply:
        for line in reply.read().decode().splitlines():
            if match := re.match(r"vllm:(\w+)(?:\{.*\})? ([\d.e+-]+)$", line):
                found[match[1]] = found.get(match[1], 0.0) + float(match[2])
    return found


def session_of(backend: Backend, problem: Problem, **limits: Any) -> Session:
    """A session of its own for direct calls."""
    return Session(problem, Door(backend, Trace()), Ledger(ttc.Budget(**limits)), sampling=Sampling(max_tokens=400))


class Checks:
    """All checks share the backend; each returns the facts that it saw."""

    def __init__(self, url: str, backend: Backend, greedy: list[dict[str, Any]]):
        self.url, self.backend, self.greedy = url, backend, greedy

    async def fan_out(self) -> dict[str, Any]:
        """n=16 in one request; our token count against the server's."""
        before = counters(self.url)
        session = session_of(self.backend, PROBLEMS[2])
        candidates = await session.sample(16)
        after = counters(self.url)
        served = after["generation_tokens_total"] - before["generation_tokens_total"]
        cost = session.ledger.cost
        assert len(candidates) == 16
        assert len({c.text for c in candidates}) > 1
        return {"ours": cost.output_tokens, "server": served, "calls": cost.calls, "prompt_tokens": cost.prompt_tokens}

    async def cancelled(self) -> dict[str, Any]:
        """A race is left after its first arrival: the server's running requests fall to 0 within half a second."""
        session = session_of(self.backend, PROBLEMS[4])
        async with session.race(64) as arrivals:
            await anext(arrivals)
        left = time.perf_counter()
        while (running := counters(self.url)["num_requests_running"]) and time.perf_counter() - left < 5:
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - left
        assert running == 0
        outcomes = [event.data["outcome"] for event in session.door.trace.named("ask")]
        return {"seconds_to_idle": round(seconds, 3), "cancelled": outcomes.count("cancelled"), "of": len(outcomes)}

    async def plain_cancelled(self) -> dict[str, Any]:
        """A plain n=32 request is dropped: vLLM stops it too."""
        session = session_of(self.backend, PROBLEMS[4])
        task = asyncio.create_task(session.sample(32, max_tokens=800, extra={"ignore_eos": True}))
        begun, busy = time.perf_counter(), 0.0
        while not busy and time.perf_counter() - begun < 10:
            await asyncio.sleep(0.05)
            busy = counters(self.url)["num_requests_running"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        left = time.perf_counter()
        while counters(self.url)["num_requests_running"] and time.perf_counter() - left < 5:
            await asyncio.sleep(0.02)
        assert busy
        return {"running_before": busy, "seconds_to_idle": round(time.perf_counter() - left, 3)}

    async def steps(self) -> dict[str, Any]:
        """Growth by token ids: steps add up, and the server reads the prefix from its cache."""
        before = counters(self.url)
        session = session_of(self.backend, PROBLEMS[3])
        beam = await session.extend([ROOT] * 8)
        while not all(c.done for c in beam):
            beam = await session.extend(beam)
        after = counters(self.url)
        hits = after["prefix_cache_hits_total"] - before["prefix_cache_hits_total"]
        cost = session.ledger.cost
        assert all("".join(c.steps) == c.text for c in beam)
        return {
            "steps": [len(c.steps) for c in beam],
            "prompt_tokens": cost.prompt_tokens,
            "cached_tokens_by_usage": cost.cached_tokens,
            "cache_hits_by_server": hits,
            "ids_kept": all(c.token_ids is not None and len(c.token_ids) == c.output_tokens for c in beam),
        }

    async def stepwise_is_one_shot(self) -> dict[str, Any]:
        """Greedy text grown step by step from token ids is the greedy text drawn at once."""
        same = 0
        for problem in PROBLEMS[:12]:
            session = session_of(self.backend, problem)
            whole = (await session.sample(1, temperature=0.0))[0]
            grown = ROOT
            while not grown.done:
                (grown,) = await session.extend([grown], temperature=0.0)
            same += grown.text.strip() == whole.text[: len(grown.text)].strip()
        return {"same": same, "of": 12}

    async def text_prefix(self) -> dict[str, Any]:
        """Continuation of a text prefix in the chat endpoint gives only new text."""
        session = session_of(self.backend, PROBLEMS[1])
        (whole,) = await session.ask("generate/a", session.messages, kind="solve", temperature=0.0)
        half = whole.text[: whole.text.find("\n\n") + 2]
        (rest,) = await session.ask("generate/b", session.messages, kind="solve", temperature=0.0, prefix=half)
        return {"same": half + rest.text == whole.text}

    async def logprobs(self) -> dict[str, Any]:
        """Log-probabilities only on request, one for each token, top 5 sorted around the sampled one."""
        session = session_of(self.backend, PROBLEMS[0])
        (silent,) = await session.ask("generate/s", session.messages)
        (told,) = await session.ask("generate/t", session.messages, logprobs=5)
        assert silent.logprobs is None
        assert told.logprobs is not None
        assert told.top is not None
        assert len(told.logprobs) == len(told.top) == told.output_tokens
        return {"tokens": told.output_tokens, "mean": sum(told.logprobs) / len(told.logprobs)}

    async def verifiers(self) -> dict[str, Any]:
        """One-token verification and the process reward over the same server."""
        rows = {}
        for name in ("self_verify", "prm"):
            result = await ttc.asolve(PROBLEMS[2], "best_of_n", backend=self.backend, verifier=name, knobs={"n": 8})
            rows[name] = {"answer": result.answer, "cached": result.cost.cached_tokens, "calls": result.cost.calls}
            assert any(verdict.known for verdict in result.verdicts.values())
        return rows

    async def budgets(self) -> dict[str, Any]:
        """Token budgets hold by the server's own count."""
        rows = []
        for tokens in (200, 1000, 4000):
            before = counters(self.url)["generation_tokens_total"]
            result = await ttc.asolve(
                PROBLEMS[3], "self_consistency", backend=self.backend, budget=ttc.Budget(tokens=tokens),
                sampling=Sampling(max_tokens=300), knobs={"n": 64, "stop": "none"},
            )  # fmt: skip
            served = counters(self.url)["generation_tokens_total"] - before
            assert result.cost.output_tokens <= tokens
            assert served <= tokens + 64
            rows.append({"budget": tokens, "ours": result.cost.output_tokens, "server": served})
        return {"rows": rows}

    async def greedy_tokens(self) -> dict[str, Any]:
        """The same greedy tokens as llama.cpp on the same weights; texts that differ are kept."""
        same, differing = 0, []
        for row in self.greedy:
            body = {"model": self.backend.model, "prompt": row["prompt_ids"], "max_tokens": row["max_tokens"],
                    "temperature": 0, "return_token_ids": True}  # fmt: skip
            request = urllib.request.Request(
                self.url + "/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as reply:
                choice = json.load(reply)["choices"][0]
            served, known = ([i for i in ids if i != row.get("eos")] for ids in (choice["token_ids"], row["ids"]))
            if served == known:
                same += 1
                continue
            at = next((i for i, (a, b) in enumerate(zip(served, known, strict=False)) if a != b), -1)
            texts = {"server": choice["text"], "llama.cpp": row["text"]}
            differing.append({"prompt": row["prompt"], "at_token": at, "finish": choice["finish_reason"], **texts})
        return {"same": same, "of": len(self.greedy), "differing": differing}

    async def rate(self) -> dict[str, Any]:
        """Best-of-N over 40 problems x 32 candidates: output tokens a second through ttc, one request a problem."""
        start, before = time.perf_counter(), counters(self.url)["generation_tokens_total"]
        tokens = 0
        async with ttc.Solver("self_consistency", backend=self.backend, knobs={"n": 32, "stop": "none"}) as solver:
            async for result in solver.solve_many(PROBLEMS, at_once=40):
                tokens += result.cost.output_tokens
        seconds = time.perf_counter() - start
        served = counters(self.url)["generation_tokens_total"] - before
        return {"tokens": tokens, "server": served, "tokens_per_second": round(tokens / seconds)}


async def main() -> None:
    """Run all checks and write what they saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--greedy", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    backend = ttc.open_backend(arguments.url)
    await backend.prepare()
    greedy = json.loads(arguments.greedy.read_text()) if arguments.greedy else []
    checks = Checks(arguments.url, backend, greedy)
    seen: dict[str, Any] = {"model": backend.model, "backend": repr(backend), "date": time.strftime("%Y-%m-%d")}
    todo: list[Callable[[], Awaitable[dict[str, Any]]]] = [
        checks.greedy_tokens, checks.fan_out, checks.logprobs, checks.text_prefix, checks.steps,
        checks.stepwise_is_one_shot, checks.cancelled, checks.plain_cancelled, checks.verifiers, checks.budgets,
        checks.rate,
    ]  # fmt: skip
    for check in todo:
        name = check.__name__
        try:
            seen[name] = {"ok": True, **await asyncio.wait_for(check(), 60)}
        except Exception:
            seen[name] = {"ok": False, "error": traceback.format_exc()[-1500:]}
        print(name, json.dumps(seen[name])[:600], flush=True)
        arguments.out.write_text(json.dumps(seen, indent=1))
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
