"""Hidden states of a served vLLM against a transformers replay of the same weights, on the same tokens.

    python evals/gpu/hidden_states.py /tmp/lab --base-url http://127.0.0.1:8001/v1 --out hidden.json

The server must run with --speculative-config method extract_hidden_states over layers 0 to L and with the
ExampleHiddenStatesConnector (lab_tables.sh does that). Its last layer comes before the final norm and the replay's
after it, so that one is left out of the comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np

from ttc.backends.base import Backend
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.connect import connect
from ttc.door import Door
from ttc.hidden import ReplayTransformers, VllmConnector
from ttc.lab import generate
from ttc.session import Session
from ttc.strategies import StBon
from ttc.trace import Trace
from ttc.types import Problem, Sampling


def opened(backend: Backend, seed: int) -> Session:
    """A session for one problem."""
    problem = Problem(generate("word", 3, seed, "dev").prompt)
    return Session(problem, Door(backend, Trace(), seed), Ledger(Budget()), sampling=Sampling(max_tokens=400))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base-url", default="http://127.0.0.1:8001/v1")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    backend = await connect(knobs.base_url)
    replay, rows = ReplayTransformers(knobs.folder), list[dict[str, Any]]()
    for seed in range(4):
        session = opened(backend, seed)
        candidates = await session.sample(6, max_tokens=24)
        steps = 16
        theirs = await VllmConnector().states(session, candidates, steps)
        ours = await replay.states(session, candidates, steps)
        gap = np.abs(theirs - ours)[:, :-1]
        rows.append({
            "shape": list(theirs.shape), "max_gap": float(gap.max()), "mean_gap": float(gap.mean()),
            "mean_size": float(np.abs(ours[:, :-1]).mean()), "shape_of_replay": list(ours.shape),
        })  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
        knobs.out.write_text(json.dumps(rows, indent=1) + "\n")
    session = opened(backend, 9)
    chosen = await StBon(n=8, hidden=VllmConnector()).run(session)
    rows.append({"st_bon": chosen.answer, "tokens": session.ledger.cost.output_tokens})
    knobs.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(json.dumps(rows[-1]))
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
