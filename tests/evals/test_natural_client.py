"""The client that asks for rewritings, answers, votes and own problems, against a server that answers by rule."""

import argparse
import json
import re
import subprocess
from pathlib import Path

import pytest
from aiohttp import web

from evals.lab_model.natural import client
from evals.lab_model.natural.problems import generate
from evals.lab_model.natural.values import value_of


class Rewriter:
    """Rewrites by putting words in front; solves rewritings rightly by what the generator knows, except for some."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.wrong_first: set[str] = set()
        self.asked: list[int] = []

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
        self.asked.append(len(prompts))
        texts = [self.reply(prompt, body["n"], k) for prompt in prompts for k in range(body["n"])]
        choices = [{"index": i, "text": text, "finish_reason": "stop"} for i, text in enumerate(texts)]
        return web.json_response({"choices": choices[::-1], "usage": {"completion_tokens": 7 * len(texts)}})

    def reply(self, prompt: str, n: int, k: int) -> str:
        said = re.findall(r"<\|im_start\|>user\n(.*?)<\|im_end\|>", prompt, re.S)[-1]
        if said.startswith("Rewrite"):
            return "Tell me please: " + said.partition("\n\n")[2]
        if said.startswith("Write an elementary"):
            return "A box holds 4 cups and another one 5 cups. How many cups do both boxes hold?"
        if said.startswith("Write a short Python"):
            return "print(4 + 5)"
        text = said.partition("\n\nSolve this")[0]
        if text.startswith("A box holds 4 cups"):
            return "4 + 5 = 9. \\boxed{9}"
        right = self.known[text.removeprefix("Tell me please: ")]
        wrong = text in self.wrong_first and n == 1
        return f"\\boxed{{{right}}}" if not wrong and k < 5 else "\\boxed{-1}"


@pytest.fixture
async def served(tmp_path):
    rewriter = Rewriter()
    todo = [item for _, item in zip(range(40), client.items(0, 1), strict=False)]
    for i, item in enumerate(todo):
        problem = generate(item.form, item.seed)
        rewriter.known[problem.prompt] = problem.answer
        if i % 4 == 0:
            rewriter.wrong_first.add("Tell me please: " + problem.prompt)
    app = web.Application()
    app.router.add_post("/v1/completions", rewriter.complete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    args = argparse.Namespace(
        base=f"http://127.0.0.1:{port}/v1",
        model="m",
        out=str(tmp_path),
        shard="0/1",
        seconds=3,
        grace=2,
        rewritings=40,
        own=6,
        batch=8,
        lanes=2,
        votes=1,
        invent=1,
    )
    yield rewriter, args, tmp_path / "part-0.jsonl"
    await runner.cleanup()


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line]


async def test_one_run_asks_for_all_and_votes_only_where_the_answer_differs(served):
    rewriter, args, path = served
    await client.run(args)
    found = rows(path)
    rewritten = {row["i"]: row for row in found if "t" in row}
    greedy = {row["i"]: row for row in found if "g" in row}
    voted = {row["i"]: row for row in found if "n" in row and "i" in row}
    assert {row["i"] for row in found if "i" in row} == set(range(40))
    assert len(rewritten) > 30
    assert greedy.keys() == rewritten.keys()
    assert voted.keys() == {i for i, row in greedy.items() if row["g"] != row["k"]}
    assert voted
    assert all(row["n"].count(row["k"]) == 5 and len(row["n"]) == 8 for row in voted.values())
    for row in rewritten.values():
        assert row["x"] == "Tell me please: " + generate(row["f"], row["s"]).prompt
        assert greedy[row["i"]]["k"] == value_of(generate(row["f"], row["s"]).answer)
    own = [row for row in found if "o" in row]
    assert [row["n"] for row in own] == [["9"] * 8] * 6
    assert own[0]["p"] == ["print(4 + 5)"] * 4
    assert max(rewriter.asked) == 8


async def test_a_second_run_goes_on_where_the_first_stopped(served):
    _, args, path = served
    args.rewritings, args.own = 16, 2
    await client.run(args)
    first = rows(path)
    path.write_text(path.read_text() + '{"i": 3, "cut')  # the last line of a run that was stopped
    args.rewritings, args.own = 40, 6
    await client.run(args)
    done, own, unsure = client.resume(path, 0, 1)
    assert done == set(range(40))
    assert own == set(range(6))
    assert not unsure
    text = path.read_text()
    asked = re.findall(r'"i": (\d+), "f"', text)
    assert len(asked) == len(set(asked)) == 40
    assert text.lstrip().startswith("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in first))


def test_the_lease_is_a_script_that_bash_can_read():
    script = Path(client.__file__).parent / "lease.sh"
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).stderr == b""
    assert all(f"\n  {stage})" in script.read_text() for stage in ("install", "work", "more"))
