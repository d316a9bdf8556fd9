"""The recipes of CONTRIBUTING, followed word by word: in a copy of this package, and from another package."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
KINDS = ("strategy", "verifier", "backend")
WHERE = {"strategy": "if TYPE_CHECKING:\n", "verifier": "if TYPE_CHECKING:\n", "backend": "    {\n"}
"""The line of a registry behind which its entries begin."""


def recipe(kind: str) -> str:
    """The section of CONTRIBUTING."""
    return TEXT.split(f"## Write your own {kind}\n")[1].split("\n## ")[0]


def steps(kind: str) -> dict[str, str]:
    """Path -> its code, for the file, the registry's line and the test."""
    found = re.findall(
        r"\*\*\d\.\*\* The (?:file|line in|test) `([^`]+)`.*?```python\n(.*?)```", recipe(kind), re.DOTALL
    )
    assert len(found) == 3, "a recipe is one file, one line, one test"
    return dict(found)


def commands(kind: str) -> list[str]:
    """The commands at the end of a recipe."""
    (block,) = re.findall(r"```sh\n(.*?)```", recipe(kind), re.DOTALL)
    return [line for line in block.splitlines() if line]


def shell(command: str, folder: Path, *paths: Path) -> str:
    """What a command prints, run in a folder with `ttc` from these paths."""
    program, *arguments = shlex.split(command)
    modules = {"ttc": ["ttc"], "pytest": ["pytest", "-o", "addopts=-q", "-p", "no:cacheprovider"]}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONWARNINGS": "error"}
    run = [sys.executable, "-m", *modules[program], *arguments]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def problems(folder: Path) -> None:
    """A set for `ttc eval`: one right, one wrong."""
    rows = [{"id": "a", "problem": "What is 6 * 7?", "answer": "42"}, {"id": "b", "problem": "1 + 1?", "answer": "2"}]
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the three recipes followed."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "ttc", folder / "ttc", ignore=shutil.ignore_patterns("*.gguf", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    problems(folder)
    for kind in KINDS:
        (file, code), (registry, line), (test, tests) = steps(kind).items()
        text = (folder / registry).read_text(encoding="utf-8")
        assert text.count(WHERE[kind]) == 1
        assert line.count("\n") == 1, "one line"
        (folder / registry).write_text(text.replace(WHERE[kind], WHERE[kind] + line), encoding="utf-8")
        (folder / file).write_text(code, encoding="utf-8")
        (folder / test).parent.mkdir(parents=True)
        (folder / test).write_text(tests, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `pip install` leaves it, with a package that registers the same three."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "theirs").mkdir()
    (folder / "theirs" / "__init__.py").write_text('"""Another package."""\n')
    problems(folder)
    for kind in KINDS:
        (file, code), *_ = steps(kind).items()
        (folder / "theirs" / Path(file).name).write_text(code, encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    points = tomllib.loads(block)["project"]["entry-points"]
    lines = [
        line for group, names in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in names.items()))
    ]
    info = folder / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_in_a_copy(copy: Path, kind: str) -> None:
    for command in commands(kind):
        shell(command, copy, copy)
    accuracy(copy / "runs" / kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_from_another_package(theirs: Path, kind: str) -> None:
    for command in commands(kind):
        if command.startswith("ttc"):
            shell(command, theirs, theirs, ROOT)
    accuracy(theirs / "runs" / kind)


def accuracy(folder: Path) -> None:
    """The evaluation graded both problems: one is right."""
    rows = [json.loads(line) for line in next(folder.glob("*.jsonl")).read_text().splitlines()]
    assert sorted(row["correct"] for row in rows if "correct" in row) == [False, True]


def test_the_plan_says_that_it_is_simulated(theirs: Path) -> None:
    plan = 'ttc plan "What is 6 * 7?" --tokens 2000 --probe 0 --json --strategy '
    own = json.loads(shell(plan + "shortest_of,shortest_majority", theirs, theirs, ROOT))
    rows = {row["strategy"]: row for row in own["rows"]}
    assert rows["shortest_of"]["tokens"] == pytest.approx(rows["shortest_majority"]["tokens"], rel=0.1)
    assert any("shortest_of" in note and "simulated" in note for note in own["notes"])


def test_the_gateway_and_the_mcp_server_know_them(theirs: Path) -> None:
    code = (
        "from ttc.serve.request_options import Limits, options_of\n"
        "asked, _ = options_of({'model': 'ttc', 'ttc': {'strategy': 'shortest_of'}}, None, Limits())\n"
        "print(asked.strategy)\n"
        "import importlib.util\n"
        "if importlib.util.find_spec('mcp'):\n"
        "    import asyncio, sys\n"
        "    from mcp import Client, StdioServerParameters\n"
        "    async def main():\n"
        "        command = StdioServerParameters(\n"
        "            command=sys.executable, args=['-m', 'ttc', 'mcp', '--model', 'words:42'],\n"
        "            env={'PYTHONPATH': __import__('os').environ['PYTHONPATH']})\n"
        "        async with Client(command, read_timeout_seconds=60) as client:\n"
        "            done = await client.call_tool('solve', {'problem': 'What?', 'strategy': 'shortest_of'})\n"
        "            assert done.structured_content['answer'] == '42', done\n"
        "    asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{theirs}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "shortest_of"
