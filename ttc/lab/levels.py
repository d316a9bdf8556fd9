"""Which raw difficulties make up levels 1 to 5 of each family.

Chosen by hand on development problems so that the trained model's pass@1 at temperature 0.8 falls from about .95 on
level 1 to about .2 on level 5 (evals/lab_model/measure.py --grid measures it).
"""

LEVELS = (1, 2, 3, 4, 5)

BANDS: dict[str, tuple[tuple[int, int], ...]] = {
    "word": ((1, 8), (13, 14), (14, 15), (16, 16), (17, 18)),
    "linear": ((1, 5), (7, 8), (9, 11), (12, 13), (14, 16)),
    "modular": ((1, 8), (11, 13), (13, 14), (15, 15), (16, 16)),
    "divisors": ((1, 9), (10, 12), (13, 14), (16, 16), (17, 18)),
    "sequences": ((1, 10), (10, 13), (14, 16), (16, 17), (18, 18)),
    "counting": ((1, 10), (14, 15), (15, 16), (16, 17), (17, 18)),
    "countdown": ((1, 5), (6, 8), (9, 12), (13, 16), (17, 18)),
}
"""Lowest and highest raw difficulty (1 to 24; the model saw 1 to 16 in training) of levels 1 to 5, both included."""
