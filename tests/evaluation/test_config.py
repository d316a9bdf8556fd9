"""One configuration from the command line, a file and Python; cells; and the commands themselves."""

import inspect
import json
import sys
from pathlib import Path

import pytest

from tests.evaluation.test_pool import pool_file
from ttc.budget.budget import Budget
from ttc.cli import main
from ttc.cli.eval import eval_
from ttc.evaluation import Cell, grid, read_budgets
from ttc.evaluation.config import EvalConfig, make_config


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `ttc WORDS`."""
    monkeypatch.setattr(sys, "argv", ["ttc", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_command_line_and_the_file_have_the_same_options() -> None:
    named = {"set_": "set", "config": None, "json_": None}
    words = {named.get(name, name) for name in inspect.signature(eval_).parameters} - {None}
    assert words == set(EvalConfig.model_fields)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.toml", 'set = "lab:test"\nstrategy = ["auto"]\nn = [4, 16]\n[knobs]\n"auto.n" = 8\n'),
        ("e.yaml", "set: lab:test\nstrategy: [auto]\nn: [4, 16]\nknobs: {auto.n: 8}\n"),
    ],
)
def test_files_are_read_and_the_command_line_goes_before_them(tmp_path: Path, name: str, text: str) -> None:
    if name.endswith("yaml"):
        pytest.importorskip("yaml")
    path = tmp_path / name
    path.write_text(text)
    config = make_config({"n": "2", "seed": None}, path)
    assert (config.set, config.strategy, config.n, config.seed) == ("lab:test", ["auto"], [2], 0)
    assert config.knobs == {"auto.n": 8}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"stratgy": "auto"}, "did you mean 'strategy'"),
        ({"repeat": 0}, "option repeat is 0"),
        ({"grader": "llm"}, "option grader is 'llm'"),
        ({"n": "four"}, "option n.0 is 'four'"),
    ],
)
def test_bad_options_are_told_in_one_line(values: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told) as error:
        make_config(values)
    assert "\n" not in str(error.value)


def test_the_hash_is_of_what_decides_a_number() -> None:
    config = EvalConfig(set="math500")
    assert config.hash("m") == EvalConfig(set="math500", out="elsewhere", at_once=2).hash("m")
    assert config.hash("m") != EvalConfig(set="math500", temperature=0.7).hash("m")
    assert config.hash("m") != config.hash("other")


def test_aime_says_the_range_of_its_answers() -> None:
    assert "integer from 0 to 999" in str(EvalConfig(set="aime25").sampling().suffix)
    assert "integer" not in str(EvalConfig(set="math500").sampling().suffix)
    assert EvalConfig(set="aime25", prompt="plain").sampling().suffix == ""
    with pytest.raises(ValueError, match="unknown prompt convention 'box'"):
        EvalConfig(prompt="box").sampling()


def test_budgets_are_read_in_all_currencies() -> None:
    assert read_budgets(["tokens=1000,2000"]) == [Budget(tokens=1000), Budget(tokens=2000)]
    assert read_budgets(["seconds=5+tokens=9"]) == [Budget(tokens=9, seconds=5.0)]
    with pytest.raises(ValueError, match="did you mean 'tokens'"):
        read_budgets(["token=5"])


def test_a_grid_is_every_combination() -> None:
    cells = grid(
        ["self_consistency", "best_of_n"],
        n=[4, 8],
        budgets=[Budget(tokens=500)],
        knobs={"self_consistency.stop": ["none", "beta"], "weight": "answer"},
    )
    assert len(cells) == 2 * 2 + 2
    assert cells[0].name == "self_consistency n=4 stop=none tokens≤500"
    assert cells[-1].name == "best_of_n n=8 weight=answer tokens≤500"
    for knobs, told in (({"stap": "beta"}, "no knob 'stap'"), ({"auto.n": 1}, "'auto' is not evaluated here")):
        with pytest.raises(ValueError, match=told):
            grid(["self_consistency"], knobs=knobs)
    with pytest.raises(ValueError, match="there twice"):
        grid(["auto", "auto"])
    with pytest.raises(ValueError, match="did you mean 'best_of_n'"):
        Cell("best_of")


def test_eval_prints_one_json_object(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7"] * 5 + ["3"] * 3)
    words = (
        "eval",
        "--pool",
        str(path),
        "-s",
        "self_consistency",
        "--set",
        "stop=none",
        "--n",
        "1,8",
        "--repeat",
        "20",
    )
    status, out, _ = run(capsys, monkeypatch, *words, "--json")
    summary = json.loads(out)
    assert status == 0
    single, vote = (cell["accuracy"]["value"] for cell in summary["cells"])
    assert vote == 1.0
    assert 0.3 < single < 0.95  # 5 of 8, over twenty orders
    assert summary["samples"]["pass@1"]["value"] == pytest.approx(5 / 8)
    assert summary["config_hash"]
    assert summary["versions"]["ttc"]
    assert {"metric", "cell", "value", "se", "ci", "n_problems", "n_samples"} <= summary["metrics"][0].keys()


def test_exit_statuses_are_those_of_solve(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    silent = pool_file(tmp_path / "silent.jsonl.gz", [""])
    assert run(capsys, monkeypatch, "eval", "--pool", str(silent))[0] == 3
    for words in (("eval",), ("eval", "--pool", "nowhere.jsonl"), ("eval", "maths500"), ("report", str(tmp_path))):
        status, _, err = run(capsys, monkeypatch, *words)
        assert status == 2
        assert err.startswith("ttc: ")
        assert "Traceback" not in err


def test_results_and_report_are_written(capsys, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7", "7", "3"])
    out = tmp_path / "run"
    status, shown, _ = run(capsys, monkeypatch, "eval", "--pool", str(path), "--n", "1,3", "--out", str(out))
    assert status == 0
    assert "95 % interval" in shown
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert len(rows) == 2
    assert {"cell", "id", "gold", "prompt_hash", "strategy", "knobs", "budget", "cost", "stopped"} <= rows[0].keys()
    assert {"answer", "correct", "tokens", "finish", "index"} <= rows[0]["samples"][0].keys()
    assert json.loads((out / "summary.json").read_text())["n_runs"] == 2
    status, shown, _ = run(capsys, monkeypatch, "report", str(out))
    assert status == 0
    assert (out / "report.html").exists()
