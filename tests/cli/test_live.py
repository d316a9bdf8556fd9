"""The live view, drawn into a text: what it shows of votes, of step search and of judgements, and what it costs."""

from __future__ import annotations

import io
import math
import threading
import time
from typing import Any

from rich.console import Console

import ttc
from ttc.backends.base import TokenPrices
from ttc.backends.simulated import SimulatedBackend
from ttc.cli.live import WIDE, Live
from ttc.types import Event

PROBLEM = "A crate holds 24 bottles. How many bottles are in 6 crates?"


def drawn(view: Live) -> str:
    text = io.StringIO()
    Console(file=text, width=100, color_system=None).print(view.picture())
    return text.getvalue()


def told(view: Live, name: str, **data: Any) -> None:
    view(Event(0.0, name, data))


def step(view: Live, id: str, text: str, answer: str | None = None) -> None:
    told(view, "candidate", id=id, text=text, answer=answer, done=answer is not None, tokens=7)


def test_votes_are_groups_of_answers_with_their_cost() -> None:
    view = Live(enabled=False)
    backend = SimulatedBackend()
    result = ttc.solve(PROBLEM, "self_consistency", knobs={"n": 8, "stop": "none"}, backend=backend, listeners=[view])
    text = drawn(view)
    assert (view.calls, view.tokens) == (result.cost.calls, result.cost.output_tokens)
    assert f"{len(result.candidates)} candidates, {view.calls} calls, {view.tokens} tokens" in text
    assert f"leading: {result.answer}" in text
    groups, silent = view.attempts.groups()
    assert sum(group.votes for group in groups) + silent == 8
    assert f"{groups[0].answer}  {'█' * 10} {groups[0].votes}" in text
    assert "steps" not in text


def test_usd_where_the_price_is_known() -> None:
    view = Live(enabled=False)
    ask = {"calls": 1, "prompt_tokens": 1000, "cached_tokens": 0, "output_tokens": 500}
    told(view, "ask", **ask)
    assert "$" not in view.line()
    view.pricing = TokenPrices(1.0, 4.0)
    told(view, "ask", **ask)
    assert "$0.0030" in view.line()


def test_steps_are_a_tree_with_scores_and_what_was_pruned() -> None:
    view = Live(enabled=False)
    step(view, "0", "First this.")
    step(view, "1", "Or [that].")
    told(view, "verdict", id="0", score=0.9, reason="")
    told(view, "verdict", id="1", score=0.2, reason="")
    told(view, "step", number=1, live=2, held=0, generated=0)
    assert "pruned" not in drawn(view)
    step(view, "0.0", "Then 24 * 6.")
    step(view, "0.1", "So 144.", answer="144")
    assert "pruned" not in drawn(view)  # its own next step may still come
    told(view, "step", number=2, live=1, held=0, generated=0)
    lines = drawn(view).splitlines()
    fork = next(i for i, line in enumerate(lines) if "· 0 0.90 First this." in line)
    below = [line for line in lines[fork + 1 :] if "0.0" in line or "0.1" in line]
    assert len(below) == 2
    assert all(line.index("0.") > lines[fork].index("0 0.90") for line in below)  # drawn deeper
    assert any("✓ 0.1 So 144." in line for line in below)
    lost = next(line for line in lines if "Or [that]." in line)
    assert "✗ 1 0.20" in lost
    assert lost.rstrip().endswith("pruned")


def test_a_real_step_search_is_drawn_whole() -> None:
    view = Live(enabled=False)
    result = ttc.solve(PROBLEM, "beam", knobs={"n": 4}, verifier="prm", backend=SimulatedBackend(), listeners=[view])
    assert len(view.attempts.nodes) == len({event.data["id"] for event in result.trace.named("candidate")})
    assert view.attempts.steps > 0
    assert "steps" in drawn(view)


def test_unbranched_steps_are_one_line_and_wide_forks_are_cut() -> None:
    view = Live(enabled=False)
    for depth in range(5):
        step(view, ".".join(["0"] * (depth + 1)), f"Step {depth}.")
    for child in range(WIDE + 3):
        step(view, f"0.0.0.0.0.{child}", f"Child {child}.")
    text = drawn(view)
    assert "· 0.0.0.0.0 [5 steps] Step 4." in text
    assert "Step 3." not in text
    assert text.count("Child") == WIDE
    assert "3 more" in text


def test_judgements_are_shares_of_comparisons_won() -> None:
    view = Live(enabled=False)
    for id, answer in (("0", "144"), ("1", "30")):
        step(view, id, "x", answer=answer)
    for wins in (1.0, 0.5, math.nan):
        told(view, "judgement", first="0", second="1", vote=0, wins=wins)
    text = drawn(view)
    assert "won 0.75" in text
    assert "won 0.25" in text


class Noted(Live):
    """Knows which threads have drawn it."""

    def picture(self) -> Any:
        self.drawn_by.append(threading.current_thread())
        return super().picture()

    @property
    def drawn_by(self) -> list[threading.Thread]:
        return self.__dict__.setdefault("_drawn_by", [])


def test_events_only_count_and_another_thread_draws() -> None:
    """20,000 events during drawing: no event draws, and the picture never breaks."""
    text, before = io.StringIO(), set(threading.enumerate())
    with Noted(console=Console(file=text, width=80, height=24, force_terminal=True)) as view:
        view.drawn_by.clear()  # of its start
        for number in range(10_000):
            step(view, f"{number % 50}" + ".0" * (number // 50 % 20) + f".{number}", "A step.", answer=str(number % 7))
            told(view, "step", number=number, live=1, held=0, generated=0)
        drawn_by = list(view.drawn_by)
        while len(view.drawn_by) < len(drawn_by) + 2:  # one that began after the last event, and ended
            time.sleep(0.01)
    assert threading.current_thread() not in drawn_by
    assert set(threading.enumerate()) <= before
    assert "10000 candidates" in text.getvalue()


def test_nothing_is_drawn_where_it_is_not_enabled(capsys: Any) -> None:
    with Live(enabled=False) as view:
        ttc.solve(PROBLEM, "self_consistency", backend=SimulatedBackend(), listeners=[view])
    assert capsys.readouterr() == ("", "")
