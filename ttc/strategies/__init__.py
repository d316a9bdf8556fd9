"""Strategies by name. One file for each; a new one is one file and one line here.

A strategy's name is that of its file.

May import: what a run uses, `auto`, `forecast`, `prompts`, `registry`, `search`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ttc.core.strategy import Strategy
from ttc.registry import Registry, listed, made, make

if TYPE_CHECKING:
    from ttc.strategies.ab_mcts import AbMcts as AbMcts
    from ttc.strategies.auto import Auto as Auto
    from ttc.strategies.beam import Beam as Beam
    from ttc.strategies.best_of_n import BestOfN as BestOfN
    from ttc.strategies.cisc import Cisc as Cisc
    from ttc.strategies.deepconf import DeepConf as DeepConf
    from ttc.strategies.dvts import Dvts as Dvts
    from ttc.strategies.ets import Ets as Ets
    from ttc.strategies.league import League as League
    from ttc.strategies.mur import Mur as Mur
    from ttc.strategies.parallel_tempering import ParallelTempering as ParallelTempering
    from ttc.strategies.particle_filter import ParticleFilter as ParticleFilter
    from ttc.strategies.particle_gibbs import ParticleGibbs as ParticleGibbs
    from ttc.strategies.pivot import Pivot as Pivot
    from ttc.strategies.rebase import Rebase as Rebase
    from ttc.strategies.rsa import Rsa as Rsa
    from ttc.strategies.seat import Seat as Seat
    from ttc.strategies.self_consistency import SelfConsistency as SelfConsistency
    from ttc.strategies.self_evolution import SelfEvolution as SelfEvolution
    from ttc.strategies.semantic_entropy import SemanticEntropy as SemanticEntropy
    from ttc.strategies.short_m import ShortM as ShortM
    from ttc.strategies.shortest_majority import ShortestMajority as ShortestMajority
    from ttc.strategies.st_bon import StBon as StBon
    from ttc.strategies.st_bon_text import StBonText as StBonText
    from ttc.strategies.tournament import Tournament as Tournament
    from ttc.strategies.universal import Universal as Universal

STRATEGIES: Registry[type[Strategy]] = Registry("strategy", "ttc.strategies", listed(__name__))
"""Name -> class, other packages' included; loaded when asked for."""
if not TYPE_CHECKING:
    __getattr__ = STRATEGIES.exported


def make_strategy(spec: str | Strategy, knobs: Mapping[str, Any] | None = None) -> Strategy:
    """A strategy by name with its knobs, or the object itself."""
    if isinstance(spec, str):
        return make("strategy", spec, STRATEGIES, knobs)
    if knobs:
        raise ValueError(f"knobs {sorted(knobs)} were given with a strategy object; set them on the object")
    return made("strategy", spec, STRATEGIES, "run(session)")


__all__ = ["STRATEGIES", "Strategy", "make_strategy"]
