"""README and docs as the tests read them: code blocks, commands, and the prose that is left without them."""

import re
from pathlib import Path
from typing import NamedTuple

from ttc.cli import app_of

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
"""Pages whose prose is checked, too; the recipes of CONTRIBUTING have a test of their own."""


class Block(NamedTuple):
    """A fenced block. `title` is that of its first line; a title that begins with "needs" is not run."""

    language: str
    title: str
    code: str


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """The path of a page in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[Block]:
    fence = re.compile(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
    return [block for m in fence.finditer(text) if (block := Block(m[1], m[2] or "", m[3])).language == language]


def commands(text: str, program: str = "ttc") -> list[str]:
    """The lines of shell blocks that call a program by its bare name."""
    lines = [line for block in blocks(text, "sh") for line in block.code.splitlines()]
    return [line for line in lines if line.startswith(f"{program} ")]


def help_commands() -> list[str]:
    """The lines of all commands' help that call `ttc`."""
    docs = [str(command.callback.__doc__) for command in app_of().registered_commands if command.callback]
    return [line.strip() for doc in docs for line in doc.splitlines() if line.strip().startswith("ttc ")]


def sentences(text: str) -> list[str]:
    """The sentences outside code, tables and headings. A code span counts as one word, a link as its text."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(?:#|\||:::|!\[).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]+`", "code", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("*", "")
    items = re.split(r"\n\s*\n|^\s*(?:-|\d+\.)\s+", text, flags=re.MULTILINE)
    found = [s for item in items for s in re.split(r"(?<=[.!?])\s+(?=[A-Za-z0-9(])", " ".join(item.split()))]
    return [sentence for sentence in found if re.search(r"[A-Za-z]", sentence)]


def words(sentence: str) -> int:
    return len([word for word in sentence.split() if re.search(r"\w", word)])
