"""AB-MCTS: go wider with a new solution or deeper with the correction of an old one, as the scores so far suggest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc import prompts
from ttc.core.session import Session
from ttc.errors import BudgetExhausted, Lacking, check_choice, check_range
from ttc.forecast import Stage, Workload, checks, rewritings
from ttc.search.ab_mcts import BetaPosterior, GaussianPosterior, Posterior, arms, node_to_expand
from ttc.strategies.rewriting import write
from ttc.strategies.step_search import electable, filled, lost
from ttc.types import Candidate

DEEPER = 0.5
"""Share of the nodes that correct another node, as forecast (ours); it moves prompts, not output tokens."""


@dataclass(frozen=True)
class AbMcts:
    """Add `n` whole solutions to a tree, `batch` at a time; Thompson draws decide below which node each is written.

    A child of the root is a new solution, any other is written from its parent, its score and the problem. Scores are
    the verifier's, and the best-scored solution answers. Works best where scores are real, as those of tests.
    """

    n: int = 16
    batch: int = 2
    """Solutions written at once, from the same beliefs: the published advice is at most 5."""
    prior: Literal["gaussian", "beta"] = "gaussian"

    paper: ClassVar[str] = "Inoue et al. 2025, arXiv 2503.04412"
    access: ClassVar[str] = "chat, verifier"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, batch=self.batch)
        check_choice(("gaussian", "beta"), prior=self.prior)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, `batch` at a time; those that correct another one read it."""
        w, stages = workload, list[Stage]()
        for begun in range(0, self.n, self.batch):
            prompt, count = w.prompt + DEEPER * (w.mean + w.frame), min(self.batch, self.n - begun)
            stages += [rewritings(w, count, prompt), *checks(w, count)]
        return stages

    async def run(self, session: Session) -> Candidate:
        """Draw the nodes to expand, write their children, score them."""
        if session.verifier is None:
            raise Lacking("ab_mcts needs a verifier of whole solutions", "verifier", "self_verify")
        parents, scores, solutions = [-1], [math.nan], list[Candidate]()
        while len(solutions) < self.n:
            nodes = self._nodes(session, parents, scores, min(self.batch, self.n - len(solutions)))
            try:
                new = await self._written(session, nodes, solutions, scores)
                verdicts = await session.verify([candidate for _, candidate in new])
            except BudgetExhausted:
                if not solutions:
                    raise
                break
            solutions += [candidate for _, candidate in new]
            parents += [node for node, _ in new]
            known = [verdict.score for verdict in verdicts]
            scores += filled(known, [lost(candidate) for _, candidate in new]).tolist()
            best = self._best(solutions, scores[1:])
            session.propose(solutions[best])
        depths = [0]
        for parent in parents[1:]:
            depths.append(depths[parent] + 1)
        session.note("ab_mcts", parents=parents, depths=depths)
        return solutions[best]

    def _nodes(self, session: Session, parents: Sequence[int], scores: Sequence[float], count: int) -> list[int]:
        """The nodes that get a child, 0 being the root."""
        prior: Posterior = GaussianPosterior() if self.prior == "gaussian" else BetaPosterior()
        tree = arms(parents, scores)
        return [node_to_expand(tree, prior, session.rng) for _ in range(count)]

    async def _written(
        self, session: Session, nodes: Sequence[int], solutions: Sequence[Candidate], scores: Sequence[float]
    ) -> list[tuple[int, Candidate]]:
        """(node, its new child) for each node; what budget or server refused is left out."""
        texts = [
            prompts.REFINE.format(
                problem=session.problem.text,
                solution=prompts.shown(solutions[node - 1].text),
                critique=f"A verifier gives this solution a score of {scores[node]:.2f}, where 1 is certainly right.",
            )
            for node in nodes
            if node
        ]
        fresh = await session.sample(nodes.count(0)) if 0 in nodes else []
        refined = await write(session, texts, suffix="") if texts else []
        deeper = zip([node for node in nodes if node], refined, strict=True)
        return [(0, candidate) for candidate in fresh] + [(node, c) for node, c in deeper if c is not None]

    @staticmethod
    def _best(solutions: Sequence[Candidate], scores: Sequence[float]) -> int:
        """Index of the best-scored solution with an answer, the first one on ties."""
        return max(electable(solutions), key=lambda i: scores[i])
