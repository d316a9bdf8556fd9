"""Solve one problem by adaptive voting under a budget.

python examples/quickstart.py
"""

import ttc
from ttc.backends.base import Backend

PROBLEM = "Olga starts with 96 beads. A neighbour brings Olga 9 jars of 55 beads. How many beads does Olga end up with?"


def main(backend: Backend | str | None = None) -> str | None:
    result = ttc.solve(
        PROBLEM, "self_consistency", backend=backend, knobs={"n": 16}, budget=ttc.Budget(tokens=6000, seconds=60)
    )
    print(f"{result.answer} (confidence {result.confidence})")
    print(f"{result.cost.output_tokens} tokens, {len(result.candidates)} candidates, ended: {result.stopped}")
    return result.answer


if __name__ == "__main__":
    main()
