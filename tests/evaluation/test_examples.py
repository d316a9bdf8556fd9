"""Sets of problems: where they come from, bad rows, and gold answers that stay outside."""

import gzip
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.evaluation import Cell, Runner, load_examples, read_pool
from ttc.evaluation.examples import Example
from ttc.evaluation.journal import Journal

ROWS = [
    {"id": "a", "problem": "What is 1 + 1?", "answer": 2, "level": 3, "subject": "sums"},
    {"question": "What is 2 + 2?", "answer": "Two and two. #### 4"},
]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_rows_of_the_usual_sets_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", *map(json.dumps, ROWS))
    first, second = load_examples(str(path))
    assert (first.problem.id, first.gold, first.level, first.subject) == ("a", "2", "3", "sums")
    assert (second.problem.text, second.gold) == ("What is 2 + 2?", "4")
    packed = tmp_path / "set.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert load_examples("", data=packed, limit=1)[0] == first


def test_bad_rows_name_their_lines(tmp_path: Path) -> None:
    bad = ["{", "[1]", '{"problem": "no answer"}', '{"answer": "5"}', json.dumps(ROWS[0])]
    path = write(tmp_path / "set.jsonl", json.dumps(ROWS[0]), *bad)
    with pytest.raises(ValueError, match=r"line 2: no JSON.*line 3: it holds a list.*line 4: no gold.*2 more"):
        load_examples(str(path))
    told: list[str] = []
    assert len(load_examples(str(path), bad_rows="skip", report=told.append)) == 1
    assert len(told) == 5
    assert "line 6: id 'a' was used in line 1" in told[-1]


def test_sets_are_found_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "problems").mkdir()
    write(tmp_path / "problems" / "gsm8k_test.jsonl", json.dumps(ROWS[1]))
    monkeypatch.setenv("TTC_DATA", str(tmp_path))
    assert load_examples("gsm8k")[0].gold == "4"


def test_a_set_that_is_not_here_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTC_DATA", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(ValueError, match=r"--data FILE.jsonl.*TTC_DATA.*HuggingFaceH4/MATH-500.*ttc-llm\[eval\]"):
        load_examples("math500")
    with pytest.raises(ValueError, match="did you mean 'math500'"):
        load_examples("math-500")


class Hub:
    """The package datasets where the hub, or what was asked of it, is not there."""

    def __init__(self, error: Exception):
        self.error = error

    def load_dataset(self, *place: Any, **options: Any) -> list[Any]:
        raise self.error


def test_a_set_that_the_hub_does_not_give_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTC_DATA", raising=False)
    away = ConnectionError("Couldn't reach 'HuggingFaceH4/MATH-500' on the Hub")
    monkeypatch.setitem(__import__("sys").modules, "datasets", Hub(away))
    with pytest.raises(ValueError, match=r"Couldn't reach.*--data FILE.jsonl.*TTC_DATA.*lab:test, which needs no file"):
        load_examples("math500")
    with pytest.raises(ValueError, match=r"did you mean 'HuggingFaceH4/MATH-500'\?$"):
        load_examples("hf:HuggingFaceH4/MATH500")
    split = ValueError("Unknown split \"train\".\nShould be one of ['test'].")
    monkeypatch.setitem(__import__("sys").modules, "datasets", Hub(split))
    with pytest.raises(ValueError, match=r"hf:.*split=train cannot be had.*Should be one of \['test'\]"):
        load_examples("hf:HuggingFaceH4/MATH-500:split=train")
    with pytest.raises(ValueError, match="names no dataset; write hf:ORG/NAME"):
        load_examples("hf:")


def test_aime_answers_are_integers_from_0_to_999(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"problem": "?", "answer": "073"}', '{"problem": "?!", "answer": "1000"}')
    with pytest.raises(ValueError, match="line 2: answer '1000' is no integer from 0 to 999"):
        load_examples("aime25", data=path)


def test_lab_problems_have_levels_and_families() -> None:
    examples = load_examples("lab:dev:count=6:family=linear:level=2")
    assert [example.level for example in examples] == ["2"] * 6
    assert {example.subject for example in examples} == {"linear"}
    assert {example.level for example in load_examples("lab:test:count=10")} == set("12345")
    with pytest.raises(ValueError, match="did you mean 'level'"):
        load_examples("lab:test:levels=2")


GOLD = "7919-gold-7919"


def reachable(root: object) -> list[object]:
    """Everything that attributes, items, closures and bound methods lead to."""
    found: dict[int, object] = {}
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in found or isinstance(thing, type) or type(thing).__name__ == "module":
            continue
        found[id(thing)] = thing
        if isinstance(thing, dict):
            waiting += [*thing.keys(), *thing.values()]
        elif isinstance(thing, list | tuple | set | frozenset) or type(thing).__name__ == "deque":
            waiting += list(thing)  # type: ignore[call-overload]
        else:
            names = [*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())]
            waiting += [getattr(thing, name) for name in names if hasattr(thing, name)]
            waiting += [getattr(thing, name) for name in ("__self__", "__func__") if hasattr(thing, name)]
            waiting += [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
    return list(found.values())


class Spy:
    """A strategy that looks for the gold answer in everything it is given."""

    seen: ClassVar[list[list[object]]] = []

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        (candidate,) = await session.sample(1)
        self.seen.append(reachable(session))
        return candidate


async def test_gold_answers_are_out_of_reach_of_strategies(tmp_path: Path) -> None:
    Spy.seen.clear()
    example = Example(ttc.Problem("What is 6 * 7?"), GOLD)
    journal = Journal(tmp_path, {})
    options: dict[str, Any] = {"examples": [example], "cells": [Cell(Spy())]}
    await Runner(backend=SimulatedBackend(), journal=journal, **options).run()
    journal.close()
    (things,) = Spy.seen
    assert example.problem in things  # the search does find what a session holds
    assert not any(isinstance(thing, str) and GOLD in thing for thing in things)
    assert any(isinstance(thing, str) and GOLD in thing for thing in reachable(example))


async def test_gold_answers_of_a_pool_are_out_of_reach_too(tmp_path: Path) -> None:
    Spy.seen.clear()
    samples = [{"text": "\\boxed{42}", "tokens": 5}]
    path = write(tmp_path / "pool.jsonl", json.dumps({"id": "p", "gold": GOLD, "samples": samples}))
    pool = read_pool(path)
    await Runner(examples=pool.examples, cells=[Cell(Spy())], pool=pool).run()
    (things,) = Spy.seen
    assert pool.problems["p"] in things
    assert not any(isinstance(thing, str) and GOLD in thing for thing in things)


def test_levels_choose_among_the_problems(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(i), "problem": f"{i}?", "answer": i, "level": f"Level {i}"}) for i in range(1, 6)]
    path = write(tmp_path / "set.jsonl", *lines)
    assert [e.gold for e in load_examples(str(path), levels="2-3,5")] == ["2", "3", "5"]
    assert [e.level for e in load_examples("lab", levels="4-5", limit=3)] == ["4", "5", "4"]
    for levels, told in (("5-3", "is no range"), ("9", "holds no problems of level 9")):
        with pytest.raises(ValueError, match=told):
            load_examples(str(path), levels=levels)
    with pytest.raises(ValueError, match="are 1 to 5, not 6"):
        load_examples("lab", levels="5-6")


def test_a_gold_answer_in_a_list_is_taken_out_and_several_are_refused(tmp_path: Path) -> None:
    """Were the list itself the gold answer, "['2']", every answer would be wrong."""
    path = write(tmp_path / "set.jsonl", '{"question": "q", "final_answer": ["2"]}')
    assert load_examples(str(path))[0].gold == "2"
    for gold in ('["2", "3"]', '{"value": 2}', "[]"):
        path = write(tmp_path / "set.jsonl", f'{{"question": "q", "answer": {gold}}}')
        with pytest.raises(ValueError, match="must be one text or number"):
            load_examples(str(path))
