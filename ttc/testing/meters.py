"""A meter that counts and shows all that it was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ttc.backends.base import Delta
from ttc.errors import BudgetExhausted


class CountingMeter:
    """Counts everything.

    Args:
        watch: Called with the index and the delta; False ends the completion.
        calls: The most calls that it allows.
        tokens: The most output tokens that it allows.
    """

    watched = True

    def __init__(self, watch: Callable[[int, Delta], bool] | None = None, calls: int = 10**9, tokens: int = 10**9):
        self.watch, self.most_calls, self.most_tokens = watch, calls, tokens
        self.calls = self.attempts = self.prompt_tokens = self.cached_tokens = 0
        self.output_by_index: Counter[int] = Counter()
        self.text_by_index: dict[int, str] = {}
        self.deltas: list[tuple[int, Delta]] = []

    @property
    def output_tokens(self) -> int:
        """Output tokens over all completions and attempts."""
        return sum(self.output_by_index.values())

    def attempt(self, n: int = 1) -> None:
        """Count an attempt for n completions."""
        if self.calls + n > self.most_calls:
            raise BudgetExhausted("calls")
        self.calls += n
        self.attempts += 1

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count prompt tokens."""
        self.prompt_tokens += tokens
        self.cached_tokens += cached

    def output(self, index: int, delta: Delta) -> bool:
        """Count a delta and ask the watcher."""
        self.output_by_index[index] += delta.tokens
        self.text_by_index[index] = self.text_by_index.get(index, "") + delta.text
        self.deltas.append((index, delta))
        return self.watch is None or self.watch(index, delta)

    def allowance(self) -> int:
        """What is left of `tokens`."""
        return max(0, self.most_tokens - self.output_tokens)
