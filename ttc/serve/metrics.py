"""Counters of the gateway in the text format of Prometheus (version 0.0.4): a dozen lines, so no package is needed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate

from ttc.types import Cost

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
        self._durations: dict[str, list[float]] = {}
        """By path: how many took up to each bound and longer than the one before, longer than all, and the sum."""

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count `amount` under the name and labels."""
        self.counts[name, tuple(labels.items())] += amount  # type: ignore[assignment]

    def charge(self, key: str, cost: Cost) -> None:
        """Count what a request of that key cost."""
        self.add("ttc_tokens_total", cost.prompt_tokens, key=key, side="prompt")
        self.add("ttc_tokens_total", cost.output_tokens, key=key, side="output")
        if cost.usd:
            self.add("ttc_usd_total", cost.usd, key=key)

    def took(self, seconds: float, path: str) -> None:
        """Enter a request's duration into the histogram."""
        if path not in self._durations:
            self._durations[path] = [0.0] * (len(BOUNDS) + 2)
        row = self._durations[path]
        row[bisect_left(BOUNDS, seconds)] += 1
        row[-1] += seconds

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        rows: dict[str, list[str]] = {name: [] for name in HELP}
        for (name, labels), value in sorted(self.counts.items()):
            family = next(known for known in HELP if name.startswith(known))
            rows[family].append(f"{name}{_labels(dict(labels))} {value:.10g}")
        for path, (*counts, whole) in sorted(self._durations.items()):
            for bound, count in zip((*map("{:g}".format, BOUNDS), "+Inf"), accumulate(counts), strict=True):
                rows["ttc_request_seconds"].append(
                    f"ttc_request_seconds_bucket{_labels({'path': path, 'le': bound})} {count:g}"
                )
            rows["ttc_request_seconds"].append(f"ttc_request_seconds_sum{_labels({'path': path})} {whole:.10g}")
            rows["ttc_request_seconds"].append(f"ttc_request_seconds_count{_labels({'path': path})} {sum(counts):.10g}")
        rows["ttc_in_flight"].append(f"ttc_in_flight {self.in_flight}")
        lines = []
        for name, (kind, about) in HELP.items():
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}", *rows[name]]
        return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = (f'{name}="{value}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}" if labels else ""
