"""Fit the value profile that ships with ttc, for models that nobody has measured.

python -m evals.tables.shipped_profile POOL.jsonl.gz --name NAME

The pool must be of development problems: whoever reports numbers of "auto" with the shipped profile must not have its
problems in here. `ttc.auto.prior.shipped_profile` reads the file that this writes. Its lengths are widened,
as the next model's will be others.
"""

import argparse
from pathlib import Path

import ttc.auto
from ttc.auto.prior import LengthLaw, fit_profile
from ttc.evaluation.graded_pool import graded_problems
from ttc.evaluation.pool import read_pool

BETWEEN = 1.0
"""Spread of a problem's log-length, over models: a factor of e either way."""


def main() -> None:
    """Write shipped.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    profile = fit_profile(graded_problems(read_pool(options.pool)), options.name)
    lengths = LengthLaw(log_mean=profile.lengths.log_mean, between=BETWEEN, within=profile.lengths.within)
    path = Path(ttc.auto.__file__).with_name("shipped.json")
    profile.model_copy(update={"lengths": lengths}).save(path)


if __name__ == "__main__":
    main()
