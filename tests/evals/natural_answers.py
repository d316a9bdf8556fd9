"""What each form of the natural problems asks for, computed anew from the numbers in its text and nothing else."""

import itertools
import math
import statistics
from collections.abc import Callable
from fractions import Fraction as F


def primes(low: int, high: int) -> list[int]:
    sieve = [True] * (high + 1)
    for p in range(2, high + 1):
        for multiple in range(2 * p, high + 1, p):
            sieve[multiple] = False
    return [n for n in range(max(2, low), high + 1) if sieve[n]]


def search(holds: Callable[[int], bool]) -> int:
    """The only whole number from 0 to 20,000 for which the story is true."""
    found = [x for x in range(20_001) if holds(x)]
    assert len(found) == 1, found
    return found[0]


def pair(holds: Callable[[int, int], bool], top: int) -> tuple[int, int]:
    """The only pair of whole numbers that makes the story true."""
    found = [(x, y) for x in range(top + 1) for y in range(top + 1) if holds(x, y)]
    assert len(found) == 1, found
    return found[0]


def passed(start: str, minutes: int) -> str:
    """The clock `minutes` after a time, one minute at a time."""
    hour, minute = map(int, start.split(":"))
    for _ in range(abs(minutes)):
        minute += 1 if minutes > 0 else -1
        if minute == 60:
            hour, minute = hour % 12 + 1, 0
        if minute < 0:
            hour, minute = (hour - 2) % 12 + 1, 59
    return f"{hour}:{minute:02d}"


def between(start: str, end: str) -> int:
    """Minutes until the clock shows `end`."""
    return next(m for m in range(1, 720) if passed(start, m) == end)


def units(slots: dict[str, F], text: str) -> F:
    """Conversions, by what one unit is in the smallest one of its sort."""
    size = {
        "millimeters": 1, "centimeters": 10, "meters": 1000, "kilometers": 1_000_000, "inches": 1, "feet": 12,
        "grams": 1, "kilograms": 1000, "tons": 1_000_000, "ounces": 1, "pounds": 16, "milliliters": 1,
        "liters": 1000, "quarts": 1, "gallons": 4, "seconds": 1, "minutes": 60, "hours": 3600,
        "days": 86400, "weeks": 604800, "months": 1, "years": 12,
    }  # fmt: skip
    found = [word.strip("?.") for word in text.split() if word.strip("?.") in size]
    target, source = found if text.startswith("How many") else found[::-1]
    return slots["a"] * F(size[source], size[target])


EXPECTED: dict[str, Callable[..., object]] = {
    "add/two": lambda a, b: a + b,
    "add/three": lambda a, b, c: a + b + c,
    "add/more_than": lambda a, b: b + a,
    "subtract/difference": lambda a, b: search(lambda x: x + b == a),
    "subtract/less_than": lambda a, b: search(lambda x: x + a == b),
    "subtract/missing": lambda a, b: search(lambda x: a + x == b),
    "multiply/product": lambda a, b: sum([a] * int(b)),
    "multiply/three_factors": lambda a, b, c: math.prod((a, b, c)),
    "multiply/doubled": lambda a, b: a + a + b,
    "divide/quotient": lambda a, b: search(lambda x: x * b == a),
    "divide/goes_into": lambda a, b: search(lambda x: x * b == a),
    "divide/half": lambda a, b: search(lambda x: 2 * (x + b) == a),
    "expression/product_first": lambda a, b, c: a + b * c,
    "expression/brackets": lambda a, b, c: a * c + b * c,
    "expression/two_products": lambda a, b, c, d: a * b - c * d,
    "expression/bracket_over": lambda a, b, c: search(lambda x: x * c + b == a),
    "expression/sum_and_quotient": lambda a, b, c: a / c + b,
    "powers/square": lambda a: a**2,
    "powers/cube": lambda a: a**3,
    "powers/root": lambda a: math.isqrt(int(a)),
    "powers/sum_of_squares": lambda a, b: a**2 + b**2,
    "rounding/ten": lambda a: math.floor(a / 10 + F(1, 2)) * 10,
    "rounding/hundred": lambda a: math.floor(a / 100 + F(1, 2)) * 100,
    "decimals/plus": lambda a, b: a + b,
    "decimals/minus": lambda a, b: a - b,
    "decimals/by_whole": lambda a, b: a * b,
    "decimals/over_whole": lambda a, b: a / b,
    "negative/below_zero": lambda a, b: a - b,
    "negative/temperature_falls": lambda a, b: a - b,
    "negative/temperature_rises": lambda a, b: -a + b,
    "digits/digit_sum": lambda a: sum(map(int, str(a))),
    "digits/digit_product": lambda a: math.prod(map(int, str(a))),
    "digits/tens_digit": lambda a: int(str(a)[-2]),
    "primes/next_prime": lambda a: primes(int(a) + 1, 2 * int(a))[0],
    "primes/count_primes": lambda a, b: len(primes(int(a), int(b))),
    "primes/largest_factor": lambda a: [p for p in primes(2, int(a)) if a % p == 0][-1],
    "divisors/count_divisors": lambda a: sum(a % n == 0 for n in range(1, int(a) + 1)),
    "divisors/gcd": lambda a, b: math.gcd(int(a), int(b)),
    "divisors/lcm": lambda a, b: math.lcm(int(a), int(b)),
    "divisors/count_multiples": lambda a, b: sum(n % b == 0 for n in range(1, int(a) + 1)),
    "divisors/multiple_above": lambda a, b: next(n for n in itertools.count(int(a) + 1) if n % b == 0),
    "remainder/modulo": lambda a, b: a % b,
    "remainder/left_over": lambda a, b: a % b,
    "remainder/boxes_needed": lambda a, b: math.ceil(a / b),
    "remainder/full_teams": lambda a, b: math.floor(a / b),
    "sequence/next_even_step": lambda a, b, c, d: d + (d - c) if d - c == b - a == c - b else None,
    "sequence/next_falling": lambda a, b, c, d: d + (d - c) if d - c == b - a == c - b else None,
    "sequence/next_geometric": lambda a, b, c, d: d * d / c if d / c == c / b == b / a else None,
    "sequence/nth_term": lambda a, s, k: list(itertools.islice(itertools.count(a, s), int(k)))[-1],
    "sequence/sum_to": lambda a: sum(range(1, int(a) + 1)),
    "fraction_of/of": lambda f, a: f * a,
    "fraction_of/given_away": lambda f, a: (1 - f) * a,
    "fraction_of/girls": lambda f, a: f * a,
    "fraction_of/whole_from_part": lambda f, a: a / f,
    "fraction_sum/same_bottom": lambda f, g: f + g,
    "fraction_sum/plus": lambda f, g: f + g,
    "fraction_sum/minus": lambda f, g: f - g,
    "fraction_sum/pizza": lambda f, g: 1 - f - g,
    "fraction_product/product": lambda f, g: f * g,
    "fraction_product/by_whole": lambda f, a: f * a,
    "fraction_forms/lowest_terms": lambda f: f,
    "fraction_forms/as_percent": lambda f: f * 100,
    "fraction_forms/as_decimal": lambda f: f,
    "compare/larger_fraction": lambda f, g: max(f, g),
    "compare/largest": lambda a, b, c, d: max(a, b, c, d),
    "compare/smallest_decimal": lambda a, b, c: min(a, b, c),
    "compare/taller": lambda a, b: a - b,
    "percent/of": lambda p, a: F(p, 100) * a,
    "percent/of_people": lambda p, a: F(p, 100) * a,
    "percent/rest": lambda p, a: F(100 - p, 100) * a,
    "percent_change/discount": lambda p, a: F(100 - p, 100) * a,
    "percent_change/raised": lambda p, a: F(100 + p, 100) * a,
    "percent_change/tip": lambda p, a: F(100 + p, 100) * a,
    "percent_change/change": lambda a, b: (b / a - 1) * 100,
    "percent_change/fall": lambda a, b: (1 - b / a) * 100,
    "percent_what/what_percent": lambda a, b: a / b * 100,
    "percent_what/score": lambda a, b: a / b * 100,
    "percent_whole/whole": lambda p, a: a / F(p, 100),
    "percent_whole/before_discount": lambda p, a: a / F(100 - p, 100),
    "interest/simple": lambda a, p, y: a * F(p, 100) * y,
    "interest/balance": lambda a, p: a * (1 + F(p, 100)),
    "length/metres_and_centimetres": lambda a, b: 100 * a + b,
    "length/pieces": lambda a, b: a * 100 / b,
    "mass/packets": lambda a, b: a * b / 1000,
    "volume/glasses": lambda a, b: a * 1000 / b,
    "duration/hours_and_minutes": lambda a, b: 60 * a + b,
    "duration/daily_minutes": lambda a, b: a * b / 60,
    "temperature/to_fahrenheit": lambda a: a * F(9, 5) + 32,
    "temperature/to_celsius": lambda a: (a - 32) * F(5, 9),
    "elapsed/minutes_between": between,
    "elapsed/hours_between": lambda a, b: F(between(a, b), 60),
    "clock/end_time": lambda a, m: passed(a, int(m)),
    "clock/start_time": lambda a, m: passed(a, -int(m)),
    "calendar/weeks_and_days": lambda a, b: 7 * a + b,
    "calendar/born": lambda a, b: b - a,
    "calendar/year_after": lambda a, b: a + b,
    "calendar/per_week": lambda a, b: 7 * a * b,
    "change/one_item": lambda p, b: b - p,
    "change/several": lambda a, p, b: b - a * p,
    "bill/two_items": lambda a, p, b, q: a * p + b * q,
    "bill/cents": lambda a, p: a * p,
    "bill/plus_delivery": lambda a, p, c: a * p + c,
    "bill/coupon": lambda a, p, c: a * p - c,
    "unit_price/one_costs": lambda a, b: b / a,
    "unit_price/other_amount": lambda a, b, c: b * c / a,
    "unit_price/how_many": lambda p, b: max(k for k in range(1, 200) if k * p <= b),
    "coins/mixed_coins": lambda a, b, c: 25 * a + 10 * b + 5 * c,
    "coins/bills": lambda a, b: 20 * a + 5 * b,
    "wages/hourly": lambda w, h, k: w * h * k,
    "wages/overtime": lambda w, h, v, k: w * h + v * k,
    "wages/hours_for": lambda w, b: b / w,
    "savings/weeks_until": lambda s, a, b: search(lambda k: a + k * s == b),
    "savings/after_weeks": lambda a, s, k: a + s * k,
    "savings/split_bill": lambda k, c, b: (b + c) / k,
    "profit/per_piece": lambda a, p, q: a * q - a * p,
    "profit/after_costs": lambda a, p, c: a * p - c,
    "gain_loss/left": lambda a, b: a - b,
    "gain_loss/more": lambda a, b: a + b,
    "gain_loss/two_losses": lambda a, b, c: a - b - c,
    "gain_loss/up_and_down": lambda a, b, c: a - b + c,
    "gain_loss/passengers": lambda a, b, c: a - b + c,
    "start_unknown/before_giving": lambda a, b: search(lambda x: x - a == b),
    "start_unknown/change_unknown": lambda a, b: search(lambda x: a + x == b),
    "groups/boxes": lambda a, b: a * b,
    "groups/boxes_and_more": lambda a, b, c: a * b + c,
    "groups/boxes_less": lambda a, b, c: a * b - c,
    "groups/rows": lambda a, b, c: a * b - c,
    "groups/twice_grouped": lambda a, b, c: a * b * c,
    "share/equally": lambda k, a: a / k,
    "share/keeps_some": lambda k, c, a: (a - c) / k,
    "share/packs_shared": lambda b, k, a: a * b / k,
    "comparison/how_many_more": lambda a, b: a - b,
    "comparison/total_of_both": lambda a, b: a + (a + b),
    "comparison/fewer": lambda a, b: a + (a - b),
    "comparison/times_as_many": lambda a, k: a * k,
    "comparison/times_together": lambda a, k: a + a * k,
    "heads_legs/legs": lambda a, b: 4 * a + 2 * b,
    "heads_legs/cows": lambda h, l: search(lambda x: x <= h and 4 * x + 2 * (h - x) == l),  # noqa: E741
    "ages/older_by": lambda a, b: a + b,
    "ages/in_years": lambda a, b: a + b,
    "ages/years_ago": lambda a, b: a - b,
    "ages/sum_later": lambda a, b, c: a + b + 2 * c,
    "ages/times_as_old": lambda a, k, c: a * k + c,
    "ages/chain": lambda a, b, c: a - b + c,
    "sum_difference/larger_number": lambda s, d: pair(lambda x, y: x + y == s and x - y == d, int(s))[0],
    "sum_difference/smaller_share": lambda s, d: pair(lambda x, y: x + y == s and x - y == d, int(s))[1],
    "sum_difference/bat_and_ball": lambda s, d: pair(lambda x, y: x + y == s and x - y == d, int(s))[1],
    "multiple_sum/one_part": lambda k, s: search(lambda y: k * y + y == s),
    "ratio/share_in_ratio": lambda a, b, s: s * F(a, a + b),
    "ratio/other_part": lambda a, b, c: c * F(b, a),
    "speed/distance": lambda v, h: v * h,
    "speed/speed": lambda h, s: s / h,
    "speed/duration": lambda v, s: s / v,
    "speed/two_legs": lambda v, h, w, k: v * h + w * k,
    "speed/minutes_of_hour": lambda v, m: v * m / 60,
    "meeting/towards": lambda v, w, s: search(lambda t: v * t + w * t == s),
    "meeting/catch_up": lambda w, v, s: search(lambda t: v * t == s + w * t),
    "work/machine": lambda h, k, b: b * k / h,
    "work/pages": lambda p, b: b / p,
    "work/workers": lambda a, t, b: search(lambda x: x * b == a * t),
    "work/two_taps": lambda a, b, c: search(lambda t: a * t + b * t == c),
    "work/leaking": lambda a, b, k: a - b * k,
    "proportion/recipe": lambda a, k, g: g * k / a,
    "proportion/map_scale": lambda a, k: a * k,
    "proportion/fuel": lambda c, s: c * s / 100,
    "proportion/miles_per_gallon": lambda c, s: s / c,
    "growth/per_day": lambda a, b, k: a + b * k,
    "growth/doubling": lambda a, k: a * 2**k,
    "growth/candle": lambda b, c, a: search(lambda t: a - b * t == c),
    "rectangle/area": lambda a, b: a * b,
    "rectangle/perimeter": lambda a, b: a + b + a + b,
    "rectangle/width_from_area": lambda a, s: search(lambda x: a * x == s),
    "rectangle/width_from_perimeter": lambda a, s: search(lambda x: 2 * a + 2 * x == s),
    "rectangle/path_around": lambda a, b, k: (a + b + a + b) * k,
    "square/square_area": lambda a: a * a,
    "square/square_perimeter": lambda a: a + a + a + a,
    "square/side_from_perimeter": lambda s: s / 4,
    "square/area_from_perimeter": lambda s: (s / 4) ** 2,
    "triangle/triangle_area": lambda a, b: F(1, 2) * a * b,
    "triangle/third_angle": lambda a, b: search(lambda c: a + b + c == 180),
    "triangle/triangle_perimeter": lambda a, b, c: a + b + c,
    "triangle/hypotenuse": lambda a, b: search(lambda c: c * c == a * a + b * b),
    "solid/box_volume": lambda a, b, c: a * b * c,
    "solid/cube_volume": lambda a: a**3,
    "solid/cube_surface": lambda a: 6 * a**2,
    "tiles/tiles": lambda k, a, b: a * b / k**2,
    "equation/plus": lambda a, b: search(lambda x: x + a == b),
    "equation/minus": lambda a, b: search(lambda x: x - a == b),
    "equation/coefficient": lambda a, b: search(lambda x: a * x == b),
    "equation/quotient": lambda b, a: search(lambda x: x == a * b),
    "equation/two_steps": lambda a, b, c: search(lambda x: a * x + b == c),
    "equation/two_steps_minus": lambda a, b, c: search(lambda x: a * x - b == c),
    "equation/brackets": lambda a, b, c: search(lambda x: a * (x + b) == c),
    "equation/both_sides": lambda a, b, c, d: search(lambda x: a * x + b == c * x + d),
    "system/sum_and_difference": lambda s, d: pair(lambda x, y: x + y == s and x - y == d, int(s))[0],
    "system/eliminate": lambda a, s, b: pair(lambda x, y: x + y == s and a * x + y == b, int(s))[0],
    "system/tickets": lambda p, q, k, s: search(lambda x: x <= k and q * x + p * (k - x) == s),
    "riddle/times_plus": lambda a, b, c: search(lambda x: x * a + b == c),
    "riddle/plus_times": lambda a, b, c: search(lambda x: (x + b) * a == c),
    "riddle/halved": lambda b, c: search(lambda x: F(x, 2) + b == c),
    "consecutive/smallest_of_three": lambda s: search(lambda x: x + (x + 1) + (x + 2) == s),
    "consecutive/larger_of_two": lambda s: search(lambda x: x > 0 and x + (x - 1) == s),
    "value/linear_value": lambda x, a, b: a * x + b,
    "value/square_value": lambda x, b: x**2 - b,
    "value/two_values": lambda x, y, a, b: a * x + b * y,
    "average/of_three": lambda a, b, c: statistics.mean((a, b, c)),
    "average/of_four": lambda a, b, c, d: statistics.mean((a, b, c, d)),
    "average/missing": lambda a, b, m: search(lambda c: statistics.mean((a, b, F(c))) == m),
    "average/total_from_mean": lambda k, m: k * m,
    "average/per_day": lambda k, s: s / k,
    "middle/median": lambda *numbers: statistics.median(numbers),
    "middle/spread": lambda *numbers: max(numbers) - min(numbers),
    "probability/ball": lambda a, b: F(a, a + b),
    "probability/raffle": lambda a, b: F(a, b),
    "probability/expected": lambda f, k: f * k,
    "choices/outfits": lambda a, b: len(list(itertools.product(range(int(a)), range(int(b))))),
    "choices/menu": lambda a, b, c: len(list(itertools.product(range(int(a)), range(int(b)), range(int(c))))),
    "choices/codes": lambda a, k: len(list(itertools.product(range(int(a)), repeat=int(k)))),
    "orders/in_a_row": lambda k: len(list(itertools.permutations(range(int(k))))),
    "orders/first_and_second": lambda k: len(list(itertools.permutations(range(int(k)), 2))),
    "pairs/handshakes": lambda k: len(list(itertools.combinations(range(int(k)), 2))),
    "pairs/choose_three": lambda k: len(list(itertools.combinations(range(int(k)), 3))),
    "ends/trees": lambda s, a: len(range(0, int(a) + 1, int(s))),
    "ends/cuts": lambda k, m: sum(m for _ in range(1, int(k))),
    "ends/whole_numbers_between": lambda a, b: len(range(int(a), int(b) + 1)),
    "sets/both": lambda a, b, s: search(lambda c: a + b - c == s),
    "sets/neither": lambda c, a, b, s: search(lambda e: (a - c) + (b - c) + c + e == s),
}
