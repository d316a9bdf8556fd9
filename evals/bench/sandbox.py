"""Speed of the sandbox: `python -m evals.bench.sandbox [-n 400] [--isolation namespaces] [--data humaneval.jsonl]`.

A small check is a function of one line with three asserts. With --data (JSONL {problem, answer, test, entry_point})
the reference programs are tested as well, and so are programs without the reference's body.
"""

import argparse
import ast
import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from ttc.sandbox import Check, Limits, Sandbox

SMALL = (
    "def solve(a, b):\n    return a + b\n",
    "assert solve(2, 3) == 5\nassert solve(0, 0) == 0\nassert solve(-1, 1) == 0",
)


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


async def timed(name: str, checks: list[Coroutine[Any, Any, Check]]) -> list[Check]:
    started = time.perf_counter()
    results = await asyncio.gather(*checks)
    seconds = time.perf_counter() - started
    print(f"{name}: {len(results)} in {seconds:.2f} s, {len(results) / seconds:.0f} a second; right: ", end="")
    print(sum(result.right for result in results), flush=True)
    return results


def program(row: dict[str, str], kind: str = "reference") -> str:
    """Signature and body; MBPP's docstrings are indented otherwise than its bodies, so they go."""
    head = row["problem"] if "HumanEval" in row["source"] else row["problem"].split("'''")[0].rstrip() + "\n"
    if kind == "empty":
        return head + "    pass\n"
    code = head + row["answer"]
    return ast.unparse(ast.fix_missing_locations(_Mutant().visit(ast.parse(code)))) if kind == "mutated" else code


class _Mutant(ast.NodeTransformer):
    """Every result comes in a list of its own: `return x` -> `return [x]`."""

    def visit_Return(self, node: ast.Return) -> ast.Return:
        return ast.Return(ast.List([node.value or ast.Constant(None)], ast.Load()))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=400)
    parser.add_argument("--isolation", help="bubblewrap, namespaces or limits; default: the best there is")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--data", action="append", type=Path, default=[])
    options = parser.parse_args()
    sandbox = Sandbox(
        Limits(seconds=30), isolated=False, isolation=options.isolation, python=options.python, workers=options.workers
    )
    started = time.perf_counter()
    level = await sandbox.start()
    first = time.perf_counter() - started
    print(
        f"{level}, {sandbox.width} workers; start {first:.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    await timed("warm-up", [sandbox.check(*SMALL) for _ in range(10)])
    await timed("small checks", [sandbox.check(*SMALL) for _ in range(options.n)])
    for path in options.data:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for kind in ("reference", "mutated", "empty"):
            checks = [
                sandbox.check(program(r, kind), r["test"], entry_point=r["entry_point"].strip(), every=False)
                for r in rows
            ]
            results = await timed(f"{path.stem} {kind}", checks)
            odd = [(r["id"], c.reason) for r, c in zip(rows, results, strict=True) if c.right != (kind == "reference")]
            print("  otherwise than wanted:", odd)
    sandbox.close()
    print(f"{1e3 * cpu() / options.n:.1f} ms of CPU for each small check, start included" if not options.data else "")


if __name__ == "__main__":
    asyncio.run(main())
