"""vLLM in this process: its own LLM.generate against ttc's VLLMBackend, on the same prompts, lengths and settings.

    python evals/gpu/in_process.py MODEL --problems math500.jsonl --out in_process.json --order offline,ttc,ttc,offline
    python evals/gpu/in_process.py MODEL --problems math500.jsonl --out in_process_steps.json --order steps

Every leg is a process with an engine of its own, one after the other; a leg that the file has is not run again. A leg
warms up with short texts, then repeats the whole work: n completions of exactly --max-tokens for every problem, in
several waves of the engine's max_num_seqs, so that what ttc does with a wave overlaps with the next. `solver` is the
whole of ttc (self-consistency, answers read and voted on), `sampling` its plain sessions. Tokens are counted by the
token ids that came back. Prompts are tokenised outside the clock for LLM.generate and inside it for ttc.

The leg `steps` runs saturation.py's `plain` and `stepwise` in the order A B B A, --repeats / 2 times: the same tokens
at once and grown in --steps steps, both with --flight completions in flight. `cpu_s` is this process's CPU time in each
run: ttc's own and that of vLLM's front, which is here; the engine has a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from saturation import Race

import ttc
from ttc.backends.vllm import VLLMBackend
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.evaluation.examples import load_examples
from ttc.prompts import SOLVE
from ttc.strategies import SelfConsistency
from ttc.types import Problem, Sampling

WARM = 16
"""Length of the texts that warm an engine up, in tokens."""
Runs = list[tuple[int, float]]
"""Output tokens and seconds of each repeat."""


def offline(knobs: argparse.Namespace, problems: list[Problem]) -> dict[str, Any]:
    """LLM.generate, all prompts in one call."""
    from vllm import LLM, SamplingParams

    engine = LLM(model=knobs.model, disable_log_stats=True, **knobs.engine)
    template, encode = engine.get_tokenizer().apply_chat_template, engine.get_tokenizer().encode
    chats = [[{"role": "user", "content": f"{problem.prompt}{SOLVE}"}] for problem in problems]
    texts = [template(chat, tokenize=False, add_generation_prompt=True) for chat in chats]
    prompts = [{"prompt_token_ids": list(encode(text, add_special_tokens=False))} for text in texts]

    def once(length: int) -> tuple[int, float]:
        params = SamplingParams(n=knobs.n, max_tokens=length, temperature=0.8, seed=0, ignore_eos=True)
        start = time.perf_counter()
        outputs = engine.generate(prompts, params, use_tqdm=False)
        tokens = sum(len(completion.token_ids) for output in outputs for completion in output.outputs)
        return tokens, time.perf_counter() - start

    once(WARM)
    runs = [once(knobs.max_tokens) for _ in range(knobs.repeats)]
    return {"prompt_tokens": sum(len(p["prompt_token_ids"]) for p in prompts), "runs": {"offline": runs}}


async def by_ttc(knobs: argparse.Namespace, problems: list[Problem]) -> dict[str, Any]:
    """ttc over its VLLMBackend: the whole solver, then plain sampling by sessions."""
    backend = VLLMBackend(knobs.model, **knobs.engine)
    await backend.prepare()
    prompts = 0

    async def solver(sampling: Sampling) -> int:
        nonlocal prompts
        tokens = prompts = 0
        votes = SelfConsistency(n=knobs.n, stop="none")
        async with ttc.Solver(votes, backend=backend, sampling=sampling) as solver:
            async for result in solver.solve_many(problems, at_once=len(problems)):
                tokens += sum(len(candidate.token_ids or ()) for candidate in result.candidates)
                prompts += result.cost.prompt_tokens
        return tokens

    async def sampling(sampling: Sampling) -> int:
        async def one(problem: Problem, seed: int) -> int:
            session = Session(problem, Door(backend, Trace(), seed), Ledger(ttc.Budget()), sampling=sampling)
            return sum(len(candidate.token_ids or ()) for candidate in await session.sample(knobs.n))

        return sum(await asyncio.gather(*(one(problem, seed) for seed, problem in enumerate(problems))))

    runs: dict[str, Runs] = {"solver": [], "sampling": []}
    await solver(Sampling(max_tokens=WARM, extra={"ignore_eos": True}))
    for ask, found in zip((solver, sampling), runs.values(), strict=True):
        for _ in range(knobs.repeats):
            start = time.perf_counter()
            tokens = await ask(Sampling(max_tokens=knobs.max_tokens, extra={"ignore_eos": True}))
            found.append((tokens, time.perf_counter() - start))
    await backend.aclose()
    return {"prompt_tokens": prompts, "runs": runs}


async def steps(knobs: argparse.Namespace, problems: list[Problem]) -> dict[str, Any]:
    """Plain sampling and growth by steps over one engine, in turn."""
    backend = VLLMBackend(knobs.model, **knobs.engine)
    await backend.prepare()
    race, runs, cpu = Race("", backend, problems, knobs), dict[str, Runs](), dict[str, list[float]]()
    await race.plain(WARM)
    for who in ("plain", "stepwise", "stepwise", "plain") * max(1, knobs.repeats // 2):
        start, own = time.perf_counter(), time.process_time()
        tokens = await getattr(race, who)()
        runs.setdefault(who, []).append((tokens, time.perf_counter() - start))
        cpu.setdefault(who, []).append(round(time.process_time() - own, 2))
        print(who, runs[who][-1], cpu[who][-1], flush=True)
    await backend.aclose()
    return {"runs": runs, "cpu_s": cpu}


def summary(legs: list[dict[str, Any]]) -> dict[str, Any]:
    """Tokens a second of each kind of run over all legs, each of ttc's as a share of LLM.generate's.

    Growth by steps is a share of plain sampling at equal concurrency as well.
    """
    runs: dict[str, Runs] = {}
    for leg in legs:
        for kind, found in leg["runs"].items():
            runs.setdefault(kind, []).extend(found)
    rates = {kind: sum(t for t, _ in found) / sum(s for _, s in found) for kind, found in runs.items()}
    shares = {kind: round(rate / rates["offline"], 4) for kind, rate in rates.items()} if "offline" in rates else {}
    if "stepwise" in rates:
        shares["stepwise / plain"] = round(rates["stepwise"] / rates["plain"], 4)
    prompts = {leg["prompt_tokens"] for leg in legs if "prompt_tokens" in leg}
    same = len(prompts) <= len({t for found in runs.values() for t, _ in found}) == 1
    return {"tokens_per_second": {k: round(r, 1) for k, r in rates.items()}, "share": shares, "same_work": same}


def run_leg(knobs: argparse.Namespace) -> None:
    """One engine, in this process."""
    name = knobs.problems if knobs.problems.startswith("lab:") else "math500"
    examples = load_examples(name, data=None if name == knobs.problems else knobs.problems, limit=knobs.limit)
    problems = [example.problem for example in examples]
    legs = {"ttc": by_ttc, "steps": steps}
    found = offline(knobs, problems) if knobs.leg == "offline" else asyncio.run(legs[knobs.leg](knobs, problems))
    knobs.out.write_text(json.dumps({"who": knobs.leg, "problems": len(problems), **found}) + "\n")


def run_all(knobs: argparse.Namespace) -> None:
    """The missing legs, each in a process of its own; the file is written after each."""
    settings = {
        name: getattr(knobs, name)
        for name in ("model", "engine", "n", "max_tokens", "flight", "steps", "repeats", "order")
    }
    legs = json.loads(knobs.out.read_text())["legs"] if knobs.out.exists() else []
    part = knobs.out.with_suffix(".leg")
    for who in knobs.order.split(",")[len(legs) :]:
        part.unlink(missing_ok=True)
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--leg", who, "--out", str(part)], check=True)
        legs.append(json.loads(part.read_text()))
        found = {**settings, "legs": legs, **summary(legs), "date": time.strftime("%Y-%m-%d")}
        knobs.out.write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(legs[-1]), json.dumps(summary(legs)), flush=True)
    part.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--problems", required=True, help="a JSONL file of MATH problems, or lab:dev")
    parser.add_argument("--order", default="offline,ttc,ttc,offline")
    parser.add_argument("--leg", choices=("offline", "ttc", "steps"), help="run this alone, here (what --order starts)")
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--flight", type=int, default=512, help="completions in flight at once, in the leg `steps`")
    parser.add_argument("--steps", type=int, default=8, help="steps that a completion is grown in, in the leg `steps`")
    parser.add_argument("--engine", type=json.loads, default={}, help="engine arguments as JSON")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    if knobs.leg:
        run_leg(knobs)
    else:
        run_all(knobs)


if __name__ == "__main__":
    main()
