"""A result for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ttc.core import domains
from ttc.core.candidates import votable
from ttc.core.result import Result
from ttc.types import Candidate


def show(result: Result, console: Console | None = None) -> None:
    """Print answer, votes, cost and why the run ended."""
    console = console or Console(highlight=False)
    if result.answer is None:
        console.print(f"[bold red]no answer[/] {_why(result)}")
    else:
        sure = "" if result.confidence is None else f"   [dim]confidence {result.confidence:.2f}[/]"
        console.print(f"[bold green]{escape(result.answer)}[/]{sure}")
    if len(result.candidates) > 1:
        console.print(_votes(result))
    console.print(f"[dim]{_cost(result)}[/]")
    if (plan := result.plan) is not None:
        console.print(f"[dim]{escape(_plan(plan))}[/]")
    for warning in result.warnings:
        console.print(f"[yellow]{escape(warning)}[/]")
    if result.stopped != "finished":
        console.print(f"[yellow]ended by the {result.stopped}[/]" + (f" ({result.limit})" if result.limit else ""))


def _votes(result: Result) -> Table:
    """One row for each answer."""
    table = Table("answer", "votes", "mean score", "tokens each", box=None, header_style="dim", pad_edge=False)
    groups = domains.group_known(result.problem.domain, [votable(c) for c in result.candidates])
    for group in groups:
        members = [result.candidates[i] for i in group]
        mark = "bold" if result.candidate in members else ""
        answer = escape(members[0].answer or "")
        table.add_row(answer[:60], str(len(group)), _score(result, members), _mean_tokens(members), style=mark)
    silent = len(result.candidates) - sum(len(group) for group in groups)
    if silent:
        table.add_row("(no answer or cut off)", str(silent), "", "", style="dim")
    return table


def _score(result: Result, members: list[Candidate]) -> str:
    scores = [v.score for c in members if (v := result.verdicts.get(c.id)) is not None and v.known]
    return f"{sum(scores) / len(scores):.3f}" if scores else ""


def _mean_tokens(members: list[Candidate]) -> str:
    return f"{sum(c.output_tokens for c in members) / len(members):.0f}"


def _cost(result: Result) -> str:
    cost = result.cost
    parts = [
        f"{cost.calls} calls",
        f"{cost.output_tokens} output tokens",
        f"{cost.prompt_tokens} prompt tokens ({cost.cached_tokens} cached)",
        f"{cost.seconds:.2f} s",
    ]
    if cost.usd is not None:
        parts.append(f"${cost.usd:.6f}")
    if cost.eflops is not None:
        parts.append(f"{cost.eflops:.3g} T eFLOPs")
    kinds = [f"{kind} {c.output_tokens}" for kind, c in result.cost_by_kind.items()]
    if len(kinds) > 1:
        parts.append("by kind: " + ", ".join(kinds))
    return ", ".join(parts)


def _plan(plan: dict[str, Any]) -> str:
    """What the allocator bought, what it believed at the end, and why it stopped, in one line."""
    bought = [f"{chose['action']} {chose['count']}" for d in plan["decisions"] if (chose := d["chose"]) is not None]
    belief = plan["believed"]
    sure = f"right {belief['right']:.2f}, not seen yet {belief['unseen']:.2f}"
    return f"plan: {', '.join(bought) or 'nothing bought'}; believed {sure}; stopped by {plan['stopped']}"


def _why(result: Result) -> str:
    """Why no answer could be found."""
    cut = sum(c.finish != "stop" for c in result.candidates)
    if not result.candidates:
        return "no candidate was finished"
    return f"in {len(result.candidates)} candidates: {cut} were cut off, {len(result.candidates) - cut} gave none"
