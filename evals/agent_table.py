"""The table of the agent task: success and cost of each way to run it, with intervals paired by task."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import Any

Row = dict[str, Any]
LOOPS, VOTES = 9, (3, 5, 9)
"""Loops without votes on each task; how many votes are tried."""
MAIN, MORE = 5, 9
"""The number of votes whose gain over one loop is what the run tests, and one that is looked at besides."""
ARMS = frozenset({"one", "again", *(f"votes {k}" for k in VOTES)})
AGAIN = "one loop, a step without a call drawn anew (at most 4 times)"
RESAMPLINGS = 4000


@dataclass(frozen=True)
class Outcome:
    """One loop: its final answer (None = none), its cost."""

    answer: str | None
    steps: int
    calls: int
    tokens: int


def voted(outcomes: Sequence[Outcome]) -> str | None:
    """The most frequent final answer of several loops, the first of equals."""
    said = [outcome.answer for outcome in outcomes if outcome.answer is not None]
    return Counter(said).most_common(1)[0][0] if said else None


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean over tasks."""
    rng = Random(0)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(RESAMPLINGS))
    return means[RESAMPLINGS // 40], means[RESAMPLINGS - RESAMPLINGS // 40 - 1]


def rows_of(gold: Mapping[str, str], found: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> list[Row]:
    """The table. `found` has for each task the outcomes of each arm; gains are over the mean of single loops."""
    base = [fmean(o.answer == gold[task] for o in arms["one"]) for task, arms in found.items()]
    rows = [_row("one loop", base, [arms["one"] for arms in found.values()], 1, base)]

    def add(name: str, arm: str, loops: int) -> None:
        tried = [arms[arm][:loops] for arms in found.values()]
        success = [float(voted(each) == gold[task]) for task, each in zip(found, tried, strict=True)]
        rows.append(_row(name, success, tried, loops, base))

    add(AGAIN, "again", 1)
    for k in VOTES:
        add(f"{k} votes on each tool call", f"votes {k}", 1)
    for k in VOTES:
        add(f"{k} loops, vote on the final answers", "one", k)
    return rows


def _row(name: str, success: list[float], tried: Sequence[Sequence[Outcome]], loops: int, base: Sequence[float]) -> Row:
    """One line; `loops` of the outcomes are what the arm pays for one task."""
    each = [outcome for outcomes in tried for outcome in outcomes]
    gains = [right - plain for right, plain in zip(success, base, strict=True)]
    return {
        "arm": name,
        "success": fmean(success),
        "interval": interval(success),
        "gain": fmean(gains),
        "gain_interval": interval(gains),
        "calls": loops * fmean(outcome.calls for outcome in each),
        "tokens": loops * fmean(outcome.tokens for outcome in each),
        "right": success,
    }


def between(rows: Sequence[Row], name: str, other: str) -> str:
    """The difference of two lines in success, in words."""
    one, two = (next(row for row in rows if row["arm"] == arm) for arm in (name, other))
    gains = [a - b for a, b in zip(one["right"], two["right"], strict=True)]
    low, high = interval(gains)
    sure = "excludes zero" if low > 0 or high < 0 else "does not exclude zero"
    times = one["tokens"] / two["tokens"]
    return f"{fmean(gains):+.3f} ({low:+.3f} to {high:+.3f}, which {sure}) at {times:.2f} times the tokens"


def markdown(summary: Mapping[str, Any]) -> str:
    """The report of a run."""
    rows = summary["rows"]
    table = ["| agent | success | gain over one loop | completions | tokens |", "|---|---|---|---|---|"]
    for row in rows:
        (low, high), (least, most) = row["interval"], row["gain_interval"]
        gain = "" if row is rows[0] else f"{row['gain']:+.3f} ({least:+.3f} to {most:+.3f})"
        cost = f"{row['calls']:.0f} | {row['tokens']:.0f}"
        table.append(f"| {row['arm']} | {row['success']:.3f} ({low:.3f} to {high:.3f}) | {gain} | {cost} |")
    compared = []
    for k in (MAIN, MORE):
        vote, final = f"{k} votes on each tool call", f"{k} loops, vote on the final answers"
        compared.append(f"- {vote} against one loop: {between(rows, vote, rows[0]['arm'])};")
        compared.append(f"- against a loop that draws a step anew when no call came: {between(rows, vote, AGAIN)};")
        compared.append(f"- against {k} loops with a vote on their final answers: {between(rows, vote, final)}.")
    return HEAD.format(
        parts=", ".join(f"{family} (level {level})" for family, level in summary["parts"].items()),
        tasks=summary["tasks"],
        split=summary["split"],
        weights=summary["weights"],
        table="\n".join(table),
        compared="\n".join(compared),
        k=MAIN,
    )


HEAD = """# An agent with a calculator

Written by evals/agent_task.py on the laboratory model (weights {weights}): {tasks} {split} tasks, each of one problem
of {parts}, in this order. Success: the agent's last result is right.
Intervals: 95 %, from resampling tasks; differences are paired by task. Costs are means of one task: completions and
output tokens.

{table}

{compared}

The first of these is the comparison that the run was made for: families, levels, {k} votes and 60 tasks were fixed
before any of them was drawn. The others say where the gain comes from; no correction was made for their number.

A task: each part is a problem; its answer and a constant go to the calculator, and the result is a number in the next
part. So there are as many calls as parts, each needs the one before, and nothing mends a wrong one. The loop offers the
calculator in the OpenAI protocol and sends its results back as tool messages; the vote, `ttc.answers.structured` under
`self_consistency`, is the one that every client of the gateway gets.

What was adapted: the laboratory model was never taught tools or several parts. `evals/agent_server.py` shows it the
open part alone, with the results so far in place, and writes the call around the answer that its solution boxes. So
which tool is called and when is scripted; what can go wrong is the argument (a slip in the solution) or that no call
comes (the search of countdown runs out of tokens). A draw without a call has no vote.

Designs before this one, right answers of one loop against those of a loop with votes on development problems. The
calculator took over the sums inside a solution, all four signs: word level 4, 12 and 12 of 12; word raw difficulty 17
at temperature 1.3, 15 and 15 of 16; counting 18 at 1.3, 15 and 14 of 16; counting 20, 13 and 13 of 16 (14 and 12 when
repeated); modular 14, 13 and 12 of 16. With + and - only: word 16, 15 and 14 of 16. Then 12 test problems of word 20
without a trial, 3 votes: .167 to .333, interval from zero, and a vote on final answers did as well. The draws of the
weights recorded then (evals/results/lab_pool.jsonl.gz as it was; 20 test problems a family and level, none of them
used here) say why: most slips in sums come again in every draw, so that 9 votes raise remainders at level 4 from .463
to .514 only, while linear at level 2 goes from .366 to .512, word from .819 to .908, and countdown, whose failures all
but never end in a wrong call, from .467 to .935. These three make up the task; the loop that draws anew is there
because in countdown a vote does no more than that. Put together at random, those draws predict .14 for one loop, .26
where steps are drawn anew, .27, .36 and .44 for 3, 5 and 9 votes on calls, .24, .29 and .35 for votes on final
answers. Of this design itself only a few development tasks were run before, to see that it works and what it costs.
"""
