"""Do savings show in the server's own counters? Pairs of settings on the same problems, dear against thrifty.

    python evals/gpu/savings.py --base-url URL --problems math500.jsonl --out savings.json
    python evals/gpu/savings.py --base-url URL --problems lab --max-tokens 640 --out lab.json   # and ETS with a PRM

One run after the other, each over all problems; a pair that the file has is not run again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from counters import metered

import ttc
from ttc.connect import connect
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.grade import equivalence
from ttc.strategies import BestOfN, DeepConf, Ets, Rebase, SelfConsistency, StBonText, Strategy

Setting = tuple[Strategy, dict[str, Any]]


def pairs_of(lab: bool) -> dict[str, tuple[Setting, Setting]]:
    """Name of the saving -> what it is measured against, and what should save."""
    window, prm = (32 if lab else 128), {"verifier": "prm"}
    found: dict[str, tuple[Setting, Setting]] = {
        "adaptive voting": ((SelfConsistency(n=32, stop="none"), {}), (SelfConsistency(n=32, stop="beta"), {})),
        "st_bon_text": ((BestOfN(n=16), {"verifier": "self_verify"}), (StBonText(n=16), {})),
        "deepconf online": (
            (DeepConf(n=32, mode="offline", window=window), {}),
            (DeepConf(n=32, warmup=8, window=window), {}),
        ),
    }
    if lab:
        found["ets"] = ((Rebase(n=16), prm), (Ets(n=16, lambda_b=3.0, lambda_d=1.4), prm))
    return found


async def measured(
    setting: Setting, examples: list[Example], backend: Any, knobs: argparse.Namespace
) -> dict[str, Any]:
    """One setting over all problems."""
    strategy, options = setting
    sampling = ttc.Sampling(max_tokens=knobs.max_tokens)
    gold, right, ours = {e.problem.id: e.gold for e in examples}, 0, 0
    async with (
        metered(knobs.base_url, knobs.every) as seen,
        ttc.Solver(strategy, backend=backend, sampling=sampling, **options) as s,
    ):
        async for result in s.solve_many([e.problem for e in examples], at_once=knobs.at_once):
            right += result.answer is not None and equivalence("math", gold[result.problem.id], result.answer)
            ours += result.cost.output_tokens
    return {"setting": repr(strategy), "accuracy": right / len(examples), "our_tokens": ours, **seen}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--problems", required=True, help="a JSONL file, or lab")
    parser.add_argument("--limit", type=int, default=48)
    parser.add_argument("--max-tokens", type=int, default=1024)
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=300, help="no new pair begins after so long")
    parser.add_argument("--only", default="", help="savings with this word in their names")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between looks at the KV cache")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    lab = knobs.problems == "lab"
    name = f"lab:test:count={knobs.limit}" if lab else "math500"
    examples = load_examples(name, data=None if lab else knobs.problems, limit=knobs.limit)
    backend, start = await connect(knobs.base_url), time.monotonic()
    found = json.loads(knobs.out.read_text()) if knobs.out.exists() else {}
    for saving, (dear, thrifty) in pairs_of(lab).items():
        if saving in found or knobs.only not in saving or time.monotonic() - start > knobs.seconds:
            continue
        found[saving] = {
            "dear": await measured(dear, examples, backend, knobs),
            "thrifty": await measured(thrifty, examples, backend, knobs),
            "problems": len(examples), "model": backend.model, "date": time.strftime("%Y-%m-%d"),
        }  # fmt: skip
        knobs.out.write_text(json.dumps(found, indent=1) + "\n")
        print(saving, json.dumps(found[saving]), flush=True)
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
