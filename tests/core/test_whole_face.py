"""The session is the whole face of a run: the rooms that use it never reach for what stands behind it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "ttc"
ROOMS = ("strategies", "verifiers", "hidden", "auto", "plan", "forecast", "serve", "mcp", "testing")
HIDDEN = {"door", "board"}


def reached(code: str) -> list[str]:
    """Attributes of `HIDDEN` that a text reads or sets, by name or by getattr."""
    tree = ast.walk(ast.parse(code))
    return [
        name
        for node in tree
        for name in (getattr(node, "attr", None), getattr(node, "value", None))
        if isinstance(name, str) and name in HIDDEN
    ]


@pytest.mark.parametrize("path", [p for r in ROOMS for p in sorted((ROOT / r).rglob("*.py"))], ids=lambda p: p.stem)
def test_what_is_behind_the_session_is_not_reached_for(path: Path) -> None:
    assert reached(path.read_text(encoding="utf-8")) == []


def test_the_search_finds_both_ways() -> None:
    assert reached("session.door.backend\ngetattr(session, 'board').verdicts\nsession.backend") == ["door", "board"]
