"""The style sheet and the script of a report; both stand inside the page, which loads nothing."""

CSS = """
:root { --ink: #1c1c1c; --dim: #6b6b6b; --line: #dcdcdc; --ground: #ffffff; --soft: #f5f6f8; --accent: #0072b2; }
* { box-sizing: border-box; }
body { font: 15px/1.5 Helvetica, Arial, sans-serif; color: var(--ink); background: var(--ground); margin: 0 auto;
  max-width: 1180px; padding: 24px 28px 80px; }
h1 { font-size: 26px; margin: 0 0 2px; } h2 { font-size: 19px; margin: 40px 0 8px; }
h4 { font-size: 15px; font-weight: normal; margin: 14px 0 2px; }
.dim { color: var(--dim); font-size: 13px; margin: 2px 0; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 13px; margin: 12px 0; }
dl.facts dt { color: var(--dim); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: 6px 0; }
th, td { padding: 4px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { background: var(--soft); } th button { all: unset; cursor: pointer; font-weight: bold; }
th button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort=ascending] button::after { content: " ▲"; } th[aria-sort=descending] button::after { content: " ▼"; }
tr.won td { font-weight: bold; background: #eef6fb; } details.won > summary { background: #eef6fb; }
details.problem { border: 1px solid var(--line); border-radius: 6px; margin: 6px 0; padding: 6px 12px; }
summary { cursor: pointer; } .cell { border-top: 1px solid var(--line); padding-bottom: 8px; }
.cell details { margin-left: 12px; } .id { font-weight: bold; } .marks { float: right; }
.marks span, h4 span { display: inline-block; min-width: 20px; text-align: center; font-weight: bold; }
.right { color: #00734f; } .wrong { color: #b33c00; } .mixed { color: #7a5c00; }
.problem-text { white-space: pre-wrap; background: var(--soft); padding: 10px 12px; border-radius: 6px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: 10px; font-size: 12.5px; }
.bar { display: inline-block; height: 9px; background: var(--accent); }
.diagrams { display: flex; flex-wrap: wrap; gap: 12px; }
.controls { margin: 8px 0; font-size: 13px; } .controls input, .controls select { font: inherit; margin-right: 12px; }
@media print { details.problem, .controls { display: none; } }
"""

SCRIPT = """
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("th").forEach((head, column) => head.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const key = row => {
      const cell = row.cells[column];
      if (cell.className !== "number") return cell.textContent;
      return cell.dataset.sort === undefined ? -Infinity : Number(cell.dataset.sort);
    };
    const order = (a, b) => { const x = key(a), y = key(b); return x < y ? -1 : x > y ? 1 : 0; };
    const rows = [...body.rows].sort((a, b) => down ? order(b, a) : order(a, b));
    body.append(...rows);
  }));
}
const words = document.getElementById("words"), state = document.getElementById("state");
function choose() {
  const wanted = words.value.toLowerCase();
  for (const problem of document.querySelectorAll("details.problem")) {
    const fits = (state.value === "" || problem.dataset.state === state.value) &&
      (wanted === "" || problem.textContent.toLowerCase().includes(wanted));
    problem.style.display = fits ? "" : "none";
  }
}
if (words) { words.addEventListener("input", choose); state.addEventListener("change", choose); }
"""
