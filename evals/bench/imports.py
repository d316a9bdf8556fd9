"""CPU seconds to import ttc in fresh processes: `python -m evals.bench.imports [TREE TREE] [--times 11]`.

Two source trees, by their paths, are compared in one run: their processes take turns, so that a busy machine slows
both alike, and the ratio of the medians is printed. Without trees this one alone is measured. The aim is at most
0.15 s for `import ttc`; an empty process is printed beside it. Which modules are loaded is tested in
tests/test_sizes.py.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

CASES = {
    "nothing": ("-c", "pass"),
    "import ttc": ("-c", "import ttc"),
    "ttc.solve": ("-c", "import ttc; ttc.solve"),
    "import ttc.cli": ("-c", "import ttc.cli"),
    "ttc --version": ("-m", "ttc", "--version"),
    "ttc --help": ("-m", "ttc", "--help"),
    "ttc solve --help": ("-m", "ttc", "solve", "--help"),
    "ttc models --help": ("-m", "ttc", "models", "--help"),
    "ttc eval --help": ("-m", "ttc", "eval", "--help"),
}


def seconds(tree: Path, arguments: tuple[str, ...]) -> float:
    """CPU time of a process that has `tree` first on its path: no other process on the machine counts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], check=True, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="*", type=Path, help="source trees; the second is compared with the first")
    parser.add_argument("--times", type=int, default=11, help="fresh processes of each kind and tree")
    options = parser.parse_args()
    trees = [tree.resolve() for tree in options.trees] or [Path(__file__).resolve().parent.parent.parent]
    for name, arguments in CASES.items():
        for tree in trees:
            seconds(tree, arguments)  # the files are read into the cache of the disk, and compiled
        found = [[seconds(tree, arguments) for tree in trees] for _ in range(options.times)]
        medians = [statistics.median(column) for column in zip(*found, strict=True)]
        told = "   ".join(f"{median:.3f} s" for median in medians)
        ratio = f"   ratio {medians[1] / medians[0]:.2f}" if len(medians) == 2 else ""
        print(f"{name:<18} {told}{ratio}", flush=True)


if __name__ == "__main__":
    main()
