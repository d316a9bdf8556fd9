"""The live view of a run: a tree of what is being tried, how it is scored, what it has cost so far.

`ttc solve` imports it when it runs, for rich is heavy.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Self

from ttc.cli.output import View
from ttc.cli.run_tree import Attempts
from ttc.core.tree import Step
from ttc.types import Event

if TYPE_CHECKING:
    from rich.tree import Tree
from rich.text import Text
from rich.tree import Tree

if TYPE_CHECKING:
    from ttc.backends.base import Pricing

REFRESHES = 6  # a second, by a thread of its own: events only count
WIDE = 8
"""Answers, and children of one step, that are shown; the best ones."""
DEEP = 6
"""Forks of one path that are shown; steps between forks are one line."""


class Live(View):
    """Follows the events of a run and, where `enabled`, draws them on standard error until it is left.

    `pricing` turns tokens into USD; it may be set when the backend is known.
    """

    def __init__(self, enabled: bool = True, **looks: Any):
        self.tokens = self.calls = self.candidates = 0
        self.usd: float | None = 0.0
        self.pricing: Pricing | None = None
        self.phase, self.best = "starting", ""
        self.attempts = Attempts()
        self._start = time.monotonic()
        super().__init__(self.picture, enabled, REFRESHES, transient=True, **looks)

    def __enter__(self) -> Self:
        self._start = time.monotonic()
        return super().__enter__()

    def _draw(self) -> None:
        while self._live is not None and not self._left.wait(1 / REFRESHES):
            self._live.refresh()

    def __call__(self, event: Event) -> None:
        """Take one event of the run."""
        self.attempts(event)
        data = event.data
        if event.name == "ask":
            self._pay(data)
        elif event.name == "candidate" and data["done"]:
            self.candidates += 1
        elif event.name == "begin":
            self.phase = data["span"]
        elif event.name == "propose" and data["answer"] is not None:
            sure = "" if data["confidence"] is None else f" ({data['confidence']:.2f})"
            self.best = f"leading: {_short(data['answer'])}{sure}"

    def _pay(self, data: Any) -> None:
        self.calls += data["calls"]
        self.tokens += data["output_tokens"]
        if self.pricing is not None and self.usd is not None:
            price = self.pricing.usd(data["prompt_tokens"], data["cached_tokens"], data["output_tokens"])
            self.usd = None if price is None else self.usd + price

    def line(self) -> str:
        """Where the run is and what it has cost, in one line."""
        counts = [f"{self.candidates} candidates", f"{self.calls} calls", f"{self.tokens} tokens"]
        counts += [f"${self.usd:.4f}"] if self.usd else []
        counts += [f"{time.monotonic() - self._start:.1f} s"]
        return f"{self.phase}: " + ", ".join(counts) + (f"; {self.best}" if self.best else "")

    def picture(self) -> Tree:
        """The tree as it is now."""
        tree = Tree(Text(self.line(), style="bold"), guide_style="dim")
        groups, silent = self.attempts.groups()
        if groups or silent:
            self._answers(tree, groups, silent)
        if self.attempts.steps:
            self._grow(tree.add(Text("steps", style="dim")), self.attempts.roots, DEEP)
        return tree

    @staticmethod
    def _answers(tree: Tree, groups: list[Any], silent: int) -> None:
        """One line for each answer: a bar of its votes, mean score, share of comparisons won."""
        branch = tree.add(Text("answers", style="dim"))
        most = max((group.votes for group in groups), default=1)
        for place, group in enumerate(groups[:WIDE]):
            bar = "█" * max(1, round(10 * group.votes / most))
            line = Text(f"{_short(group.answer)}  ", style="bold green" if place == 0 else "")
            line.append(f"{bar} {group.votes}", style="cyan")
            line.append(_known("  score ", group.score) + _known("  won ", group.wins), style="dim")
            line.append(f"  {group.tokens:.0f} tokens", style="dim")
            branch.add(line)
        if rest := sum(group.votes for group in groups[WIDE:]):
            branch.add(Text(f"{len(groups) - WIDE} other answers, {rest} votes", style="dim"))
        if silent:
            branch.add(Text(f"(no answer) {silent}", style="dim"))

    def _grow(self, branch: Tree, nodes: list[Step], deep: int) -> None:
        """The best steps below one, each with all that follows it up to the next fork."""
        ranked = sorted(list(nodes), key=lambda node: (self.attempts.pruned(node), -_or_0(node.score)))
        for node in ranked[:WIDE]:
            last, steps = node, 1
            while len(last.below) == 1:
                last, steps = last.below[0], steps + 1
            inner = branch.add(self._step(last, steps))
            if last.below and deep > 1:
                self._grow(inner, last.below, deep - 1)
            elif last.below:
                inner.add(Text("deeper steps", style="dim"))
        if len(ranked) > WIDE:
            branch.add(Text(f"{len(ranked) - WIDE} more", style="dim"))

    def _step(self, node: Step, steps: int) -> Any:
        from rich.text import Text

        pruned = self.attempts.pruned(node)
        sign = "✗" if pruned else "✓" if node.done else "·" if node.below else "…"
        line = Text(f"{sign} {node.id} ", style="dim strike" if pruned else "")
        line.append(f"[{steps} steps] " if steps > 1 else "", style="dim")
        line.append("" if math.isnan(node.score) else f"{node.score:.2f} ", style="dim" if pruned else "cyan")
        line.append(_short(node.text), style="dim" if pruned else "green" if node.done else "")
        line.append("  pruned" if pruned else "", style="red")
        return line


def _known(label: str, value: float) -> str:
    return "" if math.isnan(value) else f"{label}{value:.2f}"


def _or_0(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _short(text: str) -> str:
    """One line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
