"""Where the model comes from: the options that the commands share, turned into a backend."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

import typer

from ttc.backends import BACKENDS
from ttc.backends.base import TokenPrices

Concurrency = Annotated[int | None, typer.Option("--concurrency", help="Calls in flight at once.  [default: no limit]")]

NOTICE = (
    "ttc: using the small laboratory model that ships with ttc. It knows its own kinds of word problems, "
    "equations, gcd and lcm. Point to a real one with --base-url URL, --model NAME or --gguf FILE."
)
MODEL = "The server's model; or alone: openai:NAME, hf:ORG/REPO (a GGUF to download), vllm:FOLDER, lab."


@dataclass(frozen=True)
class Source:
    """Which model answers. Nothing is loaded and nothing is connected before `backend` is used."""

    base_url: str | None = field(
        default=None,
        metadata={"help": "An OpenAI-compatible server, for example http://localhost:8000/v1."},
    )
    model: str | None = field(default=None, metadata={"help": MODEL})
    gguf: str | None = field(default=None, metadata={"help": "A GGUF file, run in this process (extra 'local')."})
    api_key_env: str = field(
        default="OPENAI_API_KEY", metadata={"help": "The environment variable that holds the API key."}
    )

    def given(self) -> dict[str, Any]:
        """The fields that differ from their defaults, so that a file may say the others."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}

    def backend(self) -> tuple[str | None, dict[str, Any]]:
        """What `ttc.Solver(backend=..., **options)` needs: None is the laboratory model, with a notice."""
        if self.gguf is not None:
            if self.base_url is not None or self.model is not None:
                raise ValueError("--gguf names a file to run here; leave out --base-url and --model")
            return self.gguf, {}
        if self.base_url is not None:
            place = self.base_url if self.model is None else f"{self.base_url}#{self.model}"
            return place, {"api_key_env": self.api_key_env}
        return self._without_server(self.model)

    def _without_server(self, model: str | None) -> tuple[str | None, dict[str, Any]]:
        if model is None or model == "lab":
            print(NOTICE, file=sys.stderr)
            return None, {}
        if model.startswith("hf:"):
            from ttc.cli.download import fetch  # rich is heavy

            return str(fetch(model.removeprefix("hf:"))), {}
        if not model.startswith("openai:") and model.partition(":")[0] in BACKENDS:
            return model, {}
        if not os.environ.get(self.api_key_env):
            raise ValueError(
                f"--model {model} alone means a hosted model, and {self.api_key_env} is not set; "
                "set it, or add --base-url URL for a server of your own"
            )
        return f"openai:{model.removeprefix('openai:')}", {"api_key_env": self.api_key_env}


@dataclass(frozen=True)
class PricedSource(Source):
    """A model whose prices may be given."""

    price_in: float | None = field(default=None, metadata={"help": "USD per million prompt tokens."})
    price_out: float | None = field(default=None, metadata={"help": "USD per million output tokens."})

    @property
    def prices(self) -> TokenPrices | None:
        """The price list, None without one; ValueError where half of it is given."""
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("--price-in and --price-out go together; give both, or neither")
        return None if self.price_in is None or self.price_out is None else TokenPrices(self.price_in, self.price_out)

    def backend(self) -> tuple[str | None, dict[str, Any]]:
        """What `ttc.Solver(backend=..., **options)` needs, with the prices where they are given."""
        source, options = super().backend()
        return source, options | ({} if (prices := self.prices) is None else {"prices": prices})
