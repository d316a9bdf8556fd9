"""The command line: exit statuses, JSON, one-line errors. It runs in this process, mostly on recorded runs."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.cli import COMMANDS, main
from ttc.cli.download import fetch

PROBLEM = "A crate holds 24 bottles. How many bottles are in 6 crates?"


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A recorded run of self-consistency with 6 candidates."""
    path = tmp_path / "run.jsonl"
    knobs = {"n": 6, "stop": "none"}
    ttc.solve(PROBLEM, "self_consistency", knobs=knobs, backend=SimulatedBackend(capabilities=HOSTED), record=path)
    return path


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `ttc WORDS`."""
    monkeypatch.setattr(sys, "argv", ["ttc", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


REPLAY = ("--strategy", "self_consistency", "--set", "n=6", "--set", "stop=none")


def test_json_is_one_object(capsys, monkeypatch, tape) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run(capsys, monkeypatch, "solve", PROBLEM, *REPLAY, "--replay", str(tape), "--json")
    row = json.loads(out)
    assert status == 0
    assert row["strategy"] == "self_consistency"
    assert len(row["candidates"]) == row["cost"]["calls"] == 6


def test_people_see_answer_votes_and_cost(capsys, monkeypatch, tape) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run(capsys, monkeypatch, "solve", PROBLEM, *REPLAY, "--replay", str(tape))
    assert status == 0
    assert "confidence" in out
    assert "votes" in out
    assert "6 calls" in out


def test_the_problem_can_come_from_standard_input(capsys, monkeypatch, tape) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "stdin", io.StringIO(PROBLEM))
    status, out, _ = run(capsys, monkeypatch, "solve", "-", *REPLAY, "--replay", str(tape), "--json")
    assert status == 0
    assert json.loads(out)["answer"]


def test_status_3_when_the_budget_ends_without_an_answer(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "run.jsonl"
    ttc.solve(PROBLEM, "self_consistency", backend=SimulatedBackend(), budget=ttc.Budget(tokens=4), record=path)
    words = ("solve", PROBLEM, "--strategy", "self_consistency", "--tokens", "4", "--replay", str(path))
    status, out, _ = run(capsys, monkeypatch, *words, "--json")
    assert status == 3
    assert json.loads(out)["stopped"] == "budget"
    status, out, _ = run(capsys, monkeypatch, *words)
    assert status == 3
    assert "no answer" in out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("solve", PROBLEM, "--strategy", "self_consistancy"), "self_consistency"),
        (("solve", PROBLEM, "--set", "n"), "knob=value"),
        (("solve", PROBLEM, "--set", "m=4"), "no knob"),
        (("solve", PROBLEM, "--tokens", "-5"), "positive"),
        (("solve", PROBLEM, "--seconds", "0"), "positive"),
        (("solve", ""), "empty"),
        (("solve", PROBLEM, "--gguf", "nowhere.gguf"), "nowhere.gguf"),
        (("solve", PROBLEM, "--gguf", __file__), "GGUF"),
        (("solve", PROBLEM, "--gguf", "a.gguf", "--base-url", "http://x"), "leave out"),
        (("solve", PROBLEM, "--model", "gpt-unheard-of"), "OPENAI_API_KEY"),
        (("solve", PROBLEM, "--domain", "poetry"), "open"),
        (("solve", PROBLEM, "--concurrency", "0"), "at least 1"),
        (("solve", PROBLEM, "--temperature", "9"), "temperature"),
        (("solve", PROBLEM, "--verifier", "nobody"), "verifier"),
        (("solve", PROBLEM, "--replay", "no-such-file.jsonl"), "no-such-file"),
        (("strategies", "nothing_like_it"), "unknown"),
    ],
)
def test_bad_arguments_are_one_line_and_status_2(capsys, monkeypatch, words, hint) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    status, out, err = run(capsys, monkeypatch, *words)
    lines = [line for line in err.splitlines() if not line.startswith("ttc: using the small laboratory model")]
    assert status == 2
    assert out == ""
    assert len(lines) == 1
    assert hint in lines[0]


def test_an_unreachable_server_is_one_line_and_status_1(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    status, _, err = run(capsys, monkeypatch, "solve", PROBLEM, "--base-url", "http://127.0.0.1:9/v1")
    assert status == 1
    assert len(err.splitlines()) == 1
    assert "127.0.0.1:9" in err


def test_a_tape_of_another_problem_is_status_1(capsys, monkeypatch, tape) -> None:  # type: ignore[no-untyped-def]
    status, _, err = run(capsys, monkeypatch, "solve", "What is 1 + 1?", *REPLAY, "--replay", str(tape))
    assert status == 1
    assert err == "ttc: the tape run.jsonl is of another problem; replay it with the problem that was recorded\n"
    words = (*REPLAY, "--replay", str(tape), "--record", str(tape), "--base-url", "http://127.0.0.1:9/v1")
    size = tape.stat().st_size
    status, _, err = run(capsys, monkeypatch, "solve", "What is 1 + 1?", *words)
    assert status == 1
    assert tape.stat().st_size == size  # nothing of another problem is appended


def test_a_tape_of_another_run_of_the_problem_says_what_differs(capsys, monkeypatch, tape) -> None:  # type: ignore[no-untyped-def]
    status, _, err = run(capsys, monkeypatch, "solve", PROBLEM, *REPLAY, "--seed", "5", "--replay", str(tape))
    assert status == 1
    assert "seed is" in err
    assert "price" not in err


def test_one_name_of_two_kinds_shows_both(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run(capsys, monkeypatch, "strategies", "cisc")
    assert "cisc (strategy)" in out
    assert "cisc (verifier)" in out
    for kind, other in (("strategy", "verifier"), ("verifier", "strategy")):
        status, out, _ = run(capsys, monkeypatch, "strategies", f"{kind}:cisc")
        assert status == 0
        assert f"cisc ({kind})" in out
        assert f"cisc ({other})" not in out
    status, _, err = run(capsys, monkeypatch, "strategies", "verifier:cisk")
    assert (status, "cisc" in err) == (2, True)


def test_tests_are_given_to_what_runs_code(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    tests = tmp_path / "tests.py"
    tests.write_text("assert True")
    words = ("solve", PROBLEM, "--domain", "code", "--tests", str(tests), "--replay", "nothing.jsonl")
    assert "nothing.jsonl" in run(capsys, monkeypatch, *words)[2]
    assert "tests.py" in run(capsys, monkeypatch, *words[:4], "--tests", str(tmp_path / "none" / "tests.py"))[2]


def test_the_help_names_all_commands_and_imports_none(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    code = "import sys; sys.argv = ['ttc', '--help']\nfrom ttc.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "print([m for m in sys.modules if m in ('numpy', 'ttc.api', 'ttc.evaluation', 'aiohttp', 'ttc.cli.solve')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    for name in COMMANDS:
        assert re.search(rf"^│ {name}\s+[A-Z]", done.stdout, re.MULTILINE), name
    assert done.stdout.splitlines()[-1] == "[]"


def test_verify_scores_files(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("ttc.connect.connect", connect_to_the_simulation)
    right, wrong, none = (tmp_path / name for name in ("right.txt", "wrong.txt", "none.txt"))
    right.write_text("6 * 24 = 144, so \\boxed{144}")
    wrong.write_text("so \\boxed{141}")
    none.write_text("I do not know")
    files = [word for path in (right, wrong, none) for word in ("-c", str(path))]
    words = ("verify", PROBLEM, *files, "--verifier", "exact:answer=144")
    status, out, _ = run(capsys, monkeypatch, *words, "--json")
    row = json.loads(out)
    assert status == 0
    assert [c["score"] for c in row["candidates"]] == [1.0, 0.0, None]
    assert row["cost"]["calls"] == 0
    status, out, _ = run(capsys, monkeypatch, *words)
    assert "1.0000" in out
    assert "right.txt" in out
    status, out, _ = run(capsys, monkeypatch, *words[:2], "-c", str(none), *words[-2:], "--json")
    assert status == 3
    status, _, err = run(capsys, monkeypatch, *words[:2], "-c", "missing.txt", *words[-2:])
    assert status == 2
    assert "missing.txt" in err


async def connect_to_the_simulation(spec: object, **options: object) -> SimulatedBackend:
    return SimulatedBackend()


def test_strategies_lists_knobs_papers_and_access(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run(capsys, monkeypatch, "strategies", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert status == 0
    assert set(ttc.STRATEGIES) | set(ttc.VERIFIERS) | set(ttc.JUDGES) == set(rows)
    assert rows["self_consistency"]["knobs"]["threshold"] == 0.95
    assert all(row["about"] and row["paper"] and row["access"] for row in rows.values())
    status, out, _ = run(capsys, monkeypatch, "strategies", "self_consistency")
    assert "arXiv 2203.11171" in out
    status, out, _ = run(capsys, monkeypatch, "strategies")
    assert "best_of_n" in out


def test_models_names_the_default(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TTC_CACHE", str(tmp_path))
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    status, out, _ = run(capsys, monkeypatch, "models", "--json")
    assert status == 0
    assert [row["name"] for row in json.loads(out)] == ["lab", "own"]


def test_a_download_without_network_says_what_to_do(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TTC_CACHE", str(tmp_path))
    monkeypatch.setattr("ttc.cli.download.HUB", "http://127.0.0.1:9")
    with pytest.raises(ttc.BackendError, match="--gguf"):
        fetch("some/model")
    with pytest.raises(ValueError, match="ORG/REPO"):
        fetch("model")


def test_help_has_examples(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    for command in ("solve", "strategies", "models"):
        status, out, _ = run(capsys, monkeypatch, command, "--help")
        assert status == 0
        assert "Examples" in out


def test_python_m_ttc() -> None:
    done = subprocess.run([sys.executable, "-m", "ttc", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"ttc {ttc.__version__}\n"
