"""Reported faults: every input with a runner passes, and none is called open that has one."""

import pytest

from evals.bench import faults

ROWS = faults.read_faults()
OPEN = "OS"  # kinds of servers and of the sandbox


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in ROWS if row["kind"][0] not in OPEN}))
async def test_inputs_of_a_kind_pass(kind: str) -> None:
    for row, passed in await faults.run(row for row in ROWS if row["kind"] == kind):
        assert passed, row


def test_every_input_names_its_kind_and_source() -> None:
    assert len(ROWS) == 149
    for row in ROWS:
        assert row["kind"] in faults.KINDS
        assert row["source"]
        assert row["check"] in (*faults.CHECKS, "open")
        assert row["check"] != "open" or row["kind"][0] in OPEN


async def test_open_inputs_never_count_as_passed() -> None:
    results = await faults.run(row for row in ROWS if row["check"] == "open")
    assert {passed for _, passed in results} == {None}
    assert faults.table(results).endswith(f"0 of {len(results)}, {len(results)} open")
