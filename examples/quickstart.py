"""Solve one problem by adaptive voting under a budget.

python examples/quickstart.py
"""

import ttc
from ttc.backends.base import Backend

PROBLEM = "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?"  # 16


def main(backend: Backend | str | None = None) -> str | None:
    result = ttc.solve(
        PROBLEM, "self_consistency", backend=backend, knobs={"n": 16}, budget=ttc.Budget(tokens=6000, seconds=60)
    )
    print(f"{result.answer} (confidence {result.confidence})")
    print(f"{result.cost.output_tokens} tokens, {len(result.candidates)} candidates, ended: {result.stopped}")
    return result.answer


if __name__ == "__main__":
    main()
