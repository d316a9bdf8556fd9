"""The trace of a run: events in order of time, the lineage of candidates, JSON lines in and out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.core.tree import RunTree
from ttc.types import Event

if TYPE_CHECKING:
    import networkx as nx


class Trace:
    """What happened, in order. `add` is called by the session; readers iterate."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.listeners: list[Any] = []

    def add(self, at: float, name: str, **data: Any) -> None:
        """Append an event and tell the listeners (callables that take the event; the live view is one)."""
        event = Event(at, name, data)
        self.events.append(event)
        if self.listeners:
            for listener in self.listeners:
                listener(event)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def named(self, name: str) -> list[Event]:
        """The events of one name."""
        return [event for event in self.events if event.name == name]

    def lineage(self) -> nx.DiGraph[str]:
        """Candidates as a graph under "root": an edge from each candidate to those that continue it."""
        return RunTree.of(self).to_networkx()

    def write(self, path: str | Path) -> None:
        """One JSON object a line: at, name and the event's data."""
        with Path(path).open("w", encoding="utf-8") as file:
            for event in self.events:
                file.write(json.dumps(to_plain(event), ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> Trace:
        """A trace written by `write`, also by ttc 0.1, where the end of a span was called "end" as that of the run."""
        trace = cls()
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            at, name = row.pop("at"), row.pop("name")
            trace.events.append(Event(at, "span_end" if name == "end" and "span" in row else name, row))
        return trace


def to_plain(event: Event) -> Mapping[str, Any]:
    """The event as plain JSON values; nan becomes null."""
    return {"at": round(event.at, 6), "name": event.name, **{k: plain(v) for k, v in event.data.items()}}


def plain(value: Any) -> Any:
    """Numbers that JSON does not know (nan, infinities) as None, deeply."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value
