"""Answers against the test file of another verifier: `python -m evals.bench.math_verify_tests FOLDER [--out FILE.md]`.

FOLDER is the unpacked source distribution of math-verify 0.9.0 (huggingface/Math-Verify, Apache-2.0), which has its
tests with it: pip download --no-binary :all: --no-deps math-verify==0.9.0. Nothing of it is copied here: the reader
takes the parameters of its test functions (gold, pred, expected) from the syntax tree, runs none of its code, and
leaves out what ttc has no part in: parameters that are no literals, and its options `precision` below 6 and `strict`.
"""

import argparse
import ast
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttc.answers import equivalent, extract_answer
from ttc.answers.boxes import boxes
from ttc.answers.symbolic import SYMBOLIC

FALSE = {
    "test_all.py:132": "the same text as in line 126, but for line ends within the dollars",
    "test_all.py:133": "the same text as in line 128, but for line ends within the brackets",
    "test_yujianll.py:28": "it says that 1 - 1/e equals 1 + 1/e",
}
"""Rows that contradict other rows, or arithmetic."""
HEAD = """# The tests of math-verify 0.9.0

Gold and prediction of each row, compared by `ttc.answers` (python -m evals.bench.math_verify_tests FOLDER --out FILE).
"""
EXPECTED = ("expected", "result")
FINEST = 6  # decimals that math-verify rounds to as a rule


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a parametrised test: both texts, whether they are to be equal, and where it stands."""

    gold: str
    pred: str
    equal: bool
    where: str


def read_cases(folder: Path) -> Iterator[Case]:
    """The pairs of all test files, in their order."""
    for path in sorted((folder / "tests").glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.parametrize":
                    yield from _rows(call, path.name)


def _rows(call: ast.Call, file: str) -> Iterator[Case]:
    said = ast.literal_eval(call.args[0])
    names = [name.strip() for name in said.split(",")] if isinstance(said, str) else list(said)
    expected = next((name for name in names if name in EXPECTED), None)
    if expected is None or not {"gold", "pred"} <= set(names) or not isinstance(call.args[1], ast.List):
        return
    for element in call.args[1].elts:
        try:
            row: dict[str, Any] = dict(zip(names, ast.literal_eval(element), strict=True))
        except ValueError:  # a formatted text
            continue
        if row.get("precision", FINEST) >= FINEST and "strict" not in row:
            yield Case(row["gold"], row["pred"], bool(row[expected]), f"{file}:{element.lineno}")


def contradictory(cases: list[Case]) -> set[Case]:
    """The cases of which another says the opposite for the same two texts, in either order, and those in FALSE."""
    said: dict[frozenset[str], set[bool]] = {}
    for case in cases:
        said.setdefault(frozenset((case.gold, case.pred)), set()).add(case.equal)
    return {case for case in cases if len(said[frozenset((case.gold, case.pred))]) > 1 or case.where in FALSE}


def answer_in(text: str) -> str:
    """The answer in a text of the tests: in its box, or in its sentence; a text without either is an answer already."""
    words = [word for word in text.replace("$", " ").split() if word.isalpha() and len(word) > 2]
    if boxes(text) or len(words) > 1 or "nswer" in text or ": " in text:
        return extract_answer(text) or text
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the unpacked source distribution")
    parser.add_argument("--out", type=Path, help="write the table here")
    parser.add_argument("--show", action="store_true", help="print the pairs that differ")
    options = parser.parse_args()
    cases = list(read_cases(options.folder))
    disputed = contradictory(cases)
    counted = [case for case in cases if case not in disputed]
    seconds, wrong = [], []
    for case in counted:
        pair = answer_in(case.gold), answer_in(case.pred)
        equivalent(*pair)  # the worker of symbolic algebra starts with the first that needs it
        start = time.perf_counter()
        _forget()
        got = equivalent(*pair)
        seconds.append(time.perf_counter() - start)
        if got != case.equal:
            wrong.append((case, pair, got))
    SYMBOLIC.close()
    table = _table(counted, wrong, len(disputed), statistics.median(seconds))
    print(table)
    for case, pair, got in wrong:
        print(f"{case.where}: {'equal' if got else 'different'}" + (f"  {pair}" if options.show else ""))
    if options.out:
        options.out.write_text(f"{HEAD}\n{table}", encoding="utf-8")


def _forget() -> None:
    from ttc.answers.equivalence import _decide
    from ttc.answers.reading import _read_answer

    _decide.cache_clear()
    _read_answer.cache_clear()


def _table(counted: list[Case], wrong: list[Any], disputed: int, median: float) -> str:
    rows = [("to be equal", True, "false 'different'"), ("to be different", False, "false 'equal'")]
    lines = ["| pairs | number | faults | share |", "|---|---|---|---|"]
    for name, equal, fault in rows:
        number = sum(case.equal is equal for case in counted)
        faults = sum(case.equal is equal for case, *_ in wrong)
        lines.append(f"| {name} | {number} | {faults} {fault} | {faults / number:.1%} |")
    lines.append(f"\nLeft out: {disputed} pairs that the tests contradict elsewhere. Median comparison, caches empty: ")
    return "\n".join(lines) + f"{median * 1e3:.3f} ms.\n"


if __name__ == "__main__":
    main()
