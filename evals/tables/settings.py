"""The strategies and knobs that the table compares: name, strategy, and what it is given besides the model."""

from typing import Any

from ttc.strategies import (
    BestOfN,
    Cisc,
    DeepConf,
    League,
    Pivot,
    Rsa,
    Seat,
    SelfConsistency,
    SelfEvolution,
    SemanticEntropy,
    ShortestMajority,
    ShortM,
    Strategy,
    Tournament,
    Universal,
)

WINDOW = 32  # tokens in a confidence group; the paper's 2048 suit solutions a hundred times longer
CURVE = tuple(f"self_consistency n={n}" for n in (1, 2, 4, 8, 16, 32, 64))
"""Plain votes: the curve of accuracy against tokens to which everything is compared."""

JUDGE = {"judge": "pairwise"}
SETTINGS: dict[str, tuple[Strategy, dict[str, Any]]] = {
    **{name: (SelfConsistency(n=int(name.partition("=")[2]), stop="none"), {}) for name in CURVE},
    "self_consistency beta": (SelfConsistency(n=32, stop="beta"), {}),
    "self_consistency esc": (SelfConsistency(n=30, stop="esc"), {}),
    "self_consistency certificate": (SelfConsistency(n=32, stop="certificate"), {}),
    "best_of_n self_verify": (BestOfN(n=16), {"verifier": "self_verify"}),
    "best_of_n self_verify weighted": (BestOfN(n=16, weight="answer"), {"verifier": "self_verify"}),
    "best_of_n self_verify pessimistic": (BestOfN(n=16, choose="pessimistic"), {"verifier": "self_verify"}),
    "cisc self_verify": (Cisc(n=16), {"verifier": "self_verify"}),
    "cisc logprobs": (Cisc(n=16, temperature=0.05), {}),
    "deepconf offline eta=90": (DeepConf(n=32, mode="offline", window=WINDOW), {}),
    "deepconf offline eta=10": (DeepConf(n=32, mode="offline", window=WINDOW, eta=10), {}),
    "deepconf online eta=90": (DeepConf(n=32, warmup=8, window=WINDOW), {}),
    "deepconf online eta=50": (DeepConf(n=32, warmup=8, window=WINDOW, eta=50), {}),
    "shortest_majority": (ShortestMajority(n=16), {}),
    "short_m m=3": (ShortM(n=8, m=3), {}),
    "semantic_entropy": (SemanticEntropy(n=16), {}),
    "seat": (Seat(n=8, rounds=3), {}),
    "self_evolution": (SelfEvolution(n=8, rounds=4), {}),
    "self_evolution gated": (SelfEvolution(n=8, rounds=4, gate="consecutive", passes=2), {}),
    "rsa": (Rsa(n=8, loops=4, subset=3), {}),
    "universal consistent": (Universal(n=8), {}),
    "universal best": (Universal(n=8, style="best"), {}),
    "tournament n=8 votes=2": (Tournament(n=8, votes=2), JUDGE),
    "tournament n=16 votes=2": (Tournament(n=16, votes=2), JUDGE),
    "tournament n=16 votes=4": (Tournament(n=16, votes=4), JUDGE),
    "league n=8": (League(n=8), JUDGE),
    "pivot n=16": (Pivot(n=16, pivots=2), JUDGE),
}
