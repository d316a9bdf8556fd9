"""MATH-500: how accurate is a strategy on it, and what does it cost?

python evals/math500.py --data math500.jsonl --base-url http://localhost:8000/v1 --out runs/math500

Report on MATH-500, tune on the rest of the MATH test set. Current models have seen MATH in training: numbers compare
strategies on one model, they do not rank models. Every other option of `ttc eval` works here as well.
"""

import sys

from ttc.cli import main

DEFAULTS = ["--strategy", "self_consistency", "--n", "1,4,16,64", "--max-tokens", "2048"]

if __name__ == "__main__":
    sys.argv[1:] = ["eval", "math500", *DEFAULTS, *sys.argv[1:]]
    main()
