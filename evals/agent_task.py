"""An agent with a calculator on the laboratory model: does a vote over each step's tool call raise success?

python -m evals.agent_task --out evals/results

The agent is a plain loop: ask for the next step, make the tool call that comes back, go on until an answer comes. With
k > 1 each step is drawn k times (`ttc.Solver`, self_consistency) and the call with most votes, name and arguments
compared as JSON values, is made. Beside it stands what k whole loops without votes cost: their mean success, and a vote
over their final answers.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import ttc
from ttc.lab.check import boxed
from ttc.lab.problems import LabProblem, generate_raw
from ttc.testing.calculator import TOOL, calculate, serving_calculator

Row = dict[str, Any]
FAMILIES = {"word": 20}
"""Families whose solutions have several steps with sums, and their raw difficulty."""
SIGNS = "+-"
"""What the calculator can do; the products in between are the model's own."""
K, STEPS, AT_ONCE = 3, 40, 12
SAMPLING = ttc.Sampling(temperature=0.8, max_tokens=192, suffix="", extra={"tools": [TOOL]})

HEAD = """# An agent with a calculator

Written by evals/agent_task.py on the laboratory model: {families}, {problems} {split} problems, seeds fixed. Success:
the agent's final answer is right. Intervals: 95 %, from resampling problems; differences are paired by problem. Costs
are means of one problem: steps of the loop, completions, output tokens.

{table}

{verdict}

What was adapted: the laboratory model was never taught tool calls. `ttc.testing.calculator` serves it with a scripted
form: where the model writes a sum and an equals sign, the server stops it and returns the sum as a call of the
calculator in the OpenAI protocol; the result comes back as a tool message and is written behind the sign (as GSM8K's
calculator, Cobbe et al. 2021). So the model cannot choose another tool or leave the calculator out; what it can get
wrong are the arguments. Here the calculator takes + and - only: the products in between are the model's own, and a
wrong one shows in the arguments of the next call. The vote, `ttc.answers.structured` under `self_consistency`, is the
one that every client of the gateway gets.

This table is exploratory: it is the last of several designs. Comparisons on development problems before it, right
answers of one loop against those of a loop with at most 5 votes on each call. All four signs: word level 4, 12 and 12
of 12; word raw difficulty 17 at temperature 1.3, 15 and 15 of 16; counting 18 at temperature 1.3, 15 and 14 of 16;
counting 20, 13 and 13 of 16 (14 and 12 when repeated); modular 14, 13 and 12 of 16. With + and - only: word 16, 15 and
14 of 16. Votes added nothing in any of them. One loop alone was also tried on other families and difficulties; word 19
ran out of time. Difficulty 20 and three votes were then taken without a trial on development problems, for the model
is weak there and time was short. It takes fresh problems to confirm the gain.
"""


@dataclass(frozen=True)
class Outcome:
    """One loop: its final answer (None = none), its cost."""

    answer: str | None
    steps: int
    calls: int
    tokens: int


async def loop(solver: ttc.Solver, problem: LabProblem, seed: int) -> Outcome:
    """Ask, call, go on."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": problem.prompt}]
    calls = tokens = 0
    for step in range(STEPS):
        asked = ttc.Problem(tuple(messages), id=f"{problem.id}/{step}", meta={"tools": (TOOL,)})
        result = await solver.solve(asked, seed=seed)
        calls, tokens = calls + result.cost.calls, tokens + result.cost.output_tokens
        message = (result.candidate and result.candidate.message) or {}
        made = message.get("tool_calls")
        if not made:
            return Outcome(boxed(result.text), step + 1, calls, tokens)
        messages.append({"role": "assistant", "content": message["content"], "tool_calls": made})
        for call in made:
            value = calculate(json.loads(call["function"]["arguments"])["expression"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": value})
    return Outcome(None, STEPS, calls, tokens)


async def arm(url: str, problems: list[LabProblem], k: int, seeds: range) -> list[list[Outcome]]:
    """For each problem the outcomes of all seeds; as many loops at once as fill the model's slots."""
    gate = asyncio.Semaphore(max(1, AT_ONCE // k))
    knobs = {"n": k, "stop": "none"}
    async with ttc.Solver("self_consistency", backend=url, knobs=knobs, sampling=SAMPLING) as solver:

        async def one(problem: LabProblem, seed: int) -> Outcome:
            async with gate:
                return await loop(solver, problem, seed)

        flat = await asyncio.gather(*(one(problem, seed) for problem in problems for seed in seeds))
    return [flat[i : i + len(seeds)] for i in range(0, len(flat), len(seeds))]


def voted(outcomes: list[Outcome]) -> str | None:
    """The most frequent final answer of several loops, the first of equals."""
    said = [outcome.answer for outcome in outcomes if outcome.answer is not None]
    return Counter(said).most_common(1)[0][0] if said else None


def interval(values: list[float]) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean over problems."""
    rng = Random(0)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(4000))
    return means[100], means[3899]


def row(name: str, success: list[float], outcomes: list[list[Outcome]], loops: int, base: list[float]) -> Row:
    """One line of the table; `loops` of the outcomes are what the arm pays for one problem."""
    each = [o for per in outcomes for o in per]
    gain = [s - b for s, b in zip(success, base, strict=True)]
    return {
        "arm": name,
        "success": fmean(success),
        "interval": interval(success),
        "gain": fmean(gain),
        "gain_interval": interval(gain),
        "steps": fmean(o.steps for o in each),
        "calls": loops * fmean(o.calls for o in each),
        "tokens": loops * fmean(o.tokens for o in each),
    }


def rows_of(problems: list[LabProblem], single: list[list[Outcome]], votes: list[list[Outcome]]) -> list[Row]:
    """The table: single loops, tool-call votes, votes over final answers."""
    base = [fmean(o.answer == p.answer for o in per) for p, per in zip(problems, single, strict=True)]
    calls = [float(per[0].answer == p.answer) for p, per in zip(problems, votes, strict=True)]
    final = [float(voted(per) == p.answer) for p, per in zip(problems, single, strict=True)]
    return [
        row(f"k = 1 (mean of {K} loops)", base, single, 1, base),
        row(f"k = {K}, vote on each tool call", calls, votes, 1, base),
        row(f"{K} loops, vote on the final answers", final, single, K, base),
    ]


def markdown(found: dict[str, Any]) -> str:
    lines = ["| agent | success | gain over k = 1 | steps | completions | tokens |", "|---|---|---|---|---|---|"]
    for r in found["rows"]:
        (low, high), (least, most) = r["interval"], r["gain_interval"]
        gain = "" if r is found["rows"][0] else f"{r['gain']:+.3f} ({least:+.3f} to {most:+.3f})"
        cost = f"{r['steps']:.1f} | {r['calls']:.0f} | {r['tokens']:.0f}"
        lines.append(f"| {r['arm']} | {r['success']:.3f} ({low:.3f} to {high:.3f}) | {gain} | {cost} |")
    one, vote = found["rows"][:2]
    times = vote["tokens"] / one["tokens"]
    sure = "its interval excludes zero" if vote["gain_interval"][0] > 0 else "its interval does not exclude zero"
    verdict = f"The vote on tool calls changes success by {vote['gain']:+.3f} for {times:.1f} times the tokens; {sure}."
    families = ", ".join(f"{family} at raw difficulty {hard}" for family, hard in found["families"].items())
    return HEAD.format(
        families=families, split=found["split"], problems=found["problems"], table="\n".join(lines), verdict=verdict
    )


async def measured(count: int, split: str) -> dict[str, Any]:
    problems = [generate_raw(f, hard, seed, split) for f, hard in FAMILIES.items() for seed in range(count)]
    start = time.monotonic()
    with serving_calculator(signs=SIGNS) as url:
        single = await arm(url, problems, 1, range(K))
        votes = await arm(url, problems, K, range(1))
    rows = rows_of(problems, single, votes)
    seconds = round(time.monotonic() - start)
    return {"families": FAMILIES, "split": split, "problems": len(problems), "k": K, "seconds": seconds, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=16, help="problems of each family")
    parser.add_argument("--split", default="test", help="test, or dev to choose families on")
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    options = parser.parse_args()
    found = asyncio.run(measured(options.count, options.split))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "agent_task.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (options.out / "agent_task.md").write_text(markdown(found), encoding="utf-8")
    print(markdown(found))


if __name__ == "__main__":
    main()
