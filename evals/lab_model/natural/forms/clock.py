"""Times of day, dates and years."""

from evals.lab_model.natural.draw import Case, Draw, clock_text, form, times


def hours_minutes(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60} min"


@form("elapsed")
def minutes_between(d: Draw) -> Case:
    start = d.clock("a", 1, 9)
    length = d.rng.randrange(15, 175, 5)
    end = d.time("b", start + length)
    d.need(end < 12 * 60)
    to_hour = (60 - start % 60) % 60
    texts = (
        "How many minutes are there from {a} to {b}?",
        "A class starts at {a} and ends at {b}. How many minutes does it last?",
        "{n} leaves home at {a} and arrives at {b}. How many minutes does the trip take?",
    )
    d.person()
    if start // 60 == end // 60:
        return Case(texts, length, (f"{end % 60} - {start % 60} = {length} minutes.",), "minutes")
    full, after = (end // 60 - (start + to_hour) // 60) * 60, end % 60
    lines = (
        f"From {clock_text(start)} to {clock_text(start + to_hour)} are {to_hour} minutes.",
        f"From {clock_text(start + to_hour)} to {clock_text(end)} are {full} + {after} = {full + after} minutes.",
        f"{to_hour} + {full + after} = {length} minutes.",
    )
    return Case(texts, length, lines, "minutes")


@form("elapsed")
def hours_between(d: Draw) -> Case:
    start, length = d.clock("a", 1, 8, 60), d.rng.randint(2, 9)
    end = d.time("b", start + length * 60)
    d.need(end < 12 * 60)
    texts = ("A shop is open from {a} to {b}. How many hours is it open?", "How many hours pass from {a} until {b}?")
    return Case(texts, length, (f"{end // 60} - {start // 60} = {length} hours.",), "hours")


@form("clock")
def end_time(d: Draw) -> Case:
    start, length = d.clock("a", 1, 9), d.whole("m", 10, 150, 5)
    end = start + length
    d.need(end < 12 * 60)
    texts = (
        "A film starts at {a} and lasts {m} minutes. At what time does it end?",
        "It is {a} now. What time will it be in {m} minutes?",
    )
    lines = [f"{start % 60} + {length} = {start % 60 + length} minutes after {clock_text(start - start % 60)}."]
    if end // 60 > start // 60:
        lines.append(f"{start % 60 + length} minutes are {hours_minutes(start % 60 + length)}.")
    return Case(texts, clock_text(end), (*lines, f"So it is {clock_text(end)}."))


@form("clock")
def start_time(d: Draw) -> Case:
    end, length = d.clock("a", 3, 12), d.whole("m", 10, 100, 5)
    start = end - length
    texts = (
        "A bus arrives at {a} after a ride of {m} minutes. At what time did it leave?",
        "It is {a}. What time was it {m} minutes ago?",
    )
    lines = []
    if start // 60 < end // 60:
        lines.append(
            f"{clock_text(end)} is {end % 60 + 60 * (end // 60 - start // 60)} minutes after {start // 60}:00."
        )
        lines.append(f"{end % 60 + 60 * (end // 60 - start // 60)} - {length} = {start % 60}.")
    else:
        lines.append(f"{end % 60} - {length} = {start % 60}.")
    return Case(texts, clock_text(start), (*lines, f"So it was {clock_text(start)}."))


@form("calendar")
def weeks_and_days(d: Draw) -> Case:
    a, b = d.whole("a", 2, 12), d.whole("b", 2, 6)
    texts = (
        "How many days are {a} weeks and {b} days?",
        "{n} is on holiday for {a} weeks and {b} days. How many days is that?",
    )
    d.person()
    return Case(texts, a * 7 + b, (f"{a} * 7 = {a * 7}.", f"{a * 7} + {b} = {a * 7 + b} days."), "days")


@form("calendar")
def born(d: Draw) -> Case:
    a, b = d.whole("a", 1930, 2015), d.whole("b", 1950, 2040)
    d.need(4 < b - a < 90)
    texts = ("{n} was born in {a}. How old does {n} turn in {b}?", "A bridge was built in {a}. How old is it in {b}?")
    d.person()
    return Case(texts, b - a, (f"{b} - {a} = {b - a} years.",), "years")


@form("calendar")
def year_after(d: Draw) -> Case:
    a, b = d.whole("a", 1850, 2020), d.whole("b", 3, 120)
    texts = (
        "A company was founded in {a}. In which year does it celebrate its {b}th birthday?",
        "Which year is {b} years after {a}?",
    )
    d.need(b % 10 not in (1, 2, 3) or b in (11, 12, 13, 111, 112, 113))
    return Case(texts, a + b, (f"{a} + {b} = {a + b}.",))


@form("calendar")
def per_week(d: Draw) -> Case:
    a, b = d.whole("a", 2, 30), d.whole("b", 2, 9)
    things = d.things()
    texts = ("A workshop makes {a} {t} every day. How many {t} does it make in {b} weeks?",)
    total = b * 7
    return Case(texts, a * total, (f"{b} weeks are {b} * 7 = {total} days.", f"{times(a, total)} {things}."), things)
