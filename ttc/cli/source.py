"""Where the model comes from: the options that the commands share, turned into a backend."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from ttc.backends import BACKENDS

Options = dict[str, Any]

BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="An OpenAI-compatible server, for example http://localhost:8000/v1.")
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", help="The server's model; or alone: openai:NAME, hf:ORG/REPO (a GGUF to download), vllm:FOLDER, lab."
    ),
]
Gguf = Annotated[str | None, typer.Option("--gguf", help="A GGUF file, run in this process (extra 'local').")]
KeyEnv = Annotated[str, typer.Option("--api-key-env", help="The environment variable that holds the API key.")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", help="Calls in flight at once.  [default: no limit]")]

NOTICE = (
    "ttc: using the small laboratory model that ships with ttc (sums and simple equations). "
    "Point to a real one with --base-url URL, --model NAME or --gguf FILE."
)


def source_of(base_url: str | None, model: str | None, gguf: str | None, key_env: str) -> tuple[str | None, Options]:
    """What the options name, for `ttc.Solver(backend=..., **options)`: None is the laboratory model, with a notice."""
    if gguf is not None:
        if base_url is not None or model is not None:
            raise ValueError("--gguf names a file to run here; leave out --base-url and --model")
        return gguf, {}
    if base_url is not None:
        return base_url if model is None else f"{base_url}#{model}", {"api_key_env": key_env}
    if model is None or model == "lab":
        print(NOTICE, file=sys.stderr)
        return None, {}
    if model.startswith("hf:"):
        from ttc.cli.download import fetch

        return str(fetch(model.removeprefix("hf:"))), {}
    if not model.startswith("openai:") and model.partition(":")[0] in BACKENDS:
        return model, {}
    if not os.environ.get(key_env):
        raise ValueError(
            f"--model {model} alone means a hosted model, and {key_env} is not set; "
            "set it, or add --base-url URL for a server of your own"
        )
    return f"openai:{model.removeprefix('openai:')}", {"api_key_env": key_env}
