"""Faults that users of such software reported, by kind: `python -m evals.bench.faults [--show]`.

The inputs are in tests/data/faults.jsonl, one a line: a kind, the public report or test file that it was taken from or
made after, what is checked, and what must come out. Kinds A are of answers, E of evaluation, G of the gateway, O of
model servers, S of the sandbox. An input with the check "open" has no runner yet: it is listed, and never counts as
passed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.serve.upstream import gateway, scripted
from ttc.answers import equivalent, extract_answer
from ttc.core import domains
from ttc.evaluation.examples import read_lines
from ttc.evaluation.journal import Journal

DATA: Final = Path(__file__).parents[2] / "tests" / "data" / "faults.jsonl"
VOTE: Final = {"ttc": {"strategy": "self_consistency", "knobs": {"n": 2, "stop": "none"}}}
KINDS: Final = {
    "A01": "long decimals and fractions", "A02": "several boxes", "A03": "several named values",
    "A04": "equations at the end", "A05": "control tokens", "A06": "answer tags, box markers",
    "A07": "last sentences as in GSM8K", "A08": "dollars within an answer", "A09": "commas after a leading zero",
    "A10": "decimal commas", "A11": "exclamation marks", "A12": "other languages", "A13": "final answer within a line",
    "A14": "boxes before an answer line", "A15": "the box named in prose", "A16": "sentences that name an option",
    "A17": "short words in lines", "A18": "notations", "A19": "disputable expectations",
    "E01": "deeply nested lines", "E02": "torn config.json", "G01": "arguments as an object",
    "G02": "content in parts", "G03": "paths", "G04": "whole numbers with a point", "G05": "JSON in a fence",
    "O01": "hidden reasoning tokens", "O02": "tool calls in streams", "O03": "finish reasons", "O04": "proxies",
    "O05": "query of the base URL", "O06": "list of models fails", "O07": "lasting errors", "O08": "refused fields",
    "O09": "streams without a finish reason", "O10": "errors in other forms", "O11": "odd types",
    "O12": "event streams", "O13": "long headers", "O14": "redirections", "O15": "403 of moderation",
    "S01": "fenced blocks", "S02": "printed numbers", "S03": "pairs for functions", "S04": "objects of the program",
    "S05": "unittest", "S06": "captured output", "S07": "aliases", "S08": "limits", "S09": "byte order mark",
}  # fmt: skip

Row = Mapping[str, Any]


def read_faults(path: Path = DATA) -> list[Row]:
    """The inputs, in their order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def _equivalent(row: Row) -> bool:
    first, second = row["first"], row["second"]
    return equivalent(first, second) == equivalent(second, first) == row["expected"]


async def _extract(row: Row) -> bool:
    found = extract_answer(row["text"])
    return found is not None and equivalent(found, row["expected"])


async def _reply(row: Row) -> bool:
    found = domains.answer_of(row["domain"], row["text"])
    return (found is not None and domains.same(row["domain"], found, row["gold"])) == row["expected"]


async def _deep_line(row: Row) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problems.jsonl"
        path.write_text("[" * row["depth"] + "\n", encoding="utf-8")
        return all(isinstance(found, ValueError) for _, found in read_lines(path))


async def _torn_config(row: Row) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(row["content"], encoding="utf-8")
        try:
            Journal(folder, {"seed": 0}).close()
        except json.JSONDecodeError:
            return False
        except ValueError as error:
            return str(path) in str(error)
        return True


async def _gateway(row: Row) -> bool:
    body = {"model": "toy", "messages": [{"role": "user", "content": "3 + 4?"}], **VOTE, **row.get("body", {})}
    expected, method = row["expected"], row.get("method", "POST")
    async with scripted(row["reply"]) as upstream, gateway(upstream) as url, aiohttp.ClientSession() as session:
        sent = {} if method == "GET" else {"json": body}
        async with session.request(method, url + row.get("path", "/chat/completions"), **sent) as response:
            status, reply = response.status, await response.json()
    if status != expected["status"]:
        return False
    if "sent" in expected:
        return all(
            expected["sent"] in json.dumps(body, ensure_ascii=False).replace("\\\\", "\\") for body in upstream.bodies
        )
    message = reply["choices"][0]["message"] if "choices" in reply else {}
    if "arguments" in expected:
        arguments = message["tool_calls"][0]["function"]["arguments"]
        return isinstance(arguments, str) and json.loads(arguments) == expected["arguments"]
    if "content" in expected:
        return reply["ttc"]["answer"] is not None and json.loads(message["content"]) == expected["content"]
    return True


CHECKS: Final[Mapping[str, Callable[[Row], Awaitable[bool]]]] = {
    "equivalent": _equivalent,
    "extract": _extract,
    "reply": _reply,
    "deep_line": _deep_line,
    "torn_config": _torn_config,
    "gateway": _gateway,
}


async def run(rows: Iterable[Row]) -> list[tuple[Row, bool | None]]:
    """Each input with whether it passes; None for one that is open."""
    return [(row, await CHECKS[row["check"]](row) if row["check"] in CHECKS else None) for row in rows]


def table(results: Iterable[tuple[Row, bool | None]]) -> str:
    """Kinds and how many of their inputs pass."""
    total, passed, open_ = Counter[str](), Counter[str](), Counter[str]()
    for row, result in results:
        total[row["kind"]] += 1
        passed[row["kind"]] += result is True
        open_[row["kind"]] += result is None
    lines = [f"{'kind':<38} passed  open"]
    for kind in sorted(total):
        name = f"{kind} {KINDS.get(kind, '')}"
        lines.append(
            f"{name:<38} {passed[kind]:>2} of {total[kind]:<2}" + (f" {open_[kind]:>4}" if open_[kind] else "")
        )
    lines.append(f"{'all':<38} {passed.total()} of {total.total()}, {open_.total()} open")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the inputs that fail")
    options = parser.parse_args()
    results = asyncio.run(run(read_faults()))
    print(table(results))
    failed = [row for row, result in results if result is False]
    for row in failed if options.show else ():
        print(json.dumps(row, ensure_ascii=False))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
