"""Key-value tokens of a run: what its solutions hold at each moment, prefixes shared by several counted once.

held: the prefixes of all unfinished solutions after a step, newest steps included. kept: the prefixes from which the
next step grows, so what was pruned is gone and what is being written is not yet there; that is what a pruning policy
decides. Prompts are left out. Solutions drawn whole grow a token at a time side by side and share nothing.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import ttc


def memory(result: ttc.Result) -> dict[str, float]:
    """held and kept, in tokens: means over steps, and the peak of held."""
    steps = result.trace.named("step")
    if not steps:
        return of_lengths([candidate.output_tokens for candidate in result.candidates])
    held = [float(event.data["held"]) for event in steps]
    kept = kept_after(result) or [0.0]
    return {"held_mean": mean(held), "held_peak": max(held), "kept_mean": mean(kept)}


def of_lengths(lengths: Sequence[int]) -> dict[str, float]:
    """Of solutions of these lengths: after token t everyone that is not shorter holds t tokens."""
    ranked = sorted(lengths, reverse=True)
    if not ranked or not ranked[0]:
        return {"held_mean": 0.0, "held_peak": 0.0, "kept_mean": 0.0}
    average = sum(length * (length + 1) / 2 for length in ranked) / ranked[0]
    peak = max(rank * length for rank, length in enumerate(ranked, 1))
    return {"held_mean": average, "held_peak": float(peak), "kept_mean": average}


def kept_after(result: ttc.Result) -> list[float]:
    """Tokens of the prefixes from which each step but the first grew: an id "3.0" grew from "3"."""
    tokens: dict[str, int] = {}
    kept, parents = [], set[str]()
    for event in result.trace.events:
        if event.name == "candidate":
            tokens[event.data["id"]] = event.data["tokens"]
            parents.add(event.data["id"].rpartition(".")[0])
        elif event.name == "step":
            if parents != {""}:
                nodes = {node for parent in parents for node in path_of(parent)}
                kept.append(float(sum(tokens.get(node, 0) for node in nodes)))
            parents = set()
    return kept


def path_of(name: str) -> Iterable[str]:
    """The names of a solution's prefixes, itself last."""
    return accumulate(name.split("."), lambda one, two: f"{one}.{two}") if name else ()


def mean(values: Sequence[float]) -> float:
    """The mean of some values."""
    return sum(values) / len(values)
