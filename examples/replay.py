"""Record a run, then repeat it exactly without any model.

python examples/replay.py
"""

import tempfile
from pathlib import Path

import ttc
from ttc.backends.base import Backend


def main(backend: Backend | str | None = None) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder) / "run.jsonl"
        problem = "Compute the lcm of 12, 8 and 14."
        first = ttc.solve(problem, "self_consistency", backend=backend, knobs={"n": 8}, record=tape)
        again = ttc.solve(problem, "self_consistency", knobs={"n": 8}, replay=tape)
    print(first.answer, again.answer, "same text:", first.text == again.text)
    assert first.text == again.text
    assert first.cost.output_tokens == again.cost.output_tokens
    return again.answer


if __name__ == "__main__":
    main()
