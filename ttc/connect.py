"""From what a user names to a connected backend whose tokens can be priced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ttc.backends import open_backend
from ttc.backends.base import Backend, TokenPrices
from ttc.lab import lab_model_path
from ttc.prices.configs import from_gguf
from ttc.prices.models import find_shape
from ttc.prices.pricing import ModelPricing

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ttc.backends.base import Backend, Pricing


async def connect(spec: str | Path | Backend | AsyncOpenAI | None, **options: Any) -> Backend:
    """A prepared backend: what `spec` names (see `ttc.Solver`), or the laboratory model that ships with ttc.

    `options` go to the backend's class; `prices` (TokenPrices) says what its tokens cost. eFLOPs are priced by the
    shape of the model where the GGUF's header or a well-known name tells it. A Backend object is taken as it is.
    """
    if isinstance(spec, Backend):
        await spec.prepare()  # noqa: ASYNC240 (a backend is no path)
        return spec
    if spec is None:
        spec = lab_model_path()
    prices = options.pop("prices", None) or TokenPrices()
    backend = open_backend(cast("str", spec), pricing=_of_file(spec, prices), **options)
    try:
        await backend.prepare()
    except BaseException:
        await backend.aclose()
        raise
    _of_name(backend, prices)
    return backend


def _of_file(spec: object, prices: TokenPrices) -> Pricing:
    """The pricing of a GGUF file by the shape in its header; the price list alone for anything else."""
    path = Path(str(spec)).expanduser()
    if path.suffix != ".gguf" or not path.is_file():
        return prices
    try:
        return ModelPricing(from_gguf(path), prices)
    except ValueError:  # a damaged file gets its clear error when it is opened; an unknown architecture has no price
        return prices


def _of_name(backend: Backend, prices: TokenPrices) -> None:
    """Price a served model whose name is well known."""
    shape = find_shape(backend.model)
    if backend.pricing is prices and shape is not None:
        backend.pricing = ModelPricing(shape, prices)  # type: ignore[misc]  # of a server: it has a setter
