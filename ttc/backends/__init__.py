"""Backends: servers, embedded models, simulation, recordings.

What is named by a scheme, as in "vllm:FOLDER", is one line of `BACKENDS`.

May import: `errors`, `prompts`, `registry`, `types`, `version`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.backends.base import Backend
from ttc.registry import Registry

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["BACKENDS", "Backend", "open_backend"]

BACKENDS: Registry[Callable[..., Backend]] = Registry(
    "backend",
    "ttc.backends",
    {
        "openai": "ttc.backends:_hosted",
        "vllm": "ttc.backends:_in_process",
    },
)
"""Scheme -> its factory, other packages' included: what stands behind the colon, and options, give a Backend."""

FORMS = "a base URL such as http://localhost:8000/v1#MODEL, openai:MODEL, or the path of a GGUF file"


def open_backend(spec: str | Path | Backend | AsyncOpenAI, **options: Any) -> Backend:
    """The backend that `spec` names; nothing is connected or loaded before its `prepare`.

    >>> open_backend("http://localhost:8000/v1#qwen3-8b")
    OpenAIBackend('http://localhost:8000/v1', model='qwen3-8b', kind='generic')

    A spec has one of these forms:

    - a Backend: it is returned as it is;
    - an AsyncOpenAI client;
    - a base URL with or without /v1, and with an optional "#model";
    - "openai:MODEL": a hosted model, whose key is read from the environment;
    - the path of a GGUF file, which llama.cpp runs in this process;
    - "vllm:MODEL": a folder, or a name on the Hub, that vLLM runs in this process;
    - a scheme that another package registers.

    Args:
        spec: What is opened.
        options: They go to the backend's class: concurrency, pricing, api_key_env and so on.

    Raises:
        ValueError: Nothing has this form; the message names the nearest one.
    """
    if isinstance(spec, Backend):
        return spec
    if not isinstance(spec, str | Path):
        return _client(spec, options)
    text = str(spec)
    if re.match(r"https?://", text):
        from ttc.backends.openai import OpenAIBackend  # aiohttp is heavy

        url, _, model = text.partition("#")
        return OpenAIBackend(url, model or None, **options)
    scheme, colon, place = text.partition(":")
    if colon and scheme in BACKENDS:
        return BACKENDS[scheme](place, **options)
    if text.endswith(".gguf") or Path(text).expanduser().is_file():
        from ttc.backends.llamacpp import LlamaCppBackend  # aiohttp is heavy

        options.pop("api_key_env", None)
        return LlamaCppBackend(text, **options)
    raise ValueError(f"cannot open {text!r} as a backend; {_nearest(text)}")


def _hosted(model: str, **options: Any) -> Backend:
    from openai import AsyncOpenAI

    from ttc.backends.client import ClientBackend  # aiohttp is heavy

    variable = options.get("api_key_env", "OPENAI_API_KEY")
    if not model:
        raise ValueError("openai: names no model; write openai:MODEL")
    if not os.environ.get(variable):
        raise ValueError(f"openai:{model} needs an API key: set {variable}")
    return ClientBackend(AsyncOpenAI(api_key=os.environ[variable]), model, **options)


def _in_process(model: str, **options: Any) -> Backend:
    from ttc.backends.vllm import VLLMBackend  # aiohttp is heavy

    if not model:
        raise ValueError("vllm: names no model; write vllm:FOLDER or vllm:ORG/NAME")
    options.pop("api_key_env", None)
    return VLLMBackend(model, **options)


def _client(spec: Any, options: dict[str, Any]) -> Backend:
    if not (hasattr(spec, "chat") and hasattr(spec, "with_options")):
        raise ValueError(f"cannot open a {type(spec).__name__} as a backend; give {FORMS}, or an AsyncOpenAI client")
    from ttc.backends.client import ClientBackend  # aiohttp is heavy

    return ClientBackend(spec, **options)


def _nearest(text: str) -> str:
    """The form of a spec that the text comes nearest to, spelled out."""
    if re.match(r"[\w.-]+:\d+", text):
        return f"did you mean http://{text}?"
    scheme, colon, place = text.partition(":")
    if colon and (near := get_close_matches(scheme.lower(), [*BACKENDS, "http", "https"], n=1)):
        return f"did you mean {near[0]}:{place}?"
    if re.fullmatch(r"[\w.-]+", text):
        return f"did you mean openai:{text}? Otherwise give {FORMS}"
    return f"give {FORMS}"
