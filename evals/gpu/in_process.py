"""vLLM in this process: its own LLM.generate, or ttc's VLLMBackend, on the same prompts, lengths and seeds.

    python evals/gpu/in_process.py offline MODEL --problems math500.jsonl --out offline.json
    python evals/gpu/in_process.py ttc     MODEL --problems math500.jsonl --out ttc.json

Each in a process of its own, with the server stopped. The first of --repeats runs warms up and does not count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

import ttc
from ttc.backends.vllm import VLLMBackend
from ttc.evaluation.examples import load_examples
from ttc.prompts import SOLVE
from ttc.types import Problem, Sampling


def offline(knobs: argparse.Namespace, problems: list[Problem], arguments: dict[str, Any]) -> list[tuple[int, float]]:
    """Output tokens and seconds of each run of LLM.generate."""
    from vllm import LLM, SamplingParams

    engine = LLM(model=knobs.model, disable_log_stats=True, **arguments)
    template = engine.get_tokenizer().apply_chat_template
    chats = [[{"role": "user", "content": problem.prompt + SOLVE}] for problem in problems]
    texts = [template(chat, tokenize=False, add_generation_prompt=True) for chat in chats]
    prompts = [{"prompt_token_ids": engine.get_tokenizer().encode(text, add_special_tokens=False)} for text in texts]
    params = SamplingParams(n=knobs.n, max_tokens=knobs.max_tokens, temperature=0.8, seed=0, ignore_eos=True)
    found = []
    for _ in range(knobs.repeats):
        start = time.perf_counter()
        outputs = engine.generate(prompts, params, use_tqdm=False)
        tokens = sum(len(completion.token_ids) for output in outputs for completion in output.outputs)
        found.append((tokens, time.perf_counter() - start))
    return found


async def by_ttc(
    knobs: argparse.Namespace, problems: list[Problem], arguments: dict[str, Any]
) -> list[tuple[int, float]]:
    """The same of ttc's whole solver over VLLMBackend."""
    backend = VLLMBackend(knobs.model, **arguments)
    await backend.prepare()
    sampling = Sampling(max_tokens=knobs.max_tokens, extra={"ignore_eos": True})
    found = []
    for _ in range(knobs.repeats):
        start, tokens = time.perf_counter(), 0
        async with ttc.Solver(
            "self_consistency", backend=backend, sampling=sampling, knobs={"n": knobs.n, "stop": "none"}
        ) as solver:
            async for result in solver.solve_many(problems, at_once=len(problems)):
                tokens += result.cost.output_tokens
        found.append((tokens, time.perf_counter() - start))
    await backend.aclose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("who", choices=("offline", "ttc"))
    parser.add_argument("model")
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=32)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--engine", type=json.loads, default={}, help="engine arguments as JSON")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    problems = [e.problem for e in load_examples("math500", data=knobs.problems, limit=knobs.limit)]
    asked = (knobs, problems, knobs.engine)
    run = offline(*asked) if knobs.who == "offline" else asyncio.run(by_ttc(*asked))
    rates = [tokens / seconds for tokens, seconds in run[1:]]
    settings = {name: getattr(knobs, name) for name in ("who", "engine", "limit", "n", "max_tokens")}
    found = {**settings, "runs": run, "rate": sum(rates) / len(rates), "date": time.strftime("%Y-%m-%d")}
    knobs.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
