"""Every verifier on recorded candidates: how well it tells right from wrong, whether its scores mean P(correct), what a
verification costs, and what best-of-N gains by it over plain votes.

python -m evals.tables.verifiers --work runs/verifiers --out evals/results

Three stages, each of which goes on where it was stopped: candidates of `ttc.lab` problems (test split, levels in turn)
are drawn once, every verifier judges all of them, and the tables are written. --base-url takes a server of the
laboratory model in the place of the embedded one, --problems 0 leaves the first two stages out. --pool FILE (any number
of them) adds recorded samples of other models, for the verifiers that ask no model.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from evals.tables.pool_scores import agreement_of, scored_pool, shares
from evals.tables.verifier_report import Scored, write
from evals.tables.verifier_votes import Scores
from evals.tables.workers import read
from ttc.backends.base import Backend
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.connect import connect
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.lab import LabProblem, check_answer, generate, lab_model_path
from ttc.search.voting import cisc_weights
from ttc.types import Candidate, Problem, Sampling
from ttc.verifiers import Verifier, make_verifier
from ttc.verifiers.exact import Exact
from ttc.verifiers.hybrid import ranks
from ttc.verifiers.label import TOP
from ttc.verifiers.prm import joined

LAB = "the laboratory model"
HEAD = """# Verifiers

Written by evals/tables/verifiers.py. AUC: P(a right candidate scores higher than a wrong one) over all candidates.
Within problems: its mean over problems that have both kinds; only this one helps best-of-n. ECE: expected calibration
error over ten bins; "after" is cross-fitted, five folds of whole problems. False positives: share of wrong candidates
whose isotonic score is at least 1/2, with Wilson's interval over candidates; ceiling: P(right | accepted) at that rate,
which no number of tries exceeds on problems as hard as these (fLaws, arXiv 2411.17501). Calls, tokens and milliseconds
are those of one verification. Other intervals are 95 %, from resampling problems. Best-of-n at n < all is the mean over
100 orders of each problem's candidates, the same for all rows; ties are shared. p: two-sided, from random flips of the
signs of paired differences by problem, not corrected for the number of rows.
"""
LAB_NOTES = """Candidates: `ttc.lab`, test split, levels 1 to 5 in turn, 16 of each problem at temperature 0.8, at most
640 tokens. The same 13 M model solves and verifies. Milliseconds are wall time on the machine of the run, with a
problem's candidates verified together and other work beside it. Candidates of a problem are alike, so with some tens of
problems the intervals are wide and the calibrated errors mostly noise: see the pools for what fitted maps do.
prm min, prod and mean join the step scores of prm last; on this model `prm:aggregate=model` asks for the very prefix of
the last step, so it is prm last. cisc weighs the scores of self_verify, hybrid ranks by prm last, then agreement; they
cost what these cost. graded asks for letters, which this model was never taught. `exact` knows the answer: a control
that must reach 1. Not here: execute, tool_check and veto (this model writes no programs;
tests/sandbox/test_reference.py runs HumanEval and MBPP), qwen_prm, skywork, shepherd and orm (they need the server of a
reward model; none was at hand, and they are tested on replies in the documented
formats only), and the judge `pairwise` (see position_bias.md)."""
POOL_NOTES = """Recorded samples of Qwen2.5-Coder-1.5B-Instruct, temperature 0.8, top-p 0.95. The pool holds the mean
log-probability of each sample, not those of its tokens: tail, lowest, bottom and top-20 confidence cannot be told.
Verifiers that ask a model are left out: the laboratory model's judgements of these texts would mean nothing."""
LAB_POOL_NOTES = """Samples of the laboratory model on test problems, levels and families in equal parts, at 0.8,
with its own score of the last step (prm), recorded on a GPU; of the texts only the boxed answers were kept."""

VERIFIERS: dict[str, str | Verifier] = {
    "exact (control)": Exact(check=lambda problem, candidate: bool(problem.meta["right"][candidate.id])),
    "agreement": "agreement",
    "confidence mean": "confidence",
    "confidence tail 32": "confidence:pool=tail:window=32",
    "confidence lowest 16": "confidence:pool=lowest:window=16",
    "confidence bottom 16": "confidence:pool=bottom:window=16",
    "confidence top-20": "confidence:top=true",
    "self_verify": "self_verify",
    "prm last": "prm",
}
SLOW: dict[str, str | Verifier] = {
    "graded": "graded",
    "genrm votes=2": "genrm:votes=2:max_tokens=400",
    "scrutinize votes=4": "scrutinize:votes=4:preliminary=2:rewrite=false:max_tokens=400",
    "panel of 2": "panel:aspects=arithmetic,logic:max_tokens=400",
}
"""These judge the first --slow problems only."""


async def draw(problem: LabProblem, backend: Backend, path: Path, knobs: argparse.Namespace) -> dict[str, Any]:
    """Record the candidates of a problem, with their log-probabilities."""
    sampling = Sampling(temperature=knobs.temperature, max_tokens=knobs.max_tokens)
    session = opened(problem, backend, knobs.seed, sampling)
    candidates = await session.sample(knobs.n, logprobs=TOP)
    right = [c.finish == "stop" and check_answer(problem, c.text) for c in candidates]
    labels = session.labels(candidates)
    rows = [asdict(replace(candidate, token_ids=None)) for candidate in candidates]
    return append(path, {"problem": problem.id, "right": right, "labels": labels, "candidates": rows})


async def judge(problem: LabProblem, drawn: dict[str, Any], name: str, backend: Backend, path: Path, seed: int) -> None:
    """Let one verifier judge the candidates of a problem, all in one call."""
    candidates = [restored(fields) for fields in drawn["candidates"]]
    known = {candidate.id: right for candidate, right in zip(candidates, drawn["right"], strict=True)}
    session = opened(problem, backend, seed, Sampling(), {"right": known})
    verdicts = await session.verify(candidates, make_verifier((VERIFIERS | SLOW)[name]))
    cost = session.ledger.cost
    append(path, {
        "verifier": name, "problem": problem.id, "scores": [v.score if v.known else None for v in verdicts],
        "steps": [v.steps for v in verdicts], "calls": cost.calls, "prompt_tokens": cost.prompt_tokens,
        "cached_tokens": cost.cached_tokens, "output_tokens": cost.output_tokens, "seconds": session.door.now(),
    })  # fmt: skip


def opened(
    problem: LabProblem, backend: Backend, seed: int, sampling: Sampling, meta: dict[str, Any] | None = None
) -> Session:
    """A session of its own for one problem."""
    door = Door(backend, Trace(), seed)
    return Session(Problem(problem.prompt, id=problem.id, meta=meta or {}), door, Ledger(Budget()), sampling=sampling)


def restored(fields: dict[str, Any]) -> Candidate:
    """The candidate that was written as JSON."""
    return Candidate(**{name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()})


def fresh(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file, which loses a last line that was cut off."""
    rows = read(path)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return rows


def append(path: Path, row: dict[str, Any]) -> dict[str, Any]:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return row


def scored_lab(drawn: Path, judged: Path) -> dict[str, Scored]:
    """The judgements by verifier, over the problems that it has judged."""
    pool = {row["problem"]: row for row in read(drawn)}
    found: dict[str, Scored] = {}
    for row in read(judged):
        own = pool[row["problem"]]
        found.setdefault(row["verifier"], Scored()).add(row["problem"], row["scores"], own["right"], own["labels"], row)
        if row["verifier"] == "prm last":
            for how in ("min", "prod", "mean"):
                scores = [joined(steps, how) for steps in row["steps"]]
                found.setdefault(f"prm {how}", Scored()).add(row["problem"], scores, own["right"], own["labels"], row)
    found["agreement"].rescore = agreement_of(found["agreement"].labels)
    found["cisc (self_verify)"] = of_batch(found["self_verify"], lambda scores, _: cisc_weights(scores, 0.5))
    found["hybrid (prm, agreement)"] = of_batch(found["prm last"], hybrid_ranks)
    return {name: found[name] for name in sorted(found, key=order)}


def order(name: str) -> int:
    """Cheap verifiers first, those of one kind together."""
    kinds = ("exact", "agreement", "confidence", "self", "cisc", "graded", "prm", "hybrid", "genrm", "scrutinize")
    return next((place for place, kind in enumerate(kinds) if name.startswith(kind)), len(kinds))


def of_batch(base: Scored, score: Callable[[Scores, Any], Scores]) -> Scored:
    """A verifier that makes new scores out of those of another and the answer groups, whoever was drawn."""

    def rescore(problem: int, part: Sequence[int]) -> Scores:
        return score(base.scores[problem][list(part)], base.labels[problem][list(part)])

    whole = [rescore(number, range(len(row))) for number, row in enumerate(base.scores)]
    return replace(base, scores=whole, rescore=rescore)


def hybrid_ranks(judged: Scores, labels: Any) -> Scores:
    """The ranks of `hybrid:judged=prm` with agreement as what is checked."""
    known = np.flatnonzero(~(np.isnan(judged) & (labels < 0)))
    found = np.full(len(judged), np.nan)
    if len(known):
        found[known] = ranks(judged[known].tolist(), [shares(labels)[known].tolist()])
    return found


async def measure(knobs: argparse.Namespace, drawn: Path, judged: Path) -> None:
    """Draw and judge what the files do not have yet, problem by problem."""
    pool = {row["problem"]: row for row in fresh(drawn)}
    done = {(row["verifier"], row["problem"]) for row in fresh(judged)}
    spec = knobs.base_url or lab_model_path()
    backend = await connect(spec, **({} if knobs.base_url else {"threads": knobs.threads}))
    try:
        levels = [int(level) for level in knobs.levels.split(",")]
        for number in range(knobs.problems):
            problem = generate(level=levels[number % len(levels)], seed=number, split="test")
            own = pool[problem.id] if problem.id in pool else await draw(problem, backend, drawn, knobs)
            for name in VERIFIERS | SLOW if number < knobs.slow else VERIFIERS:
                if (name, problem.id) not in done:
                    await judge(problem, own, name, backend, judged, knobs.seed)
            print(f"{number + 1}. {problem.id}: done", flush=True)
    finally:
        await backend.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default=None, help="a server of the laboratory model; default: embedded")
    parser.add_argument("--problems", type=int, default=60)
    parser.add_argument("--slow", type=int, default=60, help="problems for the verifiers that write much")
    parser.add_argument("--levels", default="1,2,3,4,5")
    parser.add_argument("--n", type=int, default=16, help="candidates of a problem")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--max-tokens", type=int, default=640)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="threads of the embedded model")
    parser.add_argument("--pool", type=Path, action="append", default=[], help="a file of recorded samples")
    parser.add_argument("--work", type=Path, default=Path("runs/verifiers"), help="folder of candidates and judgements")
    parser.add_argument("--out", type=Path, default=Path("evals/results"))
    knobs = parser.parse_args()
    for folder in (knobs.work, knobs.out):
        folder.mkdir(parents=True, exist_ok=True)
    drawn, judged = knobs.work / "candidates.jsonl", knobs.work / "judged.jsonl"
    if knobs.problems:
        asyncio.run(measure(knobs, drawn, judged))
    tables = {LAB: scored_lab(drawn, judged)} if judged.exists() else {}
    notes = {LAB: LAB_NOTES}
    for path in knobs.pool:
        title = path.name.partition(".")[0]
        tables[title] = asyncio.run(scored_pool(path, knobs.work))
        notes[title] = LAB_POOL_NOTES if "lab" in title else POOL_NOTES
    print(write(tables, notes, HEAD, knobs.out))


if __name__ == "__main__":
    main()
