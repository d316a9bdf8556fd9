"""Time of one decision of a stop rule, which must be far below one model call: `python -m evals.bench.waves`."""

import time

import numpy as np

from ttc.search.stopping import STOP_RULES
from ttc.search.waves import next_wave

CAP = 64


def main() -> None:
    rng = np.random.default_rng(6)
    field = np.where(rng.random((30, CAP)) < 0.6, 0, 1 + rng.integers(0, 5, (30, CAP))).tolist()
    for name, make in STOP_RULES.items():
        rule = make()
        next_wave(rule, [0] * 3, CAP, CAP)  # tables that all decisions share
        seconds = []
        for labels in field:
            for n in (4, 10, 20):
                start = time.perf_counter()
                next_wave(rule, labels[:n], CAP, CAP)
                seconds.append(time.perf_counter() - start)
        print(f"{name:<16} {len(seconds)} decisions   median {np.median(seconds) * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
