"""`ttc strategies`: what can be named, with knobs, sources and needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ttc.cli.output import console, table
from ttc.core.needs import access_of, needs_of, uses_of
from ttc.registry import knobs_of, nearest
from ttc.strategies import STRATEGIES
from ttc.verifiers import JUDGES, VERIFIERS


def strategies(
    name: Annotated[str | None, typer.Argument(help="Show only this one, with its full description.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List strategies, verifiers and judges: knobs with defaults, the paper, what they need.

    A strategy and a verifier may have one name: both are shown, and KIND:NAME shows one of them.

    Examples:

        ttc strategies

        ttc strategies self_consistency

        ttc strategies verifier:cisc
    """
    kinds: dict[str, Mapping[str, type]] = {"strategy": STRATEGIES, "verifier": VERIFIERS, "judge": JUDGES}
    rows = [_row(kind, key, cls) for kind, classes in kinds.items() for key, cls in classes.items()]
    if name is not None:
        names = [row["name"] for row in rows]
        rows = [row for row in rows if name in (row["name"], f"{row['kind']}:{row['name']}")]
        if not rows:
            raise ValueError(f"unknown name {name!r}; {nearest(name.rpartition(':')[2], names)}")
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
    elif name is not None:
        for number, row in enumerate(rows):
            if number:
                print("\n" + 80 * "-" + "\n")
            _print_one(row)
    else:
        _print_table(rows)


def _row(kind: str, name: str, cls: type) -> dict[str, Any]:
    knobs = {knob: _plain(default) for knob, (_, default) in knobs_of(cls).items()}
    about = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    row = {"kind": kind, "name": name, "about": about, "knobs": knobs, "paper": getattr(cls, "paper", "")}
    row |= {"access": access_of(cls), "needs": sorted(needs_of(cls)), "uses": sorted(uses_of(cls))}
    return {**row, "description": "\n".join(line.strip() for line in (cls.__doc__ or "").splitlines())}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _print_table(rows: list[dict[str, Any]]) -> None:
    shown = table("name", "knobs (default)", "needs", "paper", padding=(0, 2, 1, 0))
    for row in rows:
        knobs = ", ".join(f"{knob}={value}" for knob, value in row["knobs"].items())
        shown.add_row(f"[bold]{row['name']}[/]\n[dim]{row['kind']}[/]", knobs, row["access"], row["paper"])
    console(highlight=True).print(shown)


def _print_one(row: dict[str, Any]) -> None:
    print(f"{row['name']} ({row['kind']})\n\n{row['description'].strip()}\n")
    for knob, value in row["knobs"].items():
        print(f"  {knob} = {value}")
    print(f"\nneeds:  {row['access']}\nsource: {row['paper']}")
