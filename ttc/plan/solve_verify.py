"""Split a budget between solving and verifying by a generative verifier (Singhi et al., 2025, arXiv:2504.01005).

Cost of S solutions with V verifications each, in units of one solution: S·(1 + verify_cost·V). The best split grows as
S ∝ C^0.57, V ∝ C^0.39. These are slopes measured for one model and data set: fit the constants to your own.
"""

from __future__ import annotations

import math

SOLVE_EXPONENT = 0.57
VERIFY_EXPONENT = 0.39


def solve_verify_cost(solutions: float, verifications: float, verify_cost: float = 1.0) -> float:
    """Cost of a split, in solutions; `verify_cost` is one verification's cost over one solution's (not token ratio)."""
    return solutions * (1 + verify_cost * verifications)


def split_growth(multiple: float) -> tuple[float, float]:
    """Factors (of S, of V) by which the best split grows when the budget is `multiple` times as large."""
    if not multiple > 0:
        raise ValueError(f"multiple={multiple} must be positive")
    return float(multiple**SOLVE_EXPONENT), float(multiple**VERIFY_EXPONENT)


def solve_verify_split(budget: float, anchor: tuple[int, int], verify_cost: float = 1.0) -> tuple[int, int]:
    """(S, V) for `budget` solutions' worth, on the slopes through `anchor`, a split known to be good at its own cost.

    V follows its slope; S is what the budget then leaves, since the two exponents do not add up to 1.
    """
    solutions, verifications = anchor
    if solutions < 1 or verifications < 1 or not verify_cost > 0:
        raise ValueError(f"anchor={anchor} needs at least one of each, and verify_cost={verify_cost} must be positive")
    if budget < 1 + verify_cost:
        raise ValueError(f"budget={budget} does not pay for one solution and one verification ({1 + verify_cost})")
    _, growth = split_growth(budget / solve_verify_cost(solutions, verifications, verify_cost))
    affordable = math.floor((budget - 1) / verify_cost + 1e-9)  # verifications, if there is a single solution
    v = min(affordable, max(1, round(verifications * growth)))
    return math.floor(budget / (1 + verify_cost * v) + 1e-9), v
