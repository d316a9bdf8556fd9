"""Where the model comes from: the options that the commands share, turned into a backend."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ttc.backends.base import Backend

BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="An OpenAI-compatible server, for example http://localhost:8000/v1.")
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="The server's model; or alone: openai:NAME, hf:ORG/REPO (a GGUF to download), lab."),
]
Gguf = Annotated[str | None, typer.Option("--gguf", help="A GGUF file, run in this process (extra 'local').")]
KeyEnv = Annotated[str, typer.Option("--api-key-env", help="The environment variable that holds the API key.")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", help="Calls in flight at once.  [default: no limit]")]

NOTICE = (
    "ttc: using the small laboratory model that ships with ttc (sums and simple equations). "
    "Point to a real one with --base-url URL, --model NAME or --gguf FILE."
)


def backend_of(
    base_url: str | None, model: str | None, gguf: str | None, key_env: str, concurrency: int | None
) -> Backend:
    """The backend that the options name; without any, the laboratory model, with a notice."""
    from ttc.backends import open_backend

    if concurrency is not None and concurrency < 1:
        raise ValueError(f"--concurrency is {concurrency}; it must be at least 1")
    options: dict[str, Any] = {} if concurrency is None else {"concurrency": concurrency}
    if gguf is not None:
        if base_url is not None or model is not None:
            raise ValueError("--gguf names a file to run here; leave out --base-url and --model")
        return open_backend(gguf, **options)
    if base_url is not None:
        spec = base_url if model is None else f"{base_url}#{model}"
        return open_backend(spec, api_key_env=key_env, **options)
    if model in (None, "lab"):
        from ttc.lab import lab_model_path

        print(NOTICE, file=sys.stderr)
        return open_backend(str(lab_model_path()), **options)
    assert model is not None
    if model.startswith("hf:"):
        from ttc.cli.download import fetch

        return open_backend(str(fetch(model.removeprefix("hf:"))), **options)
    name = model.removeprefix("openai:")
    if not os.environ.get(key_env):
        raise ValueError(
            f"--model {model} alone means a hosted model, and {key_env} is not set; "
            "set it, or add --base-url URL for a server of your own"
        )
    return open_backend(f"openai:{name}", api_key_env=key_env, **options)
