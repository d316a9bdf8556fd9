"""The page of each problem: what every cell answered, from which candidates and votes, and why that one won."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ttc.core.tree import RunTree, Step
from ttc.evaluation.append_only import Row
from ttc.evaluation.report.contents import Gathered
from ttc.evaluation.report.tables import safe
from ttc.search.tree_picture import to_svg

TEXT = 4000
"""Characters of a candidate that are shown."""
ANSWERS = 10
"""Answers of a vote that are shown."""


def in_order(gathered: Gathered) -> list[str]:
    """Problem ids: first those on which cells disagree, then those that none solved, then those that all solved."""

    def rank(name: str) -> int:
        right = [row["correct"] for row in gathered.rows[name]]
        return 2 if all(right) else 0 if any(right) else 1

    return sorted(gathered.rows, key=rank)


def page(name: str, gathered: Gathered) -> str:
    """One problem, folded."""
    rows = gathered.rows[name]
    first = rows[0]
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    marks = "".join(_mark([row for row in rows if row["cell"] == cell]) for cell in cells)
    right = [row["correct"] for row in rows]
    state = "all" if all(right) else "some" if any(right) else "none"
    facts = " · ".join(fact for fact in (first["level"] and f"level {first['level']}", first["subject"]) if fact)
    text = gathered.texts.get(name)
    body = [
        f'<p class="problem-text">{safe(text)}</p>' if text else "",
        f"<p>Gold answer: <b>{safe(first['gold'])}</b></p>",
    ]
    shown: dict[str, str] = {}
    body += [_cell([row for row in rows if row["cell"] == cell], shown) for cell in cells]
    head = f'<span class="id">{safe(name)}</span> <span class="dim">{safe(facts)}</span>'
    head += f'<span class="marks">{marks}</span>'
    return f'<details class="problem" data-state="{state}"><summary>{head}</summary>{"".join(body)}</details>'


def why(row: Row) -> str:
    """In one sentence, why the run answered what it did."""
    if "error" in row:
        return f"The server refused: {row['error']}"
    chosen = next((sample for sample in row["samples"] if sample["id"] == row["chosen"]), None)
    if chosen is None or row["answer"] is None:
        silent = sum(sample["group"] < 0 for sample in row["samples"])
        return f"No answer: {silent} of {len(row['samples'])} candidates were cut off or gave none."
    votes = _votes(row["samples"])
    own = votes.get(chosen["group"], 0)
    said = f"Candidate {chosen['id']} of {len(row['samples'])}"
    said += f", {own} of {sum(votes.values())} votes for its answer" if own else ", whose answer has no vote"
    others = [count for group, count in votes.items() if group != chosen["group"]]
    said += f" (next: {max(others)})" if others else ""
    score = chosen.get("score")
    said += f", score {score:.3f}" if score is not None else ""
    return said + _ended(row) + "."


def _ended(row: Row) -> str:
    if row["stopped"] == "finished":
        return ""
    return f"; ended by the {row['stopped']}" + (f" ({row['limit']})" if row["limit"] else "")


def _votes(samples: Sequence[Row]) -> dict[int, int]:
    votes: dict[int, int] = {}
    for sample in samples:
        if sample["group"] >= 0:
            votes[sample["group"]] = votes.get(sample["group"], 0) + 1
    return votes


def _mark(rows: Sequence[Row]) -> str:
    """A tick, a cross, or the share of repeats that are right."""
    share = sum(row["correct"] for row in rows) / len(rows)
    sign = "✓" if share == 1 else "✗" if share == 0 else f"{share:.0%}"
    kind = "right" if share == 1 else "wrong" if share == 0 else "mixed"
    return f'<span class="{kind}" title="{safe(rows[0]["cell"])}">{sign}</span>'


def _cell(rows: Sequence[Row], shown: dict[str, str]) -> str:
    """What one cell did, shown by its first repeat. `shown` says where each text stands already."""
    row = min(rows, key=lambda row: row["repeat"])
    answer = "no answer" if row["answer"] is None else row["answer"]
    sure = "" if row["confidence"] is None else f", confidence {row['confidence']:.2f}"
    repeats = f", right in {sum(r['correct'] for r in rows)} of {len(rows)} repeats" if len(rows) > 1 else ""
    cost = f"{row['cost'].get('output_tokens', 0):,} tokens, {row['cost'].get('calls', 0)} calls"
    head = f"{_mark([row])} <b>{safe(row['cell'])}</b>: {safe(answer)}"
    facts = f'<p class="dim">{safe(why(row))} {safe(cost + sure + repeats)}</p>'
    parts = [facts, _vote_table(row), _notes(row), _tree(row), _candidates(row, shown)]
    return f'<div class="cell"><h4>{head}</h4>{"".join(parts)}</div>'


def _vote_table(row: Row) -> str:
    """Votes and mean score of each answer, the most voted first."""
    votes, samples = _votes(row["samples"]), row["samples"]
    if not votes:
        return ""
    scored = any(sample.get("score") is not None for sample in samples)
    ranked = sorted(votes.items())
    lines = []
    for group, count in ranked[:ANSWERS]:
        members = [sample for sample in samples if sample["group"] == group]
        won = ' class="won"' if any(member["id"] == row["chosen"] for member in members) else ""
        sign = "✓" if members[0]["correct"] else "✗"
        bar = f'<span class="bar" style="width:{90 * count / ranked[0][1]:.0f}px"></span> {count}'
        score = f"<td>{_mean_score(members)}</td>" if scored else ""
        lines.append(f"<tr{won}><td>{safe(members[0]['answer'])}</td><td>{bar}</td><td>{sign}</td>{score}</tr>")
    others = {"other answers": sum(count for _, count in ranked[ANSWERS:])}
    others["cut off or no answer"] = len(samples) - sum(votes.values())
    lines += [f'<tr class="dim"><td>({name})</td><td>{count}</td></tr>' for name, count in others.items() if count]
    head = "<tr><th>answer</th><th>votes</th><th>right</th>" + "<th>mean score</th>" * scored + "</tr>"
    return f"<table>{head}{''.join(lines)}</table>"


def _mean_score(samples: Sequence[Row]) -> str:
    known = [sample["score"] for sample in samples if sample.get("score") is not None]
    return f"{sum(known) / len(known):.3f}" if known else ""


def _notes(row: Row) -> str:
    """Waves, judgements and what was lost, in the order in which they happened."""
    told = []
    for note in row.get("notes") or []:
        if note["name"] == "begin":
            told.append(str(note["span"]))
        elif note["name"] == "judgement":
            wins = note["wins"]
            told.append(f"{note['first']} against {note['second']}: {'no verdict' if wins is None else f'{wins:.2f}'}")
        elif note["name"] == "lost":
            told.append(f"lost: {note['error']}")
    return f'<p class="dim">{safe("; ".join(told))}</p>' if told else ""


def _tree(row: Row) -> str:
    """The picture of a search by steps."""
    steps = row.get("tree")
    if not steps:
        return ""
    tree = RunTree()
    for step in steps:
        tree.enter(Step(**{**step, "score": math.nan if step["score"] is None else step["score"]}))
    picture = to_svg(tree.to_search_tree(proposed=[row["chosen"]]))
    return f'<details><summary>search tree, {len(steps)} steps</summary><div class="wide">{picture}</div></details>'


def _candidates(row: Row, shown: dict[str, str]) -> str:
    """Every candidate; a text that several cells met stands at the first of them."""
    parts = []
    for sample in row["samples"]:
        facts = [f"{sample['tokens']} tokens", sample["finish"]]
        facts += [f"score {sample['score']:.3f}"] if sample.get("score") is not None else []
        facts += [sample["reason"]] if sample.get("reason") else []
        facts += [f"mean logprob {sample['mean_logprob']:.3f}"] if sample.get("mean_logprob") is not None else []
        answer = "no answer" if sample["answer"] is None else sample["answer"]
        sign, kind = ("✓", "right") if sample["correct"] else ("✗", "wrong")
        won = ' class="won"' if sample["id"] == row["chosen"] else ""
        text = sample.get("text", "(the text is in the pool)")
        clipped = text if len(text) <= TEXT else f"{text[:TEXT]}\n… {len(text) - TEXT} more characters"
        before = shown.get(text)
        shown.setdefault(text, f"candidate {sample['id']} of {row['cell']}")
        body = f"<pre>{safe(clipped)}</pre>" if before is None else f'<p class="dim">as {safe(before)}</p>'
        head = f'<span class="{kind}">{sign}</span> {safe(sample["id"])}: <b>{safe(answer)}</b>'
        parts.append(
            f'<details{won}><summary>{head} <span class="dim">{safe(", ".join(facts))}</span></summary>{body}</details>'
        )
    return f"<details><summary>{len(parts)} candidates</summary>{''.join(parts)}</details>" if parts else ""
