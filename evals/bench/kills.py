"""Random SIGKILLs during evaluations of the simulated model: is anything lost, paid for twice, or another result?

python -m evals.bench.kills --kills 200 --out evals/results      from the root of the repository; about a second a kill

Every evaluation is killed at random moments and started again with the same command until it ends, and is then
compared with one that nobody disturbed. The server of the test writes down every completion that it hands over: `lost`
counts completions that a resumed run does not have, `paid twice` those that it asked for again, and `in flight` those
that were handed over in the moment of the kill, before the process could write them, which no journal can save.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tests.evaluation.killing import AT_ONCE, CELLS, EXAMPLES, Account, kill

NAMES = {
    "kills": "SIGKILLs", "evaluations": "evaluations", "calls": "completions handed over", "in_flight": "in flight",
    "lost": "lost", "paid_twice": "paid twice", "other_tables": "other final tables",
}  # fmt: skip


def told(account: Account, seed: int) -> str:
    """The result as Markdown."""
    rows = "\n".join(f"| {NAMES[name]} | {number} |" for name, number in asdict(account).items())
    size = f"{len(CELLS)} strategies on {len(EXAMPLES)} problems, {AT_ONCE} runs at once, seed {seed}"
    notes = " ".join((__doc__ or "").partition("Every evaluation")[2].split())
    command = f"`python -m evals.bench.kills --kills {account.kills} --seed {seed} --out evals/results`"
    return f"# Killed evaluations\n\nEvery evaluation {notes} Each: {size}.\n\n{command}\n\n| | |\n|---|---|\n{rows}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder of kills.md and kills.json")
    options = parser.parse_args()
    account = kill(options.kills, options.seed)
    print(told(account, options.seed))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "kills.md").write_text(told(account, options.seed), encoding="utf-8")
        (options.out / "kills.json").write_text(json.dumps({"seed": options.seed, **asdict(account)}) + "\n")
    return int(bool(account.lost or account.paid_twice or account.other_tables))


if __name__ == "__main__":
    raise SystemExit(main())
