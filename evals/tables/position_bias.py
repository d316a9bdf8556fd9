"""A judge that prefers the first place: what one order makes of it, and what both orders do, by simulation.

python -m evals.tables.position_bias --out evals/results

The judge names the candidate in the first place with probability `bias` whatever it reads, else the right one with
probability p_comp. Comparisons and tournaments run through `Session.compare` and the strategy; beside them stand the
closed forms.
"""

import argparse
import asyncio
import json
import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.strategies import Tournament
from ttc.types import Candidate, Problem

BIASES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
P_COMP, P_GEN, N = 0.75, 0.4, 8

HEAD = f"""# Position bias

Written by evals/tables/position_bias.py. A judge names the first place with probability `bias` whatever it reads, else
the right candidate with probability {P_COMP}. "For the first": how often the candidate that was named first wins
between two equal ones, 0.5 is fair. "Pair": how often the right one of a right and a wrong candidate wins, each being
named first in half of the pairs. "Tournament": {N} candidates, each right with probability {P_GEN}. Every cell is
measured with its 95 % interval (Wilson), and behind it the closed form: binomial sums, and for the tournament the
recursion c -> c^2 + 2c(1 - c)P. Both orders leave no preference at any bias; they cannot bring back what a judge does
not say, so accuracy falls with the bias, and more votes win part of it back. One order falls to a coin.
"""


@dataclass(frozen=True)
class Biased:
    """A judge with a preference for the first place. `both` shows odd votes in the other order, as judges must."""

    bias: float
    both: bool
    gold: str | None
    """The right answer; None = the two are equal."""

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        rng = Random(f"{session.door.seed}/{session.problem.id}/{first.id}/{second.id}/{vote}")
        turned = self.both and vote % 2 == 1
        ahead, behind = (second, first) if turned else (first, second)
        better = (ahead.answer == self.gold) - (behind.answer == self.gold)
        reads = 0.5 + better * (P_COMP - 0.5)
        front = rng.random() < self.bias or rng.random() < reads
        return float(front != turned)


def win(bias: float, votes: int, both: bool, p: float = P_COMP) -> tuple[float, float]:
    """P(the better one wins the pair) if it is named first, and if it is named second; equal points are a fair coin."""
    in_front, behind = bias + (1 - bias) * p, (1 - bias) * p
    odd = votes // 2 if both else 0
    return _more(votes - odd, in_front, odd, behind), _more(votes - odd, behind, odd, in_front)


def _more(n: int, p: float, m: int, q: float) -> float:
    """P(Bin(n, p) + Bin(m, q) is more than half of n + m), half of it where it is just half."""
    chances = [_binomial(n, i, p) * _binomial(m, j, q) for i in range(n + 1) for j in range(m + 1)]
    points = [i + j for i in range(n + 1) for j in range(m + 1)]
    half = (n + m) / 2
    return math.fsum(c * (1.0 if x > half else 0.5 if x == half else 0.0) for c, x in zip(chances, points, strict=True))


def _binomial(n: int, k: int, p: float) -> float:
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def knockout(p_pair: float) -> float:
    """Success of a tournament of N = 2^r candidates in which the right one of a mixed pair wins with `p_pair`."""
    c = P_GEN
    for _ in range(int(math.log2(N))):
        c = c * c + 2 * c * (1 - c) * p_pair
    return c


async def pairs_won(bias: float, votes: int, both: bool, gold: str | None, pairs: int) -> int:
    """Of so many pairs, those that the first named won (gold None), or the right one (it is named first in half)."""
    backend, won = SimulatedBackend(), 0
    right, wrong = Candidate("0", "", "right"), Candidate("1", "", "wrong")
    judge = Biased(bias, both, gold)
    for number in range(pairs):
        session = Session(Problem(f"pair {number}"), Door(backend, Trace(), number), Ledger(ttc.Budget()), judge=judge)
        met = (right, wrong) if gold is None or number % 2 == 0 else (wrong, right)
        points = math.fsum((await session.compare([met], votes))[0])
        first = points > votes / 2 or (points == votes / 2 and session.rng.random() < 0.5)
        won += first if gold is None else (met[0] if first else met[1]) is right
    return won


async def tournaments_won(bias: float, votes: int, both: bool, runs: int) -> int:
    """Of so many tournaments, those that a right candidate won."""
    backend, won = SimulatedBackend(p_correct=P_GEN, gold=lambda text: "7"), 0
    async with ttc.Solver(Tournament(N, votes), backend=backend, judge=Biased(bias, both, "7")) as solver:
        for number in range(runs):
            result = await solver.solve(Problem(f"What is {number} + 7 - {number}?"), seed=number)
            won += result.answer == "7"
    return won


async def measured(pairs: int, runs: int) -> list[dict[str, Any]]:
    """All cells: counts, sizes and closed forms."""
    rows = []
    for votes, bias, both in product((4, 16), BIASES, (False, True)):
        pair = sum(win(bias, votes, both)) / 2
        cells = {
            "for_the_first": (await pairs_won(bias, votes, both, None, pairs), pairs, win(bias, votes, both, 0.5)[0]),
            "pair": (await pairs_won(bias, votes, both, "right", pairs), pairs, pair),
            "tournament": (await tournaments_won(bias, votes, both, runs), runs, knockout(pair)),
        }
        rows.append({"votes": votes, "bias": bias, "orders": "both" if both else "one"} | {
            name: {"won": won, "of": of, "exact": exact} for name, (won, of, exact) in cells.items()
        })  # fmt: skip
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    out = [HEAD, "| votes | bias | orders | for the first | pair | tournament |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = " | ".join(_cell(row[name]) for name in ("for_the_first", "pair", "tournament"))
        out.append(f"| {row['votes']} | {row['bias']} | {row['orders']} | {cells} |")
    return "\n".join([*out, ""])


def _cell(found: dict[str, Any]) -> str:
    from ttc.verifiers.reliability import wilson

    low, high = wilson(found["won"], found["of"])
    return f"{found['won'] / found['of']:.3f} ({low:.3f} to {high:.3f}); {found['exact']:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    knobs = parser.parse_args()
    knobs.out.mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(measured(knobs.pairs, knobs.runs))
    (knobs.out / "position_bias.md").write_text(markdown(rows), encoding="utf-8")
    (knobs.out / "position_bias.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(markdown(rows))


if __name__ == "__main__":
    main()
