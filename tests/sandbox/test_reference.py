"""HumanEval and MBPP where they are at hand (TTC_DATA, or ../shared/data beside the repository): a part of each.

`python -m evals.bench.sandbox --data FILE` runs them all.
"""

import asyncio
import json
import os
from pathlib import Path

import pytest

from evals.bench.sandbox import program
from ttc.sandbox import Sandbox

DATA = Path(os.environ.get("TTC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "problems"
BROKEN = {"MbppEval/56"}  # the tests' check() replaces the program's function of that name, and calls itself


@pytest.mark.parametrize(("name", "step"), [("humaneval", 6), ("mbpp_sanitized", 16)])
async def test_references_pass_and_broken_ones_fail(isolated: Sandbox, name: str, step: int) -> None:
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {DATA.name}/ of TTC_DATA")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][::step]
    for kind in ("reference", "mutated", "empty"):
        checks = await asyncio.gather(
            *(isolated.check(program(r, kind), r["test"], entry_point=r["entry_point"].strip()) for r in rows)
        )
        wrong = {row["id"] for row, check in zip(rows, checks, strict=True) if check.right != (kind == "reference")}
        assert wrong <= BROKEN, kind
