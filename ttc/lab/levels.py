"""Which raw difficulties make up levels 1 to 5 of each kind of problem.

They were chosen on development problems. The trained model's pass@1 at temperature 0.8 falls from about .95 on level
1 to about .25 on level 5, in every kind alike. `evals/lab_model/measure.py --grid` measures it. A level must not mix
problems that the model always solves with others that it never does. Test-time compute could not change those.
"""

LEVELS = (1, 2, 3, 4, 5)

Band = tuple[int, int]
"""Lowest and highest raw difficulty (1 to 24), both included."""

BANDS: dict[str, dict[str, tuple[Band | None, ...]]] = {
    "word": {
        "stock": ((1, 12), (17, 18), (19, 20), (20, 20), None),
        "bill": ((1, 12), (16, 16), (17, 17), (17, 18), (18, 18)),
        "journey": ((1, 12), (17, 17), (18, 19), (19, 20), (20, 20)),
    },
    "linear": {"equation": ((1, 7), (8, 10), (11, 14), (15, 17), (18, 21))},
    "modular": {
        "products": ((2, 11), (13, 14), (13, 15), (15, 16), None),
        "power": ((2, 12), (14, 14), (14, 15), None, None),
        "groups": ((2, 8), (9, 11), (10, 12), (16, 18), (19, 21)),
    },
    "divisors": {
        "divisor": ((2, 10), (11, 12), (12, 14), (13, 15), (15, 16)),
        "multiple": ((4, 16), (18, 20), (20, 22), (22, 23), None),
    },
    "sequences": {
        "progression": ((2, 9), (10, 12), (11, 13), (13, 15), None),
        "first_order": ((4, 16), (18, 20), (21, 22), (23, 23), (24, 24)),
        "second_order": ((4, 14), (19, 20), (19, 21), (22, 23), (23, 24)),
        "savings": ((4, 16), (23, 24), None, None, None),
    },
    "counting": {
        "menu": ((4, 15), (16, 17), (16, 18), (17, 19), (19, 20)),
        "teams": ((4, 16), (17, 19), None, None, None),
        "multiples": ((4, 14), (16, 18), (17, 20), (19, 22), (23, 24)),
    },
    "countdown": {"countdown": ((1, 5), (7, 10), (12, 15), (15, 17), (17, 20))},
    "signs": {"signs": ((1, 5), (11, 12), (13, 16), (15, 17), (17, 20))},
}
"""Of each family and kind the bands of levels 1 to 5; None where a kind has no problems of a level."""
