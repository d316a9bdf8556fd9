"""Strategies by name. One file for each; a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ttc.core.strategy import Strategy
from ttc.registry import make
from ttc.strategies.ab_mcts import AbMcts
from ttc.strategies.auto import Auto
from ttc.strategies.beam import Beam
from ttc.strategies.best_of_n import BestOfN
from ttc.strategies.cisc import Cisc
from ttc.strategies.deepconf import DeepConf
from ttc.strategies.dvts import Dvts
from ttc.strategies.ets import Ets
from ttc.strategies.league import League
from ttc.strategies.mur import Mur
from ttc.strategies.parallel_tempering import ParallelTempering
from ttc.strategies.particle_filter import ParticleFilter
from ttc.strategies.particle_gibbs import ParticleGibbs
from ttc.strategies.pivot import Pivot
from ttc.strategies.rebase import Rebase
from ttc.strategies.rsa import Rsa
from ttc.strategies.seat import Seat
from ttc.strategies.self_consistency import SelfConsistency
from ttc.strategies.self_evolution import SelfEvolution
from ttc.strategies.semantic_entropy import SemanticEntropy
from ttc.strategies.short_m import ShortM
from ttc.strategies.shortest_majority import ShortestMajority
from ttc.strategies.st_bon import StBon
from ttc.strategies.st_bon_text import StBonText
from ttc.strategies.tournament import Tournament
from ttc.strategies.universal import Universal

STRATEGIES: dict[str, type[Strategy]] = {
    "ab_mcts": AbMcts,
    "auto": Auto,
    "beam": Beam,
    "best_of_n": BestOfN,
    "cisc": Cisc,
    "deepconf": DeepConf,
    "dvts": Dvts,
    "ets": Ets,
    "league": League,
    "mur": Mur,
    "parallel_tempering": ParallelTempering,
    "particle_filter": ParticleFilter,
    "particle_gibbs": ParticleGibbs,
    "pivot": Pivot,
    "rebase": Rebase,
    "rsa": Rsa,
    "seat": Seat,
    "self_consistency": SelfConsistency,
    "self_evolution": SelfEvolution,
    "semantic_entropy": SemanticEntropy,
    "short_m": ShortM,
    "shortest_majority": ShortestMajority,
    "st_bon": StBon,
    "st_bon_text": StBonText,
    "tournament": Tournament,
    "universal": Universal,
}


def make_strategy(spec: str | Strategy, knobs: Mapping[str, Any] | None = None) -> Strategy:
    """A strategy by name with its knobs, or the object itself."""
    if isinstance(spec, str):
        return make("strategy", spec, STRATEGIES, knobs)
    if knobs:
        raise ValueError(f"knobs {sorted(knobs)} were given with a strategy object; set them on the object")
    if not hasattr(spec, "run"):
        raise ValueError(f"strategy is {spec!r}; it needs a coroutine run(session), or be a name")
    return spec


__all__ = [
    "STRATEGIES",
    "AbMcts",
    "Auto",
    "Beam",
    "BestOfN",
    "Cisc",
    "DeepConf",
    "Dvts",
    "Ets",
    "League",
    "Mur",
    "ParallelTempering",
    "ParticleFilter",
    "ParticleGibbs",
    "Pivot",
    "Rebase",
    "Rsa",
    "Seat",
    "SelfConsistency",
    "SelfEvolution",
    "SemanticEntropy",
    "ShortM",
    "ShortestMajority",
    "StBon",
    "StBonText",
    "Strategy",
    "Tournament",
    "Universal",
    "make_strategy",
]
