"""Time in which waiting calls are served by a ledger: `python -m evals.bench.ledger [N ...]`.

Calls wait at two parents under one root: all in the parents' own ledgers, or each in a ledger of its own, as problems
do. Per call the time must not grow with their number.
"""

import argparse
import asyncio
import time

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger, Need
from ttc.types import Cost

ROOM = 10**6


async def seconds(n: int, own: bool) -> float:
    """Time until n waiters have been served, one after the other at each of two parents."""
    root = Ledger(Budget(tokens=10**12))
    parents = [root.share(Budget(tokens=ROOM)) for _ in range(2)]
    first = [await parent.hold(Need(1, 1, ROOM)) for parent in parents]

    async def call(parent: Ledger) -> None:
        ledger = parent.share(Budget(calls=3)) if own else parent
        lease = await ledger.hold(Need(1, 1, ROOM))
        lease.settle(Cost(calls=1))

    start = time.perf_counter()
    tasks = [asyncio.ensure_future(call(parents[i % 2])) for i in range(n)]
    await asyncio.sleep(0)
    for lease in first:
        lease.settle(Cost(calls=1))
    await asyncio.gather(*tasks)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="*", default=[1000, 2000, 4000, 8000])
    print(f"{'waiters':>8}  {'in two ledgers':>22}  {'each in its own':>22}")
    for n in parser.parse_args().n:
        both = [asyncio.run(seconds(n, own)) for own in (False, True)]
        print(f"{n:>8}  " + "  ".join(f"{s:>9.3f} s {s / n * 1e6:>7.1f} us" for s in both), flush=True)


if __name__ == "__main__":
    main()
