"""Traces in files: what was written is read again, also what version 0.1 wrote."""

import json
from pathlib import Path

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.core.trace import Trace


def test_the_ends_of_a_span_and_of_the_run_have_two_names(tmp_path: Path) -> None:
    result = ttc.solve("What is 5 + 4?", "self_consistency", knobs={"n": 3}, backend=SimulatedBackend())
    trace = result.trace
    assert len(trace.named("begin")) == len(trace.named("span_end")) > 0
    assert [event.data["answer"] for event in trace.named("end")] == [result.answer]
    trace.write(tmp_path / "trace.jsonl")
    assert [e.name for e in Trace.read(tmp_path / "trace.jsonl")] == [e.name for e in trace]


def test_old_traces_are_read_with_the_new_names(tmp_path: Path) -> None:
    rows = [
        {"at": 0.0, "name": "begin", "span": "wave"},
        {"at": 1.0, "name": "end", "span": "wave"},
        {"at": 2.0, "name": "end", "stopped": "finished", "limit": None, "answer": "9"},
    ]
    path = tmp_path / "old.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [(e.at, e.name) for e in Trace.read(path)] == [(0.0, "begin"), (1.0, "span_end"), (2.0, "end")]
