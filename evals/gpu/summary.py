"""From the rows of math_table.py to evals/results/vllm_math500.{md,json,svg}: accuracy, cost, seconds, counters.

    python evals/gpu/summary.py DIR [--out evals/results] [--name vllm_math500]

Intervals are bootstrap over the problems that every complete setting finished; the gain is against plain votes at equal
output tokens. Settings with less than --share of the most problems are listed as incomplete and left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent.parent)]

from math_settings import CURVE

from evals.tables.equal_tokens import Line, gain_of, lines, markdown, plot
from evals.tables.workers import read


def costs(rows: list[dict[str, Any]], metered: list[dict[str, Any]], found: list[Line]) -> str:
    """Markdown of seconds and of the server's own counters, which are summed over the parts of a setting."""
    out = [
        "| setting | seconds a problem | seconds of all | our output tokens | served | prompt tokens | "
        "of it cached | KV cache peak | preemptions |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in sorted(found, key=lambda line: line.tokens):
        own = [row for row in rows if row["setting"] == line.setting]
        parts = [row for row in metered if row["setting"] == line.setting]
        total: Counter[str] = Counter()
        for part in parts:
            total.update({name: value for name, value in part.items() if isinstance(value, int | float)})
        peak = max((part.get("kv_cache_peak", 0.0) for part in parts), default=0.0)
        cached = total["prefix_cache_hits"] / max(1.0, total["prefix_cache_queries"])
        out.append(
            f"| {line.setting} | {fmean(row['seconds'] for row in own):.1f} | {total['seconds']:.0f} | "
            f"{sum(row['output_tokens'] for row in own)} | {total['generation_tokens']:.0f} | "
            f"{total['prompt_tokens']:.0f} | {cached:.0%} | {peak:.1%} | {total['num_preemptions']:.0f} |"
        )
    return "\n".join(out) + "\n"


def timed(rows: list[dict[str, Any]]) -> str:
    """Markdown: accuracy less that of plain votes of as many seconds a problem, interpolated in their logarithm."""
    found = lines([{**row, "output_tokens": row["seconds"]} for row in rows], CURVE)
    ordered = sorted(found, key=lambda line: line.tokens)
    rows_of = [f"| {x.setting} | {x.tokens:.1f} | {gain_of(x)} | {x.verdict} |" for x in ordered]
    head = "| setting | seconds a problem | against votes at equal seconds | |\n|---|---|---|---|\n"
    return head + "\n".join(rows_of)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    parser.add_argument("--name", default="vllm_math500")
    parser.add_argument("--share", type=float, default=0.9)
    knobs = parser.parse_args()
    every = read(knobs.folder / "runs.jsonl")
    counts = Counter(row["setting"] for row in every)
    most = max(counts.values())
    rows = [row for row in every if counts[row["setting"]] >= knobs.share * most]
    short = {name: count for name, count in counts.items() if count < knobs.share * most}
    found = lines(rows, CURVE)
    metered, about = read(knobs.folder / "settings.jsonl"), json.loads((knobs.folder / "about.json").read_text())
    text = [
        f"# {about['model']} on MATH-500, by vLLM", "",
        ", ".join(f"{name} {value}" for name, value in about.items()) + f"; {found[0].problems} problems.", "",
        markdown(found), "## Against votes at equal seconds a problem", "", timed(rows), "",
        "## Seconds, and what the server counted", "", costs(rows, metered, found),
    ]  # fmt: skip
    if short:
        text += ["Incomplete and left out: " + ", ".join(f"{name} ({n})" for name, n in short.items()) + ".", ""]
    knobs.out.mkdir(parents=True, exist_ok=True)
    place = knobs.out / knobs.name
    place.with_suffix(".md").write_text("\n".join(text), encoding="utf-8")
    table = [{**asdict(line), "verdict": line.verdict} for line in found]
    whole = {"about": about, "table": table, "settings": metered}
    place.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    if not plot(found, CURVE, str(place.with_suffix(".svg"))):
        print("no plot: matplotlib is missing")
    print("\n".join(text))


if __name__ == "__main__":
    main()
