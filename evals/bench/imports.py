"""Seconds to import ttc in fresh processes: `python -m evals.bench.imports [--times 11]`.

The aim is a median of at most 0.15 s for `import ttc`; that of an empty process is printed beside it. Which modules are
loaded is tested in tests/test_sizes.py.
"""

import argparse
import statistics
import subprocess
import sys
import time

CASES = {
    "nothing": "pass",
    "import ttc": "import ttc",
    "ttc.solve": "import ttc; ttc.solve",
    "the command": "import ttc.cli",
}


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=11, help="fresh processes of each kind")
    times = parser.parse_args().times
    empty = 0.0
    for name, code in CASES.items():
        seconds(code)  # the files are read into the cache of the disk
        found = [seconds(code) for _ in range(times)]
        middle = statistics.median(found)
        empty = empty or middle
        print(
            f"{name:<12} median {middle:.3f} s   least {min(found):.3f} s   {middle - empty:+.3f} s to an empty process"
        )


if __name__ == "__main__":
    main()
