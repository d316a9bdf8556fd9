"""Which raw difficulties make up levels 1 to 5 of each family.

Chosen on development problems from the trained model's measured pass@1 (evals/lab_model/measure.py writes the choice).
"""

LEVELS = (1, 2, 3, 4, 5)

BANDS: dict[str, tuple[tuple[int, int], ...]] = {
    "word": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "linear": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "modular": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "divisors": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "sequences": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "counting": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
    "countdown": ((1, 3), (4, 6), (7, 9), (10, 12), (13, 16)),
}
"""Lowest and highest raw difficulty (1 to 16) of levels 1 to 5, both included."""
