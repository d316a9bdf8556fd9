"""What users may rely on, as JSON: `python evals/api_snapshot.py > tests/golden/public_api.json`.

It describes the ttc that Python imports, so that an older version is described with PYTHONPATH at its checkout. The
committed file is that of version 0.1.0; tests/test_public_api.py compares.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

import ttc
from ttc.cli import app

PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "examples/*.py")


def snapshot() -> dict[str, Any]:
    """Names with parameters and members, knobs, modules that pages import, options of commands."""
    from ttc.strategies import STRATEGIES
    from ttc.verifiers import JUDGES, VERIFIERS

    return {
        "version": ttc.__version__,
        "names": {name: described(getattr(ttc, name)) for name in sorted(ttc.__all__)},
        "strategies": registered(STRATEGIES),
        "verifiers": registered(VERIFIERS),
        "judges": registered(JUDGES),
        "modules": imported_by_pages(Path(ttc.__file__).parent.parent),
        "commands": commands(),
    }


def described(value: Any) -> dict[str, Any]:
    """Parameters with their defaults, and for a class its public members with theirs."""
    found: dict[str, Any] = {}
    if callable(value):
        found["parameters"] = parameters(value)
    if inspect.isclass(value):
        names = {name for name in dir(value) if not name.startswith("_")}
        if dataclasses.is_dataclass(value):
            names |= {field.name for field in dataclasses.fields(value) if not field.name.startswith("_")}
        found["members"] = {name: parameters(getattr(value, name, None)) for name in sorted(names)}
    return found


def parameters(function: Any) -> dict[str, str]:
    """Parameter -> its default as text; empty where Python knows of none."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return {}
    return {
        name: "" if one.default is one.empty else stable(one.default)
        for name, one in signature.parameters.items()
        if not name.startswith("_")
    }


def stable(default: Any) -> str:
    """A default as text that is the same in every process and room."""
    return re.sub(r" at 0x[0-9a-f]+|\bttc\.[\w.]+\.", "", repr(default))


def registered(classes: Mapping[str, type]) -> dict[str, dict[str, str]]:
    """Name -> knob -> default."""
    return {name: parameters(classes[name]) for name in sorted(classes)}


def imported_by_pages(root: Path) -> dict[str, list[str]]:
    """Modules of ttc -> the names that README, CONTRIBUTING, docs and examples import or mention."""
    found: dict[str, set[str]] = {}
    for page in (page for pattern in PAGES for page in root.glob(pattern)):
        text = page.read_text(encoding="utf-8")
        for module, names in re.findall(r"^\s*from (ttc[\w.]*) import ([\w, ]+)", text, re.MULTILINE):
            found.setdefault(module, set()).update(name.split()[0] for name in names.split(",") if name.strip())
        for dotted in re.findall(r"\bttc\.[a-z]\w*(?:\.\w+)+", text):
            module, _, name = dotted.rpartition(".")
            if has(module, name):
                found.setdefault(module, set()).add(name)
    return {module: sorted(names) for module, names in sorted(found.items())}


def has(module: str, name: str) -> bool:
    """Whether a module can be imported and has the name."""
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False


def commands() -> dict[str, list[str]]:
    """Command -> its options, short forms too, and its arguments by their place."""
    group = typer.main.get_command(app)
    found = {}
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [word for one in command.params for word in (*one.opts, *one.secondary_opts) if word.startswith("-")]
        found[name] = [f"argument {place}" for place in range(1, len(arguments) + 1)] + sorted(options)
    return found


if __name__ == "__main__":
    print(json.dumps(snapshot(), indent=1))
