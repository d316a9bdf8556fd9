"""The table of what a lease gave, from counts.json.

python -m evals.lab_model.natural.table     # writes table.md
"""

import json
from pathlib import Path

HERE = Path(__file__).parent


def rows(counts: dict[str, dict[str, int]], group: str) -> list[str]:
    """One line for each kind or voice: asked, share that passed the rules, share kept, different wordings."""
    lines = [f"| {group} | asked | pass the rules | kept | different wordings |", "|---|---|---|---|---|"]
    for name, some in counts.items():
        if name.startswith(f"{group} "):
            asked = some["asked"]
            shares = f"{some['passed'] / asked:.0%} | {some['kept'] / asked:.0%}"
            lines.append(f"| {name.removeprefix(group + ' ')} | {asked:,} | {shares} | {some.get('different', 0):,} |")
    return lines


def reasons(all_of: dict[str, int]) -> list[str]:
    lines = ["| why not kept | rewritings | share |", "|---|---|---|"]
    lost = {name[2:]: count for name, count in all_of.items() if name.startswith("- ")}
    for name, count in sorted(lost.items(), key=lambda item: -item[1]):
        lines.append(f"| {name} | {count:,} | {count / all_of['asked']:.1%} |")
    return lines


def main() -> None:
    told = json.loads((HERE / "counts.json").read_text(encoding="utf-8"))
    counts, again, own = told["counts"], told["refillable"], told["own"]
    whole = counts["all"]
    head = [
        "# What the lease of the corpus gave",
        "",
        f"Asked for {whole['asked']:,} rewritings: {whole['passed']:,} pass the rules, {whole['kept']:,} are kept, in "
        f"{whole['different']:,} different wordings. Filled anew twice, {again['pass']:,} of {again['of']:,} pass the "
        f"rules again ({', '.join(f'{name} {count}' for name, count in again['broken'].items())}).",
        f"Own problems with six votes of eight or more: {own['with six votes or more']:,}; kept: {own['kept']:,}.",
        "",
    ]
    parts = [head, reasons(whole), [""], rows(counts, "voice"), [""], rows(counts, "kind")]
    (HERE / "table.md").write_text("\n".join(line for part in parts for line in part) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
