"""Regrading and export: what a finished evaluation says to another grader, and to other tools."""

import json
import sys
from pathlib import Path

import pytest

from tests.evaluation.test_config import run as command
from tests.evaluation.test_pool import pool_file
from ttc.backends.simulated import SimulatedBackend
from ttc.cli.regrade import SHOWN
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.evaluate import evaluate
from ttc.evaluation.export import export
from ttc.evaluation.regrade import regrade
from ttc.evaluation.report import write_report

HALVES = ["1/2", "0.5", r"\frac{1}{2}", "3"]


async def evaluated(folder: Path, repeat: int = 2) -> Path:
    """Problems whose answer is 1/2, answered in several spellings of it."""
    lines = [{"id": f"p{i}", "problem": f"How much is {i}?", "answer": "1/2", "level": i % 2} for i in range(6)]
    data = folder / "halves.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in lines))
    backend = SimulatedBackend(gold=lambda text: HALVES[int(text[12]) % 4], distractors=lambda text: HALVES)
    config = EvalConfig(data=str(data), strategy=["best_of_n"], n=[1, 2], repeat=repeat, out=str(folder / "run"))
    await evaluate(config, backend=backend)
    return folder / "run"


async def test_another_grader_gives_another_table_and_the_old_one_stays(tmp_path: Path) -> None:
    run = await evaluated(tmp_path)
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    found = regrade(run, "identical")
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    rows = [json.loads(line) for line in (found.folder / "results.jsonl").read_text().splitlines()]
    old = [json.loads(line) for line in before["results.jsonl"].splitlines()]
    for row, was in zip(rows, old, strict=True):
        assert row["correct"] == (row["answer"] == "1/2")
        assert [s["correct"] for s in row["samples"]] == [s["answer"] == "1/2" for s in row["samples"]]
        assert {**row, "correct": 0, "samples": 0} == {**was, "correct": 0, "samples": 0}
    changed = {(row["cell"], row["id"], row["repeat"]) for row in rows if row["answer"] in ("0.5", r"\frac{1}{2}")}
    assert changed == {(row["cell"], row["id"], row["repeat"]) for row in found.differences}
    assert all(row["was"] and not row["now"] for row in found.differences)
    assert len(changed) > 3
    summary = json.loads((found.folder / "summary.json").read_text())
    share = sum(row["correct"] for row in rows if row["cell"] == "best_of_n n=1") / 12
    values = {cell["cell"]: cell["accuracy"]["value"] for cell in summary["cells"]}
    assert values["best_of_n n=1"] == pytest.approx(share)
    assert (summary["grader"], summary["regraded_from"]) == ("identical", "run")
    back = regrade(found.folder, "equivalence", tmp_path / "back")  # and back again
    assert back.after["cells"] == found.before["cells"]
    assert len(write_report([run, found.folder], tmp_path / "compared")) == 3


async def test_runs_on_a_pool_are_regraded_with_all_its_samples(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7", "7.0", "7.00", "3"])
    config = EvalConfig(pool=str(path), strategy=["self_consistency"], n=[4], out=str(tmp_path / "run"))
    summary = await evaluate(config)
    found = regrade(tmp_path / "run", "identical")
    assert (summary["samples"]["pass@1"]["value"], found.after["samples"]["pass@1"]["value"]) == (0.75, 0.25)
    path.unlink()
    told: list[str] = []
    regrade(tmp_path / "run", "identical", report=told.append)
    assert "not there any more" in told[0]


async def test_a_grader_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = await evaluated(tmp_path)
    (tmp_path / "own_grader.py").write_text("def three(domain, gold, answer):\n    return answer == '3'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    status, out, _ = command(capsys, monkeypatch, "regrade", str(run), "--grader", "own_grader:three", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["differences"]
    assert all(row["now"] == (row["answer"] == "3") for row in found["differences"])
    _, out, _ = command(capsys, monkeypatch, "regrade", str(run), "--grader", "own_grader:three")
    shown = {"right" if row["now"] else "wrong" for row in found["differences"][:SHOWN]}
    assert {word for word in ("right", "wrong") if f"is now {word}" in " ".join(out.split())} == shown
    for grader, told in (("own_grader:four", "cannot be imported"), ("exact", "unknown grader 'exact'")):
        status, _, err = command(capsys, monkeypatch, "regrade", str(run), "--grader", grader)
        assert (status, told in err) == (2, True)


async def test_lm_eval_gets_a_line_for_each_problem(tmp_path: Path) -> None:
    run = await evaluated(tmp_path)
    *samples, results = export(run, "lm-eval")
    assert [path.name.partition("_2")[0] for path in samples] == [
        "samples_halves_best_of_n-n=1",
        "samples_halves_best_of_n-n=2",
    ]
    assert results.parent.name == "simulated"
    lines = [json.loads(line) for line in samples[0].read_text().splitlines()]
    assert [line["doc_id"] for line in lines] == list(range(6))
    for line in lines:
        assert line["arguments"]["gen_args_0"]["arg_0"] == line["doc"]["problem"]
        assert len(line["resps"]) == 1
        assert len(line["resps"][0]) == len(line["filtered_resps"]) == 2  # repeats
        assert all(f"\\boxed{{{a}}}" in t for a, t in zip(line["filtered_resps"], line["resps"][0], strict=True))
    table = json.loads(results.read_text())["results"]["halves_best_of_n-n=1"]
    assert table["exact_match,none"] == pytest.approx(sum(line["exact_match"] for line in lines) / 6)


async def test_inspect_gets_a_sample_for_each_run(tmp_path: Path) -> None:
    run = await evaluated(tmp_path)
    for path in export(run, "inspect", tmp_path / "logs"):
        log = json.loads(path.read_text())
        assert (log["version"], log["status"], log["eval"]["config"]["epochs"]) == (2, "success", 2)
        assert sorted((s["id"], s["epoch"]) for s in log["samples"]) == [(f"p{i}", e) for i in range(6) for e in (1, 2)]
        right = [sample["scores"]["equivalence"]["value"] == "C" for sample in log["samples"]]
        assert log["results"]["scores"][0]["metrics"]["accuracy"]["value"] == pytest.approx(sum(right) / 12)
        assert all(sample["output"]["choices"][0]["stop_reason"] == "stop" for sample in log["samples"])


async def test_inspects_own_reader_takes_it(tmp_path: Path) -> None:
    reader = pytest.importorskip("inspect_ai.log")
    for path in export(await evaluated(tmp_path), "inspect"):
        log = reader.read_eval_log(str(path))
        assert len(log.samples) == 12


async def test_wrong_formats_and_places_are_told(tmp_path: Path) -> None:
    run = await evaluated(tmp_path, repeat=1)
    with pytest.raises(ValueError, match="did you mean 'inspect'"):
        export(run, "inspct")
    with pytest.raises(ValueError, match="holds no evaluation"):
        regrade(tmp_path, "identical")
    with pytest.raises(ValueError, match="stays as it is"):
        regrade(run, "identical", run)


async def test_half_a_sign_in_an_answer_is_no_obstacle(tmp_path: Path) -> None:
    """A server that cuts a token in the middle of an emoji: results.jsonl takes it, and so do all that read it."""
    path = pool_file(tmp_path / "pool.jsonl.gz", ["seven \ud83d", "7"])
    await evaluate(EvalConfig(pool=str(path), strategy=["self_consistency"], n=[2], out=str(tmp_path / "run")))
    again = regrade(tmp_path / "run", "identical").folder
    assert "\\ud83d" in (again / "results.jsonl").read_text()
    for form in ("lm-eval", "inspect"):
        assert all(path.stat().st_size for path in export(again, form))


async def test_cells_whose_names_hold_a_slash_have_files_of_their_own(tmp_path: Path) -> None:
    """Cut at the slash of org/prm, both cells were called prm, and one overwrote the other."""
    path = pool_file(tmp_path / "pool.jsonl.gz", ["3", "7"], scores=[{"org/prm": 0.2}, {"org/prm": 0.9}])
    which = {"strategy": ["best_of_n", "self_consistency"], "n": [2], "verifier": "pool:org/prm"}
    await evaluate(EvalConfig(pool=str(path), out=str(tmp_path / "run"), **which))  # type: ignore[arg-type]
    for form, files in (("lm-eval", 3), ("inspect", 2)):
        assert len(set(export(tmp_path / "run", form))) == files
