"""Hostile programs against the sandbox: `python -m evals.bench.hostile [-n 1000] [--isolation namespaces]`.

Each must do no harm, not pass the tests, and return within its limit. Run it from the root of the repository.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter

from tests.sandbox.bystanders import LIMITS, attempt, bystanders, left_over, still_right
from tests.sandbox.hostile import PAYLOADS, SAFE, Hostile, variants
from ttc.sandbox import Sandbox, SandboxError

SLACK = 3.0
"""Seconds that a loaded machine may add to a limit."""


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="number of programs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--isolation", help="bubblewrap, namespaces or limits; default: the best there is")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--workers", type=int, help="checks at once; default: one for each core")
    options = parser.parse_args()
    sandbox = Sandbox(isolated=False, isolation=options.isolation, python=options.python, workers=options.workers)
    level = await sandbox.start()
    programs = variants(options.n, options.seed, SAFE if level == "limits" else tuple(PAYLOADS))
    harmed, failed, seconds = [], [], []
    with bystanders() as around:
        print(f"isolation: {level}; limit {LIMITS.seconds} s", flush=True)

        async def one(program: Hostile) -> None:
            started = time.monotonic()
            try:
                harm = await attempt(sandbox, around, program)
            except SandboxError as error:
                failed.append(f"{program.name}: {error}")
                return
            seconds.append(took := time.monotonic() - started)
            harm += [f"took {took:.1f} s"] if took > LIMITS.seconds + SLACK else []
            harmed.extend(f"{program.name}: {what}" for what in harm)

        started = time.monotonic()
        for first in range(0, len(programs), 50):
            # One at a time for each worker: time spent waiting for a turn is not the program's.
            turns = asyncio.Semaphore(sandbox.width)

            async def in_turn(program: Hostile, turns: asyncio.Semaphore = turns) -> None:
                async with turns:
                    await one(program)

            await asyncio.gather(*map(in_turn, programs[first : first + 50]))
            if not await still_right(sandbox):
                harmed.append(f"after {first + 50}: an honest program fails")
        left = left_over()
    sandbox.close()
    print(
        f"{len(programs)} programs in {time.monotonic() - started:.0f} s: {dict(Counter(p.category for p in programs))}"
    )
    print(f"longest {max(seconds):.2f} s; harm: {len(harmed)}; left over: {left}; sandbox failures: {len(failed)}")
    print(*harmed, *failed, sep="\n")
    return int(bool(harmed or left or failed))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
