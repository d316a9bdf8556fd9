"""Counters of the gateway in the text format of Prometheus (version 0.0.4): a dozen lines, so no package is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

BOUNDS = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0)  # s

HELP = {
    "ttc_requests_total": ("counter", "Requests answered, by path through the gateway and HTTP status."),
    "ttc_tokens_total": ("counter", "Tokens charged, by key and side."),
    "ttc_usd_total": ("counter", "US dollars charged, by key, where prices are known."),
    "ttc_candidates_total": ("counter", "Candidates drawn, by strategy."),
    "ttc_disconnects_total": ("counter", "Clients that hung up before their answer was complete."),
    "ttc_in_flight": ("gauge", "Requests being answered now."),
    "ttc_request_seconds": ("histogram", "Seconds from a request to the end of its answer, by path."),
}


class Metrics:
    """What happened so far. Labels are few: paths, statuses, names of keys and strategies, never what clients send."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self.in_flight = 0

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count `amount` under the name and labels."""
        self.counts[name, tuple(labels.items())] += amount  # type: ignore[assignment]

    def took(self, seconds: float, path: str) -> None:
        """Enter a request's duration into the histogram."""
        for bound in BOUNDS:
            if seconds <= bound:
                self.add("ttc_request_seconds_bucket", path=path, le=f"{bound:g}")
        self.add("ttc_request_seconds_bucket", path=path, le="+Inf")
        self.add("ttc_request_seconds_sum", seconds, path=path)
        self.add("ttc_request_seconds_count", path=path)

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        rows: dict[str, list[str]] = {name: [] for name in HELP}
        for (name, labels), value in sorted(self.counts.items()):
            family = next(known for known in HELP if name.startswith(known))
            rows[family].append(f"{name}{_labels(dict(labels))} {value:.10g}")
        rows["ttc_in_flight"].append(f"ttc_in_flight {self.in_flight}")
        lines = []
        for name, (kind, about) in HELP.items():
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}", *rows[name]]
        return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = (f'{name}="{value}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}" if labels else ""
