"""Which raw difficulties make up levels 1 to 5 of each family.

Chosen by hand on development problems so that the trained model's pass@1 at temperature 0.8 falls from about .95 on
level 1 to about .25 on level 5 (evals/lab_model/measure.py --grid measures it).
"""

LEVELS = (1, 2, 3, 4, 5)

BANDS: dict[str, tuple[tuple[int, int], ...]] = {
    "word": ((1, 10), (16, 17), (17, 18), (18, 19), (20, 20)),
    "linear": ((1, 5), (9, 12), (13, 15), (15, 18), (19, 20)),
    "modular": ((1, 8), (13, 15), (14, 16), (15, 17), (19, 20)),
    "divisors": ((1, 9), (11, 13), (13, 15), (14, 16), (19, 20)),
    "sequences": ((1, 10), (11, 14), (16, 18), (20, 21), (22, 24)),
    "counting": ((1, 12), (16, 17), (17, 18), (18, 19), (21, 22)),
    "countdown": ((1, 5), (11, 16), (13, 17), (16, 18), (17, 20)),
    "signs": ((1, 5), (10, 13), (12, 16), (16, 18), (17, 20)),
}
"""Lowest and highest raw difficulty (1 to 24; the model saw 1 to 20 in training) of levels 1 to 5, both included."""
