"""AIME: 30 problems a year whose answers are integers from 0 to 999.

python evals/aime.py 25 --data aime25.jsonl --base-url http://localhost:8000/v1 --out runs/aime25
python evals/aime.py 24 --data aime24.jsonl --base-url http://localhost:8000/v1 --out runs/aime24

Sampled as reasoning models are: temperature 0.6, top_p 0.95, up to 32k tokens, 16 repeats of one sample (avg@16). One
problem is 3.3 points and the standard error 5 to 9, so look at the intervals. The prompt says the range of the answers.
"""

import sys

from ttc.cli import main

REASONING = ["--temperature", "0.6", "--top-p", "0.95", "--max-tokens", "32768"]
DEFAULTS = ["--strategy", "best_of_n", "--n", "1", "--repeat", "16", *REASONING]

if __name__ == "__main__":
    year, *options = sys.argv[1:] or ["25"]
    if year not in ("24", "25"):
        sys.exit(f"the year is {year!r}; write 24 or 25 first")
    sys.argv[1:] = ["eval", f"aime{year}", *DEFAULTS, *options]
    main()
