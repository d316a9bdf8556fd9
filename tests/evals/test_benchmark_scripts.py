"""The scripts of published benchmarks print what they promise."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROBLEMS = {
    "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?": "16",
    "Compute the lcm of 12, 8 and 14.": "168",
}


def script(name: str, place: Path, *options: str) -> str:
    """What a script prints about two problems of the laboratory model."""
    rows = [{"id": str(i), "problem": text, "answer": gold} for i, (text, gold) in enumerate(PROBLEMS.items())]
    (place / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [sys.executable, str(ROOT / "evals" / name), *options, "--data", "data.jsonl", "--max-tokens", "200"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_aime_prints_the_average_of_sixteen_samples(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    out = script("aime.py", tmp_path, "25", "--out", "run")
    accuracy, average = re.search(r"n=1 (\d\.\d+)", out), re.search(r"avg@16 (\d\.\d+)", out)
    assert accuracy is not None
    assert average is not None
    assert accuracy[1] == average[1]
    rows = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    assert len(rows) == 32
    assert float(average[1]) == pytest.approx(sum(row["correct"] for row in rows) / 32, abs=5e-4)
    assert "avg@1 " not in out


@pytest.mark.parametrize("name", ["math500.py", "gsm8k.py"])
def test_the_others_print_each_size(name: str, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    out = script(name, tmp_path, "--n", "1,4", "--out", "run")
    for n in (1, 4):
        assert re.search(rf"self_consistency n={n} \d\.\d+ \d\.\d+ to \d\.\d+", out)
