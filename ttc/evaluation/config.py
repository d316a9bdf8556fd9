"""The configuration of an evaluation: the same options from the command line, a TOML or YAML file, and Python."""

from __future__ import annotations

import hashlib
import json
import platform
import tomllib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from ttc.budget.budget import Budget
from ttc.evaluation import conventions
from ttc.evaluation.cells import Cell, grid, read_budgets
from ttc.evaluation.conventions import with_convention
from ttc.evaluation.examples import BadRows
from ttc.evaluation.grade import grader_named
from ttc.registry import nearest
from ttc.types import Sampling
from ttc.version import __version__

Config = TypeVar("Config", bound="DrawConfig")

ABOUT_RUNS = ("set", "data", "pool", "seed", "hold", "domain", "grader")
"""What, beside the model and the sampling, one folder of results has in common."""


def _listed(value: Any) -> Any:
    """One value stands for a list of one, and a text of names or numbers may have commas."""
    if isinstance(value, str):
        return [value] if "=" in value else [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


Names = Annotated[list[str], BeforeValidator(_listed)]
Numbers = Annotated[list[int], BeforeValidator(_listed)]


class DrawConfig(BaseModel):
    """Which problems, and how solutions are drawn. The descriptions of the fields are the help texts of the options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: str = ""
    data: str | None = Field(None, description="JSONL of {id, problem, answer, level?}.")
    limit: int | None = Field(None, ge=1, description="Only the first so many problems.")
    skip_bad_rows: bool = Field(False, description="Leave bad rows out.")
    prompt: str | None = Field(None, description="boxed, aime, answer_line, lighteval or plain.")
    domain: Literal["math", "choice", "code", "open"] = Field("math", description="math, choice, code or open.")
    seed: int = Field(0, description="The same seed draws the same samples.")
    temperature: float = Field(0.8, description="Of the samples.")
    top_p: float = Field(1.0, description="Of the samples.")
    max_tokens: int = Field(1024, ge=1, description="Of one sample.")
    at_once: int = Field(64, ge=1, description="Calls in flight.")
    patience: float = Field(600.0, ge=0, description="Seconds to wait for a server that is away.")
    system: str | None = None

    @property
    def bad_rows(self) -> BadRows:
        """What happens to rows that cannot be read."""
        return "skip" if self.skip_bad_rows else "refuse"

    def sampling(self) -> Sampling:
        """How solutions are drawn, with the prompt convention of the set unless another is named."""
        plain = Sampling(self.temperature, self.top_p, self.max_tokens, system=self.system)
        if self.domain != "math" and self.prompt is None:
            return plain
        return with_convention(self.prompt or conventions.DEFAULTS.get(self.set, "boxed"), plain)

    def drawn(self) -> dict[str, Any]:
        """How solutions are drawn, as plain values for records."""
        sampling = self.sampling()
        return {name: getattr(sampling, name) for name in ("temperature", "top_p", "max_tokens", "system", "suffix")}


class RecordConfig(DrawConfig):
    """Everything that decides what `ttc record` writes."""

    n: int = Field(16, description="Samples of each problem.")
    out: Path = Field(description="The pool file (JSONL).")
    logprobs: str | None = Field(None, description="mean (of each sample), or tokens (all of them, large).")
    verifier: list[str] = Field([], description="Score each sample with it; read as pool:NAME.")
    judge: list[str] = Field([], description="Have it compare samples with different answers, for ttc fit.")

    def about(self) -> dict[str, Any]:
        """The head of the pool: samples can be added to it only if this is the same."""
        return {"set": self.set, "sampling": self.drawn(), "seed": self.seed, "domain": self.domain}


class EvalConfig(DrawConfig):
    """Everything that decides what an evaluation does.

    Where the model comes from, its prices, `judge`, `system` and `concurrency` are as in all commands.
    """

    strategy: Names = Field(["self_consistency"], description="Names with commas.")
    knobs: dict[str, Any] = Field({}, description="knob=value or strategy.knob=value; again for a cell each.")
    n: Numbers = Field([], description="Values of the knob n, with commas.")
    budgets: Names = Field([], description="CURRENCY=VALUE,VALUE: tokens, calls, seconds, usd, eflops.")
    verifier: str | None = Field(None, description="Name, name:knob=value, or pool:NAME.")
    judge: str | None = None
    values: str | None = Field(None, description="Value profile: a file of ttc fit, or a shipped one's name.")
    repeat: int = Field(1, ge=1, description="Runs of every cell on every problem.")
    seed: int = Field(0, description="Of the first repeat.  [default: 0]")
    hold: Literal["worst", "typical"] = Field("worst", description="worst or typical, see ttc solve.")

    pool: str | None = Field(None, description="Run on recorded samples instead of a model.")
    levels: str | None = Field(None, description="Only problems of these, as 3-5 or 1,3.")
    skip_bad_rows: bool = Field(False, description="Leave bad rows out instead of refusing the file.")
    grader: str = Field("equivalence", description="equivalence, identical, math_verify, or MODULE:FUNCTION.")
    temperature: float = Field(0.8, description="[default: 0.8]")
    top_p: float = Field(1.0, description="[default: 1.0]")
    max_tokens: int = Field(1024, ge=1, description="Of one sample.  [default: 1024]")

    base_url: str | None = None
    model: str | None = None
    gguf: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    price_in: float | None = None
    price_out: float | None = None
    concurrency: int | None = Field(None, ge=1)

    at_once: int = Field(64, ge=1, description="Runs in flight.  [default: 64]")
    patience: float = Field(600.0, ge=0, description="Seconds to wait for a server that is away.  [default: 600]")
    total: Names = Field([], description="What all runs together may spend: CURRENCY=VALUE, for this call.")
    executor: Literal["local", "ray"] = Field("local", description="local, or ray (extra 'ray').")
    workers: int | None = Field(None, ge=1, description="Processes of the Ray cluster.  [default: one a CPU]")
    ray_address: str | None = Field(None, description="Its head.  [default: $RAY_ADDRESS, else this machine]")
    out: str | None = Field(None, description="Folder of journal and results.  [default: runs/SET]")
    keep_tapes: bool = Field(False, description="Keep the recordings of finished runs.")

    @field_validator("grader")
    @classmethod
    def _known(cls, value: str) -> str:
        grader_named(value)
        return value

    def total_budget(self) -> Budget:
        """What all runs together may spend; several texts are limits that hold together."""
        found = read_budgets(["+".join(self.total)]) if self.total else [Budget()]
        if len(found) > 1:
            raise ValueError(f"total is {self.total}; it must be one budget, for example tokens=1000000")
        return found[0]

    def cells(self) -> list[Cell]:
        """Strategies x n x budgets."""
        budgets = read_budgets(self.budgets)
        return grid(
            self.strategy, budgets=budgets, n=self.n, knobs=self.knobs, verifier=self.verifier, judge=self.judge
        )

    def about(self, model: str) -> dict[str, Any]:
        """What one folder of results has in common: runs can be added to it only if this is the same."""
        found = {**{name: getattr(self, name) for name in ABOUT_RUNS}, "model": model, "sampling": self.drawn()}
        return found if self.values is None else {**found, "values": self.values}  # older folders say nothing of it

    def hash(self, model: str) -> str:
        """A short hash of the whole configuration and the model, to publish beside a number."""
        unrelated = {"out", "keep_tapes", "patience", "at_once", "concurrency", "api_key_env", "base_url"}
        unrelated |= {"total", "executor", "workers", "ray_address"}
        content = json.dumps([self.model_dump(exclude=unrelated), model], sort_keys=True)
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def make_config(
    values: Mapping[str, Any],
    file: str | Path | None = None,
    kind: type[Config] = EvalConfig,  # type: ignore[assignment]
) -> Config:
    """A configuration from a file and from values, which go before those of the file; None says nothing."""
    merged = {**(_read(Path(file)) if file is not None else {}), **{k: v for k, v in values.items() if v is not None}}
    try:
        return kind(**merged)
    except ValidationError as error:
        raise ValueError(_told(error, file)) from None


def versions() -> dict[str, str]:
    """Versions of what decides a number."""
    found = {"ttc": __version__, "python": platform.python_version()}
    for package in ("math-verify", "sympy", "numpy", "xllamacpp", "vllm", "openai"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _read(path: Path) -> dict[str, Any]:
    text = path.expanduser().read_text(encoding="utf-8")
    if path.suffix == ".toml":
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{path} is no TOML: {error}") from None
    if path.suffix in (".yaml", ".yml"):
        return _yaml(path, text)
    raise ValueError(f"{path} is neither .toml nor .yaml; a configuration is one of them")


def _yaml(path: Path, text: str) -> dict[str, Any]:
    try:
        yaml = import_module("yaml")
    except ImportError:
        raise ValueError(f"{path} needs the package pyyaml (pip install 'ttc-llm[eval]'); or write TOML") from None
    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold a mapping of options to values, not a {type(values).__name__}")
    return values


def _told(error: ValidationError, file: str | Path | None) -> str:
    """The first complaint in one line, with the nearest option for a name that does not exist."""
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    where = f" in {file}" if file is not None else ""
    if first["type"] == "extra_forbidden":
        return f"unknown option {name!r}{where}; {nearest(name, EvalConfig.model_fields)}"
    return f"option {name}{where} is {first['input']!r}: {first['msg'].removeprefix('Value error, ')}"
