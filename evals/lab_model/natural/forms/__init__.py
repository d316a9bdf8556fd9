"""All forms of natural problems; importing this package registers them in `draw.FORMS`."""

from evals.lab_model.natural.forms import (
    algebra,
    arithmetic,
    clock,
    counting,
    fractions,
    geometry,
    measures,
    money,
    numbers,
    people,
    percent,
    rates,
    statistics,
    stories,
)

__all__ = [
    "algebra",
    "arithmetic",
    "clock",
    "counting",
    "fractions",
    "geometry",
    "measures",
    "money",
    "numbers",
    "people",
    "percent",
    "rates",
    "statistics",
    "stories",
]
