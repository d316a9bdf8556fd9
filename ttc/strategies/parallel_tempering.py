"""Parallel tempering: particle Gibbs chains at several reward temperatures that exchange their references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np

from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import Stage, Workload
from ttc.search.smc import increments, log_swap_acceptance
from ttc.strategies.particle_gibbs import Chain, Weighing, new_chain, sampled
from ttc.strategies.step_search import Growth, StepSearch, filled, lost
from ttc.types import Candidate


@dataclass(frozen=True)
class ParallelTempering(StepSearch):
    """Run a particle Gibbs chain of `n` particles at each of the `temperatures`; the first one answers.

    Hot chains take the reward less seriously and roam. After each sweep neighbours swap their references with
    probability min(1, exp((1/T_1 - 1/T_2) (log g_2 - log g_1))). There log g is a reference's whole log-weight at
    temperature 1. All chains take their steps together.

    Swaps weigh each step of a reference once. So they fit the chains with finished="frozen", or where all solutions
    take equally many steps.

    Args:
        n: Particles of each chain.
        sweeps: Sweeps of each chain.
        temperatures: One for each chain; 1 is the target itself.
        weight: As in particle_filter.
        pick: As in particle_filter.
        finished: As in particle_gibbs.
    """

    n: int = 4
    sweeps: int = 2
    temperatures: tuple[float, ...] = (1.0, 2.0)
    weight: Literal["prob", "logit", "incremental"] = "logit"
    pick: Literal["best", "sample", "vote"] = "best"
    finished: Literal["reweighted", "frozen"] = "reweighted"

    paper: ClassVar[str] = "Puri et al. 2025, arXiv 2502.01618; Swendsen and Wang 1986"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("[1, inf)", sweeps=self.sweeps)
        check_choice(("reweighted", "frozen"), finished=self.finished)
        rising = all(a < b for a, b in pairwise(self.temperatures))
        if not self.temperatures or not self.temperatures[0] > 0.0 or not rising:
            raise ValueError(f"temperatures is {self.temperatures}; they must be above 0 and rise, for example (1, 2)")

    def forecast(self, workload: Workload) -> list[Stage]:
        """A particle Gibbs chain at each temperature, all in step."""
        chains, n = len(self.temperatures), self.n
        return self.growing(workload, n * chains) + (self.sweeps - 1) * self.growing(workload, (n - 1) * chains)

    async def run(self, session: Session) -> Candidate:
        """Sweep all chains, swap references between neighbours, sweep again."""
        growth = Growth(session, self)
        chains = [new_chain(self.n, temperature) for temperature in self.temperatures]

        def swap(chains: Sequence[Chain]) -> None:
            self._swap(growth, chains)

        weighing = Weighing(self.weight, self.finished == "frozen")
        return await sampled(growth, chains, self.sweeps, self.pick, weighing, swap)

    def _swap(self, growth: Growth, chains: Sequence[Chain]) -> None:
        """Let neighbours exchange references, from the coldest pair on."""
        for first, second in pairwise(chains):
            logs = [self._log_weight(growth, chain) for chain in (first, second)]
            accepted = log_swap_acceptance(logs[0], logs[1], first.temperature, second.temperature)
            swapped = growth.session.rng.random() < math.exp(accepted)
            if swapped:
                first.path, second.path = second.path, first.path
            growth.session.note("swap", temperatures=[first.temperature, second.temperature], swapped=bool(swapped))

    def _log_weight(self, growth: Growth, chain: Chain) -> float:
        """The reference's whole log-weight at temperature 1."""
        known = [growth.verdicts[p.id].score if p.id in growth.verdicts else np.nan for p in chain.path]
        scores = filled(known, [lost(p) for p in chain.path])
        before = np.concatenate([[1.0], scores[:-1]])
        return float(increments(scores, before, weight=self.weight).sum())
