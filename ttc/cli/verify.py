"""`ttc verify`: how good are these solutions?"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.api import Solver
from ttc.budget.budget import Budget
from ttc.cli.source import BaseUrl, Gguf, KeyEnv, Model, source_of
from ttc.core.result import Result
from ttc.core.trace import plain
from ttc.strategies.verify_only import Given
from ttc.types import Domain, Problem


def verify(
    prompt: Annotated[str, typer.Argument(help="The problem; - reads it from standard input.")],
    candidate: Annotated[list[Path], typer.Option("--candidate", "-c", help="A file that holds one solution.")],
    verifier: Annotated[str, typer.Option("--verifier", help="A verifier, as name or name:knob=value.")],
    tests: Annotated[Path | None, typer.Option("--tests", help="Tests for verifiers that run code.")] = None,
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    tokens: Annotated[int | None, typer.Option("--tokens", help="Budget: output tokens of all calls.")] = None,
    calls: Annotated[int | None, typer.Option("--calls", help="Budget: completions asked for.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Budget: seconds.")] = None,
    domain: Annotated[str, typer.Option("--domain", help="math, choice, code or open.")] = "math",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same verdicts.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score solutions that exist already. Status 0 if something was scored, 3 if nothing could be.

    Examples:

        ttc verify "What is 17 * 23?" -c a.txt -c b.txt --verifier self_verify --gguf model.gguf

        ttc verify "What is 17 * 23?" -c a.txt --verifier exact:answer=391 --json
    """
    if domain not in ("math", "choice", "code", "open"):
        raise ValueError(f"--domain is {domain!r}; choose math, choice, code or open")
    kind: Domain = domain  # type: ignore[assignment]
    meta = {} if tests is None else {"tests": tests.read_text(encoding="utf-8")}
    problem = Problem(sys.stdin.read() if prompt == "-" else prompt, domain=kind, meta=meta)
    given = Given(tuple(path.read_text(encoding="utf-8") for path in candidate))
    budget = Budget(tokens=tokens, calls=calls, seconds=seconds)
    source, options = source_of(base_url, model, gguf, api_key_env)
    solver = Solver(given, backend=source, verifier=verifier, budget=budget, seed=seed, **options)
    result = asyncio.run(_run(solver, problem))
    rows = [_row(result, str(i), path) for i, path in enumerate(candidate)]
    if json_:
        cost = result.to_dict()
        print(json.dumps(plain({"candidates": rows, **{k: cost[k] for k in ("cost", "cost_by_kind", "stopped")}})))
    else:
        for row in rows:
            score = "  --  " if row["score"] is None else f"{row['score']:.4f}"
            print(f"{score}  {row['file']}  {row['reason']}")
        print(f"{result.cost.calls} calls, {result.cost.output_tokens} output tokens, {result.cost.seconds:.2f} s")
    raise typer.Exit(0 if any(row["score"] is not None for row in rows) else 3)


async def _run(solver: Solver, problem: Problem) -> Result:
    try:
        return await solver.solve(problem)
    finally:
        await solver.aclose()


def _row(result: Result, name: str, path: Path) -> dict[str, Any]:
    """Score (None = could not judge), reason and answer of one file."""
    verdict = result.verdicts.get(name)
    answer = next((c.answer for c in result.candidates if c.id == name), None)
    score = verdict.score if verdict is not None and verdict.known else None
    reason = verdict.reason if verdict is not None else f"not reached: {result.stopped}"
    return {"file": str(path), "score": score, "reason": reason, "answer": answer}
