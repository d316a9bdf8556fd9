"""`ttc verify`: how good are these solutions?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from ttc.api import Solver
from ttc.budget.budget import Budget
from ttc.cli.from_config import Options, from_config, words_of
from ttc.cli.options import BUDGET, VERIFIER, Json, Prompt, TestsFile, problem_of, tests_of
from ttc.cli.source import Source
from ttc.core.result import Result
from ttc.core.trace import plain
from ttc.evaluation.config import DrawConfig
from ttc.mcp.forms import Checked
from ttc.strategies.verify_only import Given
from ttc.types import Problem


@from_config
def verify(
    *,
    prompt: Prompt,
    candidate: Annotated[list[Path], typer.Option("--candidate", "-c", help="A file that holds one solution.")],
    verifier: Annotated[str, typer.Option("--verifier", help=VERIFIER)],
    tests: TestsFile = None,
    source: Source,
    budget: Annotated[Budget, Options({**BUDGET, "seconds": "Budget: seconds."}, only=("tokens", "calls", "seconds"))],
    domain: Annotated[str, typer.Option("--domain", help=words_of(DrawConfig, "domain"))] = "math",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same verdicts.")] = 0,
    json_: Json = False,
) -> None:
    """Score solutions that exist already. Status 0 if something was scored, 3 if nothing could be.

    Examples:

        ttc verify "What is 17 * 23?" -c a.txt -c b.txt --verifier self_verify --gguf model.gguf

        ttc verify "What is 17 * 23?" -c a.txt --verifier exact:answer=391 --json
    """
    problem = problem_of(prompt, domain, **tests_of(tests))
    given = Given(tuple(path.read_text(encoding="utf-8") for path in candidate))
    place, options = source.backend()
    solver = Solver(given, backend=place, verifier=verifier, budget=budget, seed=seed, **options)
    result = asyncio.run(_run(solver, problem))
    rows = [{"file": str(path), **Checked.of(result, str(i)).model_dump()} for i, path in enumerate(candidate)]
    if json_:
        about = result.to_dict()
        told = {name: about[name] for name in ("cost", "cost_by_kind", "stopped", "warnings")}
        print(json.dumps(plain({"candidates": rows, **told})))
    else:
        for row in rows:
            score = "  --  " if row["score"] is None else f"{row['score']:.4f}"
            print(f"{score}  {row['file']}  {row['reason']}")
        print(f"{result.cost.calls} calls, {result.cost.output_tokens} output tokens, {result.cost.seconds:.2f} s")
    for warning in result.warnings:
        typer.echo(warning, err=True)
    raise typer.Exit(0 if any(row["score"] is not None for row in rows) else 3)


async def _run(solver: Solver, problem: Problem) -> Result:
    async with solver:
        return await solver.solve(problem)
