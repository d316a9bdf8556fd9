"""A walk through all strategies on the command line: what is missing is told in words that can be typed, and help."""

import re
import shlex
import sys
from collections.abc import Iterator

import pytest

from tests.cli.chat_only import MODELS, chat_only
from ttc.cli import main
from ttc.strategies import STRATEGIES

PROBLEM = "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?"
TYPED = re.compile(r"; add (--(\w+) \S+)$")
PYTHON = re.compile(r"\w=['\"(.]|\bpass \w+|\b[A-Z]\w+\(hidden|ttc\.[A-Z]|Error\b")
"""What only makes sense in Python; the one way that only Python has, hidden states, is told beside another."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with chat_only() as url:
        yield url


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["ttc", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def walk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, place: list[str]) -> list[str]:
    """Solve, and type what each error says until there is an answer; the errors."""
    options: dict[str, list[str]] = {"strategy": ["--strategy", name]}
    told: list[str] = []
    while len(told) < 4:
        words = ["solve", PROBLEM, *(word for pair in options.values() for word in pair), "--tokens", "1500", *place]
        status, out, err = run(capsys, monkeypatch, words)
        if status in (0, 3):
            assert out
            return told
        (line,) = [line for line in err.splitlines() if not line.startswith("ttc: using the small laboratory model")]
        found = TYPED.search(line)
        assert found, f"{name}: {line}"
        assert not PYTHON.search(line.replace("(StBon(hidden=...), see ttc.hidden)", "")), line
        assert "http://127" not in line
        options[found[2]] = shlex.split(found[1])
        told.append(line)
    raise AssertionError(f"{name} does not get on: {told}")


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_an_error_says_can_be_typed(capsys, monkeypatch, name: str) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("xllamacpp")
    assert len(walk(capsys, monkeypatch, name, [])) <= 1


@pytest.mark.parametrize("name", STRATEGIES)
def test_on_a_server_that_only_chats_too(capsys, monkeypatch, name: str, server: str) -> None:  # type: ignore[no-untyped-def]
    assert (
        len(walk(capsys, monkeypatch, name, ["--base-url", server, "--model", MODELS[0]])) <= 2
    )  # st_bon: texts, then whole ones


def test_all_models_of_a_server_are_listed(capsys, monkeypatch, server: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "300")
    status, out, _ = run(capsys, monkeypatch, ["models", "--base-url", server])
    assert status == 0
    for name in MODELS:
        assert f"--base-url {server} --model {name}" in out


def test_a_server_that_is_away_lists_no_models(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    status, _, err = run(capsys, monkeypatch, ["models", "--base-url", "http://127.0.0.1:9/v1"])
    assert status == 1
    assert "cannot reach http://127.0.0.1:9/v1" in err


def test_seconds_that_are_unknown_are_called_so(capsys, monkeypatch, server: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "300")
    words = ["plan", PROBLEM, "--seconds", "20", "--base-url", server, "--model", MODELS[0]]
    status, out, _ = run(capsys, monkeypatch, words)
    assert status == 0
    assert "unknown: seconds" in out
    assert "no: seconds" not in out
    _, out, _ = run(capsys, monkeypatch, [*words, "--tokens", "1"])
    assert "no: tokens" in out  # that one is known
