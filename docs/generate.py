"""Makes the pages of strategies and verifiers from their docstrings, as a hook of mkdocs.

The pages exist only in the site. The hook also adds the files outside docs/ that the pages link to, such as tables and
examples. It turns links to them into links of the site.
"""

from __future__ import annotations

import ast
import csv
import inspect
import itertools
import os
import posixpath
import re
import sys
import textwrap
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the site describes the code beside it, not an installed copy

from ttc.core.needs import access_of  # noqa: E402
from ttc.registry import knobs_of  # noqa: E402
from ttc.strategies import STRATEGIES  # noqa: E402
from ttc.verifiers import JUDGES, VERIFIERS  # noqa: E402

MOUNTED = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "evals/gpu/README.md",
    "evals/lab_model/results/*.*",
    "evals/results/*.md",
    "evals/results/*.svg",
    "evals/results/*.json",
    "examples/*.py",
    "ttc/lab/MODEL_CARD.md",
)
"""Files outside docs/ that are part of the site, at their own paths."""
LINK = re.compile(r"(?<=\]\()([^)\s#]+)")
"""The target of a Markdown link, without its anchor."""
UNMEASURED = "It was not measured yet."
Kind = typing.Literal["strategies", "verifiers"]


# ---- pages of one class --------------------------------------------------------------------------------------------


@cache
def pays() -> dict[str, dict[str, str]]:
    """What is known of when each strategy and verifier pays: docs/pays.toml."""
    return tomllib.loads((ROOT / "docs" / "pays.toml").read_text(encoding="utf-8"))


def classes(kind: Kind) -> Mapping[str, type]:
    """The classes of ttc itself of a kind, by name; judges stand with the verifiers."""
    listings = (STRATEGIES,) if kind == "strategies" else (VERIFIERS, JUDGES)
    return {name: listing[name] for listing in listings for name in listing.own}


def page(kind: Kind, name: str) -> str:
    """The page of one strategy, verifier or judge."""
    cls = classes(kind)[name]
    what, rest = described(cls)
    parts = [f"# {name}", what, f"**When it pays.** {pays()[kind].get(name, UNMEASURED)}", details(cls)]
    if knobs_of(cls):
        parts += ["## Knobs", knob_table(name, cls), how_to_set(kind, name, cls)]
    if rest:
        parts += ["## How it works", rest]
    for base in shared(cls):
        parts += [f"## Shared: {spaced(base.__name__)}", "\n\n".join(described(base)).strip()]
    if kind == "strategies" and (rows := measured(name)):
        parts += ["## Measured", rows]
    return "\n\n".join(parts) + "\n"


def described(cls: type) -> tuple[str, str]:
    """The first paragraph of a docstring, and the others without the section Args."""
    first, *others = (inspect.getdoc(cls) or "").split("\n\n")
    return escaped(first), "\n\n".join(escaped(part) for part in others if not part.startswith(("Args:", "Example")))


def escaped(text: str) -> str:
    """Plain text of a docstring as Markdown: what looks like a tag is none."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else p.replace("<", "&lt;").replace("*", "\\*") for p in pieces)


def shared(cls: type) -> list[type]:
    """The classes of ttc whose knobs a class inherits."""
    return [base for base in cls.__mro__[1:] if base.__module__.startswith("ttc.") and is_dataclass(base)]


def spaced(name: str) -> str:
    """`StepSearch` -> "step search"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def details(cls: type) -> str:
    """Needs and paper."""
    paper = getattr(cls, "paper", "")
    return f"| | |\n|---|---|\n| needs | {access_of(cls)} |\n| source | {linked(paper)} |"


def linked(paper: str) -> str:
    """arXiv numbers as links."""
    return re.sub(r"arXiv (\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", paper)


def how_to_set(kind: Kind, name: str, cls: type) -> str:
    """How the first knob is set on the command line, if a text can set it."""
    settable = {knob: default for knob, (_, default) in knobs_of(cls).items() if isinstance(default, int | float | str)}
    if not settable:
        return "These knobs are set from Python."
    knob, default = next(iter(settable.items()))
    option = {"strategies": f"--strategy {name} --set", "verifiers": "--verifier"}[kind]
    option = "--judge" if name in JUDGES else option
    value = f"{knob}={default}" if kind == "strategies" else f"{name}:{knob}={default}"
    return f'```sh\nttc solve "..." {option} {value}\n```'


# ---- knobs ---------------------------------------------------------------------------------------------------------


def knob_table(name: str, cls: type) -> str:
    """Name, type, default and meaning of each knob."""
    meanings = {knob: meaning_of(name, cls, knob) for knob in knobs_of(cls)}
    rows = ["| knob | type | default | meaning |", "|---|---|---|---|"]
    for knob, (kind, default) in knobs_of(cls).items():
        meaning = meanings[knob].replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{knob}` | {shown_type(kind)} | `{default!r}` | {meaning} |")
    return "\n".join(rows)


def meaning_of(name: str, cls: type, knob: str) -> str:
    """What the docstrings say of a knob, else docs/pays.toml; "" where nothing is said of it."""
    if (said := knob_meanings(cls).get(knob)) is not None:
        return said
    told = " ".join(" ".join(described(part)) for part in (cls, *shared(cls)))
    common = pays()["knobs"]
    known = common.get(f"{name}.{knob}")
    return known or ("see the text" if re.search(rf"\b{knob}\b", told) else common.get(knob, ""))


def shown_type(kind: Any) -> str:
    """A type in words that fit into a cell."""
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(kind))
    if isinstance(kind, type) and not typing.get_args(kind):
        return f"`{kind.__name__}`"
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", str(kind))
    return "`" + text.replace("NoneType", "None").replace("|", "\\|") + "`"


def knob_meanings(cls: type) -> dict[str, str]:
    """What docstrings say of single knobs: the text under a field, or the section Args of a class."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base is object or base.__module__.startswith(("typing", "builtins")):
            continue
        found |= under_fields(base)
        found |= in_args(inspect.getdoc(base) or "")
    return found


def under_fields(cls: type) -> dict[str, str]:
    """Field -> the string that stands under it in the source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = typing.cast(ast.ClassDef, tree.body[0]).body
    found = {}
    for field, text in itertools.pairwise(body):
        named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if named and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = inspect.cleandoc(str(text.value.value))  # type: ignore[union-attr]
    return found


def in_args(doc: str) -> dict[str, str]:
    """Knob -> its text in the section Args of a docstring."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", doc, re.MULTILINE)
    if section is None:
        return {}
    entries = re.split(r"^(?=\w)", textwrap.dedent(section[1]), flags=re.MULTILINE)
    pairs = (entry.partition(":") for entry in entries if ":" in entry)
    return {knob.split("(")[0].strip(): " ".join(text.split()) for knob, _, text in pairs}


# ---- what was measured ---------------------------------------------------------------------------------------------


@cache
def measurements() -> list[dict[str, str]]:
    """The rows of the table of all strategies on the laboratory model."""
    with (ROOT / "evals" / "results" / "lab_table.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def measured(name: str) -> str:
    """The rows of one strategy, with the comparison to votes at equal tokens; "" where it was not measured."""
    rows = [row for row in measurements() if row["setting"].split()[0] == name]
    if not rows:
        return ""
    lines = [
        "The laboratory model on 64 problems. The last column compares with votes at equal output tokens, in points.",
        "",
        "| setting | accuracy | output tokens | against votes |",
        "|---|---|---|---|",
    ]
    for row in rows:
        gain = [100 * float(row[key]) for key in ("gain", "gain_low", "gain_high")] if row["gain"] else []
        against = f"{gain[0]:+.1f} ({gain[1]:+.1f} to {gain[2]:+.1f})" if gain else ""
        tokens = f"{float(row['output_tokens']):,.0f}"
        lines.append(f"| {row['setting']} | {100 * float(row['accuracy']):.1f} % | {tokens} | {against} |")
    return "\n".join([*lines, "", "[All strategies](../../evals/results/lab_table.md)."])


def index(kind: Kind) -> str:
    """The list of all pages of a kind."""
    names = sorted(classes(kind))
    title = {"strategies": "Strategies", "verifiers": "Verifiers and judges"}[kind]
    rows = [f"# {title}", "", "| name | what it does | needs |", "|---|---|---|"]
    for name in names:
        cls = classes(kind)[name]
        first = re.split(r"(?<=\.) ", " ".join(described(cls)[0].split()))[0].rstrip(".").replace("|", "\\|")
        rows.append(f"| [`{name}`]({name}.md) | {first}. | {access_of(cls)} |")
    return "\n".join(rows) + "\n"


# ---- the hook ------------------------------------------------------------------------------------------------------


def generated() -> dict[str, str]:
    """Path in the site -> text, of all generated pages."""
    pages = {}
    for kind in typing.get_args(Kind):
        pages[f"{kind}/index.md"] = index(kind)
        pages |= {f"{kind}/{name}.md": page(kind, name) for name in classes(kind)}
    return pages


def in_site(path: str) -> str:
    """A path of the repository in the site. README.md would take the place of index.md there."""
    return "readme.md" if path == "README.md" else path.removeprefix("docs/")


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages, and the files outside docs/."""
    from mkdocs.structure.files import File

    for path, text in generated().items():
        files.append(File.generated(config, path, content=text))
    for pattern in MOUNTED:
        for source in sorted(ROOT.glob(pattern)):
            files.append(File.generated(config, in_site(source.relative_to(ROOT).as_posix()), abs_src_path=str(source)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Turn links that hold in the repository into links that hold in the site."""
    site = page.file.src_uri
    mounted = site == "readme.md" or (not (ROOT / "docs" / site).exists() and (ROOT / site).exists())
    folder = posixpath.dirname(site if mounted else f"docs/{site}")

    def link(match: re.Match[str]) -> str:
        if "://" in match[1] or match[1].startswith("mailto:"):
            return match[1]
        target = in_site(posixpath.normpath(posixpath.join(folder, match[1])))
        return os.path.relpath(target, posixpath.dirname(site) or ".")

    return LINK.sub(link, markdown)
