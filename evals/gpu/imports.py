"""What ttc needs and this Python lacks: python evals/gpu/imports.py   (exit status 1 where something is missing)."""

import sys
from importlib.util import find_spec

NEEDED = (
    "numpy", "scipy", "networkx", "pydantic", "aiohttp", "openai", "asyncio_throttle", "math_verify",
    "latex2sympy2_extended", "sympy", "antlr4", "typer", "rich", "gguf", "safetensors", "tokenizers", "transformers",
    "jinja2", "vllm",
)  # fmt: skip
OPTIONAL = ("matplotlib",)

missing = [name for name in NEEDED if find_spec(name) is None]
print("missing:", *missing or ["nothing"], "| optional and missing:", *(n for n in OPTIONAL if find_spec(n) is None))
sys.exit(bool(missing))
