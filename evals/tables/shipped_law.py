"""Fit the value profiles that ship with ttc: laws of recorded pools, each with the class of its model and problems.

python -m evals.tables.shipped_law \
    --fit MATHDEV.jsonl.gz "Qwen2.5-Coder-1.5B-Instruct, 154 MATH problems outside MATH-500" \
        Qwen2.5-Coder-1.5B-Instruct 1.54e9 math \
    --fit GSM8K.jsonl.gz "Qwen2.5-Coder-1.5B-Instruct, 188 GSM8K test problems" \
        Qwen2.5-Coder-1.5B-Instruct 1.54e9 math \
    --fit evals/results/lab_pool.jsonl.gz "laboratory model, 800 of its test problems" ttc-lab 13e6 laboratory

Each --fit takes POOL NAME MODEL PARAMETERS DOMAIN. The first is the default, for models that nobody has measured: its
pool must be of development problems, since whoever reports numbers with it must not have its problems in here. The
others are used only where their name is given. A domain that no problem of ttc has keeps a law from being taken as
fitted to anything else. `ttc.belief.profile` reads the file that this writes.
"""

import argparse
import json
from pathlib import Path

import ttc.belief
from ttc.belief.classes import Model
from ttc.belief.fit_profile import described, fit_profile
from ttc.evaluation.graded_candidates import graded
from ttc.evaluation.pool import read_pool


def rounded(value: object) -> object:
    """Numbers with six digits: more would be noise, and the file is read at every start."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list | tuple) else value


def main() -> None:
    """Write shipped.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    columns = ("POOL", "NAME", "MODEL", "PARAMETERS", "DOMAIN")
    parser.add_argument("--fit", nargs=5, action="append", required=True, metavar=columns)
    parser.add_argument("--out", type=Path, default=Path(ttc.belief.__file__).with_name("shipped.json"))
    options = parser.parse_args()
    profiles = []
    for pool, name, model, parameters, domain in options.fit:
        about = Model(name=model, parameters=float(parameters))
        fitted = fit_profile(graded(read_pool(pool)), name, about, domain)
        profiles.append(rounded(fitted.profile.model_dump()))
        print(f"\n{name}")
        for what, value in described(fitted.profile):
            print(f"  {what}: {value}")
        for note in fitted.notes:
            print(f"  note: {note}")
    options.out.write_text(json.dumps({"version": 2, "profiles": profiles}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
