"""Write down how llama.cpp continues held-out problems greedily, for comparison with other engines.

    python evals/lab_model/greedy.py greedy.json

Each row: prompt_ids, ids (at temperature 0), max_tokens, eos. evals/gpu/check_vllm.py reads it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from ttc.backends.llamacpp import LlamaCppBackend
from ttc.lab import FAMILIES, generate, lab_model_path
from ttc.prompts import SOLVE

MOST = 300


def post(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One JSON call."""
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)


def row(url: str, prompt: str) -> dict[str, Any]:
    """The greedy continuation of one problem."""
    text = post(url, "/apply-template", {"messages": [{"role": "user", "content": prompt + SOLVE}]})["prompt"]
    ids = post(url, "/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"]
    body = {
        "prompt": ids,
        "n_predict": MOST,
        "temperature": 0,
        "top_k": 1,
        "return_tokens": True,
        "cache_prompt": False,
    }
    reply = post(url, "/completion", body)
    return {"prompt": prompt, "prompt_ids": ids, "ids": reply["tokens"], "max_tokens": MOST, "text": reply["content"]}


async def main() -> None:
    """Fifty-six problems: every family, levels 1 to 4."""
    backend = LlamaCppBackend(lab_model_path())
    await backend.prepare()
    problems = [generate(family, level, seed).prompt for family in sorted(FAMILIES) for level in (1, 2, 3, 4)
                for seed in (0, 1)]  # fmt: skip
    rows = [row(backend.url, prompt) for prompt in problems]
    (end,) = post(backend.url, "/tokenize", {"content": "<|end|>", "add_special": False, "parse_special": True})[
        "tokens"
    ]
    Path(sys.argv[1]).write_text(json.dumps([{**r, "eos": end} for r in rows]))
    await backend.aclose()
    print(f"{len(rows)} problems, {sum(len(r['ids']) for r in rows)} tokens")


if __name__ == "__main__":
    asyncio.run(main())
