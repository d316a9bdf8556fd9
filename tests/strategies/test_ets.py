"""ETS: conformance, less memory than REBASE at the same work, ideas kept, clusterers by name."""

import numpy as np
import pytest

import ttc
from tests.strategies.stepwise import PRM, StepConformance, search_tree, steps_of
from ttc.backends.simulated import SimulatedBackend
from ttc.core.strategy import Strategy
from ttc.strategies import Ets, Rebase


class TestConformance(StepConformance):
    def make(self) -> Ets:
        return Ets(n=4)


async def cost(strategy: Strategy, problems: int = 6) -> tuple[float, float, float]:
    """Means over problems: unique tokens held over all steps, steps generated, distinct parents of the last steps."""
    backend = SimulatedBackend(steps=(5, 5), tokens=50.0)
    held = steps = parents = 0.0
    async with ttc.Solver(strategy, backend=backend, verifier=PRM) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(problems)]):
            held += sum(step["held"] for step in steps_of(result)) / problems
            tree = search_tree(result.trace)
            steps += (len(tree) - 1) / problems
            parents += len({node.parent for node in tree.nodes if node.depth == 5}) / problems
    return held, steps, parents


async def test_less_memory_at_the_same_work() -> None:
    rebase, plain, ideas = [await cost(s) for s in (Rebase(n=16), Ets(n=16, lambda_d=0.0), Ets(n=16, lambda_d=1.4))]
    assert [round(work[1], 6) for work in (rebase, plain, ideas)] == [80] * 3  # pruning leaves the width alone
    assert plain[0] < 0.93 * rebase[0]  # what nobody can save is in both: the 16 newest steps
    assert plain[2] < ideas[2] <= rebase[2]  # coverage keeps more distinct parents
    assert plain[0] < ideas[0] < rebase[0]


async def test_without_prices_it_is_rebase() -> None:
    runs = [
        await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(), verifier=PRM)
        for strategy in (Rebase(n=12), Ets(n=12, lambda_b=0.0, lambda_d=0.0))
    ]
    assert runs[0].text == runs[1].text
    assert [c.id for c in runs[0].candidates] == [c.id for c in runs[1].candidates]


def test_ideas_by_name() -> None:
    steps = ["So the sum is 12.\n\n", "So the sum is 13.\n\n", "So the sum is 12!\n\n", "We divide both sides by x."]
    assert Ets().ideas(steps).tolist() == [0, 1, 0, 2]
    assert Ets(apart="meaning", threshold=0.5).ideas(steps).tolist() == [0, 0, 0, 1]
    lengths = Ets(apart="meaning", embed=lambda texts: np.array([[len(t), 18.0] for t in texts]))
    assert lengths.ideas(["a" * 18, "b" * 18, "c"]).tolist() == [0, 0, 1]


def test_bad_knobs() -> None:
    for knobs in ({"lambda_b": -1.0}, {"lambda_d": -1.0}, {"temperature": 0.0}, {"threshold": 3.0}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            Ets(**knobs)  # type: ignore[arg-type]
    try:
        import sentence_transformers  # noqa: F401
    except ImportError:
        with pytest.raises(ValueError, match="install sentence-transformers"):
            Ets(embed="all-MiniLM-L6-v2")
