"""Files that a full disk or a power cut has torn: what is said names the file, and nothing is a foreign error."""

import json
from pathlib import Path

import pytest

from ttc.evaluation.append_only import read_object, read_rows
from ttc.evaluation.examples import load_examples, read_lines
from ttc.evaluation.journal import Journal
from ttc.evaluation.regrade import regrade

DEEP = "[" * 100_000
TORN = ["", "{", '{"seed": 0', "null", "[1]", "\x00\x00", '{"a": ' + DEEP]


@pytest.mark.parametrize("content", TORN, ids=lambda content: content[:10].encode().hex() or "empty")
def test_a_torn_config_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json is damaged.*delete it") as caught:
        Journal(tmp_path, {"seed": 0})
    assert not isinstance(caught.value, json.JSONDecodeError)
    path.unlink()
    Journal(tmp_path, {"seed": 0}).close()  # the folder was let go
    assert read_object(path) == {"seed": 0}


def test_half_a_character_in_a_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b'{"a": "\xc3')
    with pytest.raises(ValueError, match=r"config\.json is damaged"):
        Journal(tmp_path, {"seed": 0})


def test_regrade_names_a_torn_config(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    (tmp_path / "results.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json is damaged"):
        regrade(tmp_path, "ttc")


def test_lines_nested_too_deeply_are_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f'{DEEP}\n{{"problem": "1+1?", "answer": "2"}}\n', encoding="utf-8")
    assert [type(row) for _, row in read_lines(path)] == [ValueError, dict]
    with pytest.raises(ValueError, match="line 1: its JSON is nested too deeply"):
        load_examples(str(path))
    assert len(load_examples(str(path), bad_rows="skip")) == 1


def test_rows_nested_too_deeply_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(f"{DEEP}\n{{}}\n", encoding="utf-8")
    assert list(read_rows(path)) == [(1, None), (2, {})]
