"""Do a served engine and transformers write the same greedy tokens with the laboratory model?

    python -m evals.lab_model.engines FOLDER --truth truth.json                    # what transformers writes, once
    python -m evals.lab_model.engines FOLDER --truth truth.json --url http://127.0.0.1:8000 --out engines.json

FOLDER is the Hugging Face folder of evals/lab_model/to_hf.py, which the server must have loaded. Prompts are sent as
token ids to /v1/completions. Texts that differ are kept, with the gap between transformers' two best logits at the
first difference: two right engines part only where that gap is about the rounding of the number format.
"""

from __future__ import annotations

import argparse
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from evals.lab_model import tokenizer
from evals.lab_model.chat import END, encode, prompt_text
from ttc.lab import FAMILIES, generate
from ttc.prompts import SOLVE

MOST = 300


def prompts() -> list[list[int]]:
    """Fifty-six problems: every family, levels 1 to 4, two seeds."""
    words = tokenizer.load()
    cells = [(family, level, seed) for family in sorted(FAMILIES) for level in (1, 2, 3, 4) for seed in (0, 1)]
    return [encode(words, prompt_text(generate(*cell).prompt + SOLVE)) for cell in cells]


def served(url: str, asked: list[list[int]], end: int) -> list[list[int]]:
    """Greedy tokens of the server, the end token left out; eight prompts at a time."""

    def one(ids: list[int]) -> list[int]:
        body = {"prompt": ids, "max_tokens": MOST, "temperature": 0, "return_token_ids": True, "stop_token_ids": [end]}
        data = json.dumps({**body, "model": "ttc-lab"}).encode()
        request = urllib.request.Request(f"{url}/v1/completions", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as reply:
            tokens = json.load(reply)["choices"][0]["token_ids"]
        return _until(tokens, end)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, asked))


def _until(tokens: list[int], end: int) -> list[int]:
    return tokens[: tokens.index(end)] if end in tokens else tokens


def with_transformers(model: Any, asked: list[list[int]], end: int) -> list[list[int]]:
    """Greedy tokens of transformers, one prompt after another."""
    out = []
    for ids in asked:
        row = torch.tensor([ids], device=model.device)
        with torch.no_grad():
            reply = model.generate(
                row, attention_mask=torch.ones_like(row), max_new_tokens=MOST, do_sample=False, eos_token_id=end
            )
        out.append(_until(reply[0, len(ids) :].tolist(), end))
    return out


def gap(model: Any, ids: list[int], mine: list[int], theirs: list[int]) -> tuple[int, float]:
    """Position of the first difference and how far apart transformers' logits of the two tokens are there."""
    at = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs)))
    if at >= min(len(mine), len(theirs)):
        return at, 0.0
    with torch.no_grad():
        logits = model(torch.tensor([ids + mine[:at]], device=model.device)).logits[0, -1].float()
    return at, float(logits[mine[at]] - logits[theirs[at]])


def main() -> None:
    from transformers import AutoModelForCausalLM

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path, required=True, help="transformers' tokens: read, or written if missing")
    parser.add_argument("--url")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"))
    args = parser.parse_args()
    words = tokenizer.load()
    asked, end = prompts(), words.token_to_id(END)
    model = AutoModelForCausalLM.from_pretrained(args.folder, dtype=getattr(torch, args.dtype))
    model.eval()
    if not args.truth.exists():
        args.truth.write_text(json.dumps(with_transformers(model, asked, end)) + "\n")
    if args.url is None:
        return
    mine, theirs = json.loads(args.truth.read_text()), served(args.url, asked, end)
    differing = list[dict[str, Any]]()
    for ids, a, b in zip(asked, mine, theirs, strict=True):
        if a != b:
            at, by = gap(model, ids, a, b)
            texts = {"transformers": words.decode(a), "server": words.decode(b)}
            differing.append({"prompt": words.decode(ids), "at": at, "logit gap": round(by, 4), **texts})
    if any(d["logit gap"] < -1.0 for d in differing):  # its own greedy token is its best, but for rounding
        raise SystemExit(f"transformers with {args.folder} would not write {args.truth}: that is of other weights")
    result = {"dtype": args.dtype, "problems": len(asked), "same": len(asked) - len(differing), "differing": differing}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(args.dtype, "same", result["same"], "of", len(asked), [(d["at"], d["logit gap"]) for d in differing])


if __name__ == "__main__":
    main()
