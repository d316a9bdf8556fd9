"""GSM8K: 1,319 word problems of grade-school mathematics, the set for small models.

python evals/gsm8k.py --data gsm8k_test.jsonl --gguf model.gguf --limit 200 --out runs/gsm8k

Every other option of `ttc eval` works here as well.
"""

import sys

from ttc.cli import main

DEFAULTS = ["--strategy", "self_consistency", "--n", "1,4,16", "--max-tokens", "512"]

if __name__ == "__main__":
    sys.argv[1:] = ["eval", "gsm8k", *DEFAULTS, *sys.argv[1:]]
    main()
