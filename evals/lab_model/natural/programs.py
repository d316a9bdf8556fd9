"""Run the programs of the model's own problems in the sandbox, and keep what each printed.

python -m evals.lab_model.natural.programs RAW printed.json
"""

import argparse
import asyncio
import json
import re
import time
from fractions import Fraction
from pathlib import Path

from evals.lab_model.natural.raw import Own, load
from ttc.sandbox import Limits, Sandbox

_BLOCK = re.compile(r"```(?:python)?\s*\n(.*?)(?:```|\Z)", re.S)
SECONDS = 3.0


def code_of(reply: str) -> str:
    """The program in a reply, with or without the marks of a block."""
    block = _BLOCK.search(reply)
    return (block[1] if block else reply).strip()


def printed_value(output: str) -> str | None:
    """The one number that a program printed; a float that is near a short decimal is taken as that."""
    words = output.replace("$", " ").replace("%", " ").split()
    if len(words) != 1:
        return None
    try:
        value = Fraction(words[0])
    except (ValueError, ZeroDivisionError):
        return None
    if value.denominator > 10**6:
        near = value.limit_denominator(1000)
        return str(near) if abs(near - value) < Fraction(1, 10**9) else None
    return str(value)


async def run_all(own: list[Own], workers: int) -> dict[str, str | None]:
    """What every different program printed, by its code."""
    codes = sorted({code_of(reply) for one in own for reply in one.programs if reply})
    printed: dict[str, str | None] = {}
    async with Sandbox(Limits(seconds=SECONDS, cpu_seconds=int(SECONDS)), workers=workers) as sandbox:

        async def one(code: str) -> None:
            run = await sandbox.run(code)
            printed[code] = printed_value(run.stdout) if run.status == 0 else None

        start = time.time()
        for begin in range(0, len(codes), 500):
            await asyncio.gather(*(one(code) for code in codes[begin : begin + 500]))
            print(f"{len(printed)} of {len(codes)} programs, {time.time() - start:.0f} s", flush=True)
    return printed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    _, own = load(args.raw)
    args.out.write_text(json.dumps(asyncio.run(run_all(own, args.workers))), encoding="utf-8")


if __name__ == "__main__":
    main()
