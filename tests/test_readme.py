"""What README and docs show is true: their code runs, prints what they say, and their commands and links exist."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import PAGES, ROOT, blocks, commands, help_commands, name_of, text_of
from ttc.cli import main

README = text_of(ROOT / "README.md")
CODED = [page for page in PAGES if blocks(text_of(page), "python")]
HELP = help_commands()
SHOWN = sorted({*HELP, *(line for page in PAGES for line in commands(text_of(page)))})
ANSWERS = {
    "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?": "16",
    "Compute the gcd of 84 and 126.": "42",
    "Compute the lcm of 12, 8 and 14.": "168",
}
"""Right answers of the problems that pages and --help give to the laboratory model on the command line."""
ELSEWHERE = {"--base-url", "--model", "--gguf"}
"""Options that name another model."""


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 130


def test_ci_runs_the_first_two_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    shown = [line for block in blocks(README, "sh")[:2] for line in block.code.strip().splitlines()]
    assert len(shown) == 2
    assert re.findall(r"^(?:setup|tests)='(.*)'$", script, re.MULTILINE) == shown


@pytest.mark.parametrize("page", CODED, ids=name_of)
def test_python_blocks_run_and_print_what_they_say(page: Path) -> None:
    pytest.importorskip("xllamacpp")
    codes = [block.code for block in blocks(text_of(page), "python") if not block.title.startswith("needs")]
    if not codes:
        pytest.skip("all blocks of this page need a server")
    runner = "import json, sys\nfor code in json.load(sys.stdin): exec(code, {'__name__': '__main__'})"
    done = run("-c", runner, given=json.dumps(codes))
    promised = [text.strip() for code in codes for line in re.findall(r"# prints (.*)", code) for text in split(line)]
    place = 0
    for text in promised:  # in this order, each as a word of its own
        found = re.compile(rf"(?<![\w-]){re.escape(text)}(?!\w)").search(done, place)
        assert found is not None, f"{name_of(page)} promises {text!r}; it prints:\n{done}"
        place = found.end()


@pytest.mark.parametrize("page", CODED, ids=name_of)
def test_python_blocks_that_need_a_server_are_python(page: Path) -> None:
    for block in blocks(text_of(page), "python"):
        compile(block.code, name_of(page), "exec")
        assert block.title in ("", "needs a server")


@pytest.mark.parametrize("line", SHOWN)
def test_commands_exist_with_their_options(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, command, *arguments = shlex.split(line, comments=True)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["ttc", command, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0, f"{line}: there is no command {command}"
    known = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", capsys.readouterr().out)
    assert [word for word in arguments if re.match(r"--?[a-z]", word) and word not in known] == []


@pytest.mark.parametrize("line", [line for line in SHOWN if line.startswith("ttc solve")])
def test_solved_problems_get_the_right_answer(line: str, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    _, _, problem, *options = shlex.split(line, comments=True)
    if problem == "..." or ELSEWHERE & set(options):
        pytest.skip("of another model")
    if "--replay" in options:
        recorded = ["--record" if option == "--replay" else option for option in options]
        run("-m", "ttc", "solve", problem, *recorded, place=tmp_path)
    found = json.loads(run("-m", "ttc", "solve", problem, *options, "--json", place=tmp_path))
    assert found["answer"] == ANSWERS[problem]


def test_the_help_shows_problems_that_the_laboratory_model_can_solve() -> None:
    """The first line of the help is what a new user types first."""
    solved = [
        shlex.split(line)[2]
        for line in HELP
        if line.startswith("ttc solve") and '"..."' not in line and not ELSEWHERE & set(line.split())
    ]
    assert len(solved) >= 4
    assert set(solved) <= set(ANSWERS)


@pytest.mark.parametrize("line", [line for line in HELP if line.startswith("ttc plan") and "..." not in line])
def test_plans_of_the_help_are_made(line: str) -> None:
    pytest.importorskip("xllamacpp")
    found = json.loads(run("-m", *shlex.split(line), "--json"))
    assert found["best"] is not None
    assert all(row["tokens"] <= 2000 for row in found["rows"] if row["fits"])


@pytest.mark.parametrize("line", [line for line in HELP if line.startswith("ttc verify") and "exact" in line])
def test_verdicts_of_the_help_are_right(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It is \\boxed{391}.")
    (row,) = json.loads(run("-m", *shlex.split(line), place=tmp_path))["candidates"]
    assert row["score"] == 1.0


def test_the_lines_of_the_help_that_list_something_print_it() -> None:
    listed = [line for line in HELP if line.startswith(("ttc strategies", "ttc models")) and "--base-url" not in line]
    assert len(listed) >= 4
    for line in listed:
        assert shlex.split(line)[-1].rpartition(":")[2] in (out := run("-m", *shlex.split(line))) or "lab" in out


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    """Generated pages of the site stand for the names of strategies and verifiers."""
    for target in re.findall(r"\]\(([^)#\s]+)", text_of(page)):
        generated = re.search(r"(?:strategies|verifiers)/\w+\.md$", target)
        assert "://" in target or generated or (page.parent / target).exists(), f"{name_of(page)} links to {target}"


def split(line: str) -> list[str]:
    """`prints 72, prints 120` -> both texts."""
    return line.split(", prints ")


def run(*arguments: str, given: str | None = None, place: Path = ROOT) -> str:
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], input=given, capture_output=True, text=True, timeout=120, check=False, cwd=place,
        env=path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
