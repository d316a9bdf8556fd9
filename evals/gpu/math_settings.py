"""What the MATH-500 table compares, the most wanted first: name, strategy, and what it is given besides the model."""

from typing import Any

from ttc.strategies import (
    Auto,
    BestOfN,
    DeepConf,
    Seat,
    SelfConsistency,
    SelfEvolution,
    SemanticEntropy,
    StBonText,
    Strategy,
    Tournament,
)

CURVE = tuple(f"self_consistency n={n}" for n in (1, 4, 8, 16, 32))
"""Plain votes: the curve of accuracy against tokens to which everything is compared."""

WINDOW = 128  # tokens in a confidence group; the paper's 2048 suit solutions forty times longer


def votes(n: int) -> tuple[Strategy, dict[str, Any]]:
    return SelfConsistency(n=n, stop="none"), {}


SETTINGS: dict[str, tuple[Strategy, dict[str, Any]]] = {
    **{name: votes(n) for name, n in zip(CURVE[:4], (1, 4, 8, 16), strict=True)},
    "self_consistency n=32 beta": (SelfConsistency(n=32, stop="beta"), {}),
    "best_of_n n=16 self_verify, by answer": (BestOfN(n=16, weight="answer"), {"verifier": "self_verify"}),
    "auto": (Auto(), {}),
    "tournament n=8 votes=2": (Tournament(n=8, votes=2), {"judge": "pairwise"}),
    "semantic_entropy n=16": (SemanticEntropy(n=16), {}),
    "deepconf online n=16": (DeepConf(n=16, warmup=8, window=WINDOW, top=5), {}),
    "st_bon_text n=8": (StBonText(n=8), {}),
    "best_of_n n=4 genrm": (BestOfN(n=4, weight="answer"), {"verifier": "genrm:votes=1:max_tokens=768"}),
    "self_evolution n=4": (SelfEvolution(n=4, rounds=2), {}),
    "seat n=8 rounds=3": (Seat(n=8, rounds=3), {}),
    CURVE[4]: votes(32),
    "deepconf offline n=32": (DeepConf(n=32, mode="offline", window=WINDOW, top=5), {}),
    "best_of_n n=8 self_verify": (BestOfN(n=8), {"verifier": "self_verify"}),
}
BUDGETS = {"auto": 4000}
"""Output tokens for each problem, where a strategy spends what it is given."""
