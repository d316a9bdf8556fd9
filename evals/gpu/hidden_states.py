"""ST-BoN by the hidden states of a served vLLM: are they those of a transformers replay, and is the choice the same?

    python evals/gpu/hidden_states.py FOLDER --base-url URL --storage /dev/shm/hidden --out hidden.json

FOLDER holds the served weights; evals/gpu/hidden_states.sh starts the server. On every problem ST-BoN runs with the
server's states; the same candidates are replayed in float32 (exact) and in the server's number format (coarse). Passed:
the server is as near to the exact states as the coarse replay (within FACTOR, in relative root-mean-square over all
positions and widths of a layer), an off-by-one alignment is far from that, and ST-BoN picks the exact replay's
candidate at least as often as the coarse replay does, up to ROOM. Then savings: votes over the same n candidates,
without hidden states, by the server's own counters.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parent))

import numpy as np
from counters import metered

import ttc
from ttc.connect import connect
from ttc.core.session import Session
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.grade import equivalence
from ttc.hidden import ReplayTransformers, VllmConnector
from ttc.search.st_bon import choose
from ttc.strategies import SelfConsistency, StBon, Strategy
from ttc.types import Candidate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ttc.backends.base import Backend

FACTOR, SHIFTED, ROOM = 1.5, 4.0, 0.1
"""How far from the exact states the server may be, in the coarse replay's distances; how much farther (in the server's
distances) states one position off must be; share of problems by which the choices may agree less."""
FLOOR = 2e-3
"""Relative distance that is always allowed: float32 by other kernels, among them TF32 products."""


def distances(states: NDArray[np.float32], exact: NDArray[np.float32]) -> list[float]:
    """Relative root-mean-square difference of each layer of [steps, layers + 1, n, width]."""
    gaps, sizes = (np.square(x).mean(axis=(0, 2, 3)) for x in (states - exact, exact))
    return [float(d) for d in np.sqrt(gaps / sizes)]


class Compared:
    """A provider that gives the server's states, and notes how they and the replays differ."""

    def __init__(self, server: VllmConnector, exact: ReplayTransformers, coarse: ReplayTransformers, n: int):
        self.server, self.exact, self.coarse, self.n = server, exact, coarse, n
        self.rows: list[dict[str, Any]] = []

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> NDArray[np.float32]:
        server = await self.server.states(session, candidates, steps)
        exact = await self.exact.states(session, candidates, steps)
        coarse = await self.coarse.states(session, candidates, steps)
        found = StBon(n=self.n)._divergence(candidates)
        shifted = distances(server[1:], exact[:-1]) if steps > 1 else []
        self.rows.append({
            "shape": list(server.shape), "c": found.step, "finite": bool(np.isfinite(server).all()),
            "server": distances(server, exact), "coarse": distances(coarse, exact), "shifted": shifted,
            "choice": {name: choose(states, found) for name, states in
                       (("server", server), ("exact", exact), ("coarse", coarse))},
        })  # fmt: skip
        return server


def verdict(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over problems, and whether all of them passed."""
    means = {
        name: np.mean([row[name] for row in rows if row[name]], axis=0) for name in ("server", "coarse", "shifted")
    }
    same = {
        name: sum(row["choice"][name] == row["choice"]["exact"] for row in rows) / len(rows)
        for name in ("server", "coarse")
    }
    passed = {
        "states": bool((means["server"] <= np.maximum(FACTOR * means["coarse"], FLOOR)).all()),
        "aligned": bool((means["shifted"] >= SHIFTED * means["server"]).all()),
        "choice": same["server"] >= same["coarse"] - ROOM,
        "finite": all(row["finite"] for row in rows),
    }
    layers = {name: [float(f"{d:.3g}") for d in mean] for name, mean in means.items()}
    return {"passed": passed, "relative distance by layer": layers, "same choice as exact": same, "problems": len(rows)}


async def run(
    strategy: Strategy, backend: Backend, examples: list[Example], knobs: argparse.Namespace
) -> dict[str, Any]:
    """One strategy over all problems, with the server's counters beside ours."""
    sampling, gold = ttc.Sampling(max_tokens=knobs.max_tokens), {e.problem.id: e.gold for e in examples}
    right = ours = 0
    async with metered(knobs.base_url) as seen, ttc.Solver(strategy, backend=backend, sampling=sampling) as solver:
        async for result in solver.solve_many([e.problem for e in examples], at_once=knobs.at_once):
            right += result.answer is not None and equivalence("math", gold[result.problem.id], result.answer)
            ours += result.cost.output_tokens
    return {"setting": type(strategy).__name__, "n": knobs.n, "right": right, "our_tokens": ours, **seen}


def emptied(storage: Path) -> dict[str, int]:
    """What the server left for requests that nobody asked the states of; removed."""
    left = [path for path in storage.glob("*") if path.suffix in (".safetensors", ".lock")]
    sizes = [path.stat().st_size for path in left]
    for path in left:
        path.unlink()
    return {"files": len(left), "bytes": sum(sizes)}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base-url", default="http://127.0.0.1:8002/v1")
    parser.add_argument("--storage", type=Path, required=True)
    parser.add_argument("--problems", default="lab", help="lab, or a JSONL file of MATH problems")
    parser.add_argument("--limit", type=int, default=16, help="problems for the comparison")
    parser.add_argument("--saving", type=int, default=24, help="problems for the savings; 0 leaves them out")
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--dtype", default="bfloat16", help="the server's, for the coarse replay")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=Path, required=True)
    knobs = parser.parse_args()
    most = max(knobs.limit, knobs.saving)
    name, data = (f"lab:dev:count={most}", None) if knobs.problems == "lab" else ("math500", knobs.problems)
    examples = load_examples(name, data=data, limit=most)
    backend, server = await connect(knobs.base_url), VllmConnector(knobs.folder)
    exact, coarse = (ReplayTransformers(knobs.folder, device=knobs.device, dtype=d) for d in ("float32", knobs.dtype))
    compared = Compared(server, exact, coarse, knobs.n)
    found: dict[str, Any] = {"model": backend.model, "dtype": knobs.dtype, "date": time.strftime("%Y-%m-%d")}

    def keep(**more: Any) -> None:
        found.update(more)
        knobs.out.write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(more), flush=True)

    for example in examples[: knobs.limit]:
        sampling = ttc.Sampling(max_tokens=64)
        await ttc.asolve(example.problem, StBon(n=knobs.n, hidden=compared), backend=backend, sampling=sampling)
        found["rows"] = compared.rows
        keep(comparison=verdict(compared.rows), left=emptied(knobs.storage))
    chosen = examples[: knobs.saving]
    if chosen:
        keep(votes=await run(SelfConsistency(n=knobs.n, stop="none"), backend, chosen, knobs))
        keep(st_bon=await run(StBon(n=knobs.n, hidden=server), backend, chosen, knobs), left=emptied(knobs.storage))
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
