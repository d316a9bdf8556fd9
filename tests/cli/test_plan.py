"""`ttc plan`, `ttc calibrate`, `ttc fit` as a user calls them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.prices.test_calibration import calibration
from ttc.backends.simulated import SimulatedBackend
from ttc.cli import main
from ttc.strategies import STRATEGIES

PROBLEM = "A crate holds 24 bottles. How many bottles are in 6 crates?"
OFFLINE = ("--probe", "0", "--model", "Qwen/Qwen3-8B", "--hardware", "H100")


@pytest.fixture
def ttc_(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ttc", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else int(code is not None), out, err

    return run


def planned(ttc_: Any, *words: str) -> dict[str, Any]:
    status, out, err = ttc_("plan", PROBLEM, *words, "--json")
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    return {row["strategy"]: row for row in found["rows"]} | {"best": found["best"], "notes": found["notes"]}


def test_every_strategy_and_all_currencies_offline(ttc_: Any) -> None:
    found = planned(ttc_, *OFFLINE, "--tokens", "8000", "--price-in", "0.1", "--price-out", "0.4")
    assert set(STRATEGIES) <= set(found)
    row = found["self_consistency"]
    assert row["fits"]
    assert 0 < row["tokens"] <= 8000
    assert row["seconds"] > 0
    assert row["usd"] > 0
    assert row["eflops"] > 0
    assert 0 < row["accuracy"] < 1
    assert found["best"] is not None
    assert any("weights read for free" in note for note in found["notes"])


def test_seconds_and_eflops_lead_to_different_choices(ttc_: Any) -> None:
    """Samples side by side are cheap in seconds; in eFLOPs each costs as much as the first."""
    one = planned(ttc_, *OFFLINE, "--calls", "1", "--strategy", "shortest_majority")["shortest_majority"]
    limits = (("--seconds", str(3 * one["seconds"])), ("--eflops", str(3 * one["eflops"])))
    chosen = [planned(ttc_, *OFFLINE, *limit)["shortest_majority"]["knobs"]["n"] for limit in limits]
    assert chosen[1] <= 3
    assert chosen[0] >= 4 * chosen[1]


def test_the_worked_example_of_the_documentation_is_what_is_printed(ttc_: Any) -> None:
    text = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    prompt = text.partition('P="')[2].partition('"')[0]
    fixed = (*OFFLINE, "--length", "1500", "--max-tokens", "4096", "-s", "shortest_majority,self_consistency")
    for limit, best in ((("--seconds", "25"), "shortest_majority"), (("--eflops", "600"), "self_consistency")):
        status, out, err = ttc_("plan", prompt, *fixed, *limit, "--json")
        assert status == 0, err
        found = json.loads(out)
        assert found["best"] == best
        for row in found["rows"]:
            numbers = f"{row['tokens']:,.0f} | {row['seconds']:.1f} | {row['eflops']:,.0f} | {row['accuracy']:.2f} |"
            assert f"n={row['knobs']['n']} | {numbers}" in text


@pytest.mark.parametrize("option", ["--calibration", "--profile"])
def test_a_calibration_of_the_server_gives_seconds(ttc_: Any, tmp_path: Path, option: str) -> None:
    path = tmp_path / "server.json"
    calibration(slots=4).save(path)
    row = planned(ttc_, "--probe", "0", "--length", "200", option, str(path), "--seconds", "60")["auto"]
    assert row["seconds"] is not None
    assert row["fits"] == (row["seconds"] <= 60)


def test_what_calibrate_wrote_is_taken_by_plan_though_it_was_too_short(ttc_: Any, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "server.json"
    status, out, err = ttc_("calibrate", "--minutes", "0.02", "--out", str(path))
    assert status == 3, err
    assert "measure longer" in " ".join(out.split())
    status, out, err = ttc_("plan", "2 + 2?", *OFFLINE, "--length", "200", "--calibration", str(path), "--json")
    assert status == 0, err
    found = json.loads(out)
    assert any(note.startswith("seconds: unknown; the calibration of") for note in found["notes"])
    assert {row["seconds"] for row in found["rows"]} == {None}


def test_a_probe_is_paid_and_stated(ttc_: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def connected(spec: object, **options: object) -> SimulatedBackend:
        return SimulatedBackend()

    monkeypatch.setattr("ttc.solver.connect", connected)
    found = planned(ttc_, "--tokens", "1000", "--base-url", "http://localhost:1/v1")
    assert any("4 probe samples" in note and "cost" in note for note in found["notes"])
    assert found["auto"]["fits"]


def test_people_see_a_table(ttc_: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    status, out, _ = ttc_("plan", PROBLEM, *OFFLINE, "--tokens", "4000")
    assert status == 0
    assert "self_consistency" in out
    assert "best predicted within the budget" in out
    assert "needs --judge pairwise" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--strategy", "self_consistancy"), "did you mean 'self_consistency'"),
        (("--hardware", "H10"), "did you mean 'H100'"),
        (("--price-in", "1"), "go together"),
        (("--tokens", "0"), "budget tokens is 0"),
    ],
)
def test_bad_arguments_are_named(ttc_: Any, words: tuple[str, ...], message: str) -> None:
    status, _, err = ttc_("plan", PROBLEM, "--probe", "0", *words)
    assert status == 2
    assert message in err


def test_fit_writes_a_profile_and_checks_it(ttc_: Any, tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "mine.json"
    rows = []
    for number in range(44):
        texts = [f"so \\boxed{{{number if k % 4 < 1 + number % 4 else number + k}}}" for k in range(8)]
        samples = [{"text": text, "tokens": 90 + k, "finish": "stop"} for k, text in enumerate(texts)]
        rows.append({"id": f"p{number}", "gold": str(number), "prompt_tokens": 20, "samples": samples})
    pool.write_text("\n".join(map(json.dumps, rows)))
    status, printed, err = ttc_("fit", str(pool), "--out", str(out), "--components", "1", "--json")
    assert status == 0, err
    found = json.loads(printed)
    assert found["profile"]["problems"] == 44
    assert [point["n"] for point in found["held_out"]] == [1, 2, 4]
    assert planned(ttc_, "--probe", "0", "--values", str(out), "--tokens", "900")["auto"]["accuracy"] is not None
    assert ttc_("fit", str(pool), "--out", str(out), "--components", "1")[1].count("expected") >= 1


def test_too_few_problems_are_refused(ttc_: Any, tmp_path: Path) -> None:
    pool = tmp_path / "pool.jsonl"
    row = {"id": "a", "gold": "1", "prompt_tokens": 5, "samples": [{"text": "\\boxed{1}", "tokens": 5}]}
    pool.write_text(json.dumps(row))
    status, _, err = ttc_("fit", str(pool), "--out", str(tmp_path / "x.json"), "--centre", "none")
    assert status == 2
    assert "1 problems are too few" in err
    status, out, _ = ttc_("fit", str(pool), "--out", str(tmp_path / "x.json"))
    assert status == 0
    assert "1 problems: this is mostly the law of" in out


def test_calibrate_needs_time(ttc_: Any) -> None:
    status, _, err = ttc_("calibrate", "--minutes", "0")
    assert status == 2
    assert "--minutes is 0" in err


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--length", "0", "length is 0"),
        ("--length", "-5", "length is -5"),
        ("--length", "0.5", "at least 1 token"),
        ("--length", "nan", "length is nan"),
        ("--length", "inf", "length is inf"),
        ("--batch", "0", "batch is 0"),
        ("--verifier", "self_verif", "did you mean 'self_verify'?"),
        ("--judge", "pairwize", "did you mean 'pairwise'?"),
    ],
)
def test_a_plan_without_a_probe_checks_its_options_too(ttc_: Any, option: str, value: str, words: str) -> None:
    """Without a model at hand they were taken as they came: a length of 0 as none, an infinite one as a crash."""
    status, out, err = ttc_("plan", PROBLEM, "--probe", "0", option, value, "--json")
    assert (status, out) == (2, "")
    assert words in err


def test_a_length_beyond_max_tokens_is_cut_off(ttc_: Any) -> None:
    """DeepConf's row was an error of negative tokens."""
    found = planned(ttc_, *OFFLINE, "--length", "8000", "--tokens", "100000", "--strategy", "deepconf")
    assert found["deepconf"]["fits"]
    assert 0 < found["deepconf"]["tokens"] <= 100000


@pytest.mark.parametrize("words", [("calibrate", "--minutes", "0.01"), ("fit", "pool.jsonl")])
def test_a_folder_that_is_not_there_is_told_before_the_work(ttc_: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    """What had been measured for minutes was lost at its last step."""
    status, _, err = ttc_(*words, "--out", str(tmp_path / "none" / "x.json"))
    assert status == 2
    assert "there is no folder" in err


def test_a_model_too_large_for_the_device_is_said(ttc_: Any) -> None:
    """Its seconds were given like any others, with a cache without end."""
    large = ("--probe", "0", "--model", "Qwen/Qwen3-235B-A22B", "--hardware", "L40S", "--strategy", "best_of_n")
    assert any("do not fit on one L40S (470 of 48 GB)" in note for note in planned(ttc_, *large)["notes"])
    assert not any("do not fit" in note for note in planned(ttc_, *OFFLINE, "--strategy", "best_of_n")["notes"])
