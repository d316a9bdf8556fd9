"""What a language model is asked to write problems about, and how its own problems are looked at first."""

import random
import re

from evals.lab_model.natural.voices import chat

TOPICS = (
    "adding two numbers", "subtracting two numbers", "multiplication", "division", "a percentage",
    "a discount in a shop", "a fraction of an amount", "adding fractions", "converting units of length",
    "converting units of weight", "hours and minutes", "the time between two times of day",
    "change from a purchase", "a shopping bill", "wages", "saving money", "sharing equally",
    "a remainder after dividing", "speed, distance and time", "two people's ages", "the area of a rectangle",
    "the perimeter of a garden", "the area of a triangle", "the volume of a box", "a simple equation",
    "two unknown numbers with a known sum", "the next number of a sequence", "multiples of a number",
    "the average of some numbers", "a missing score for an average", "a ratio of two amounts",
    "a recipe for more people", "the fuel of a car", "reading pages of a book", "comparing two amounts",
    "how many more are needed", "boxes that hold the same number of things", "rows of seats",
    "a probability with balls in a bag", "choosing outfits", "handshakes or games between teams",
    "workers who do a job together", "filling a tank", "profit of a small shop", "simple interest",
    "a tip in a restaurant", "a number that somebody thinks of", "consecutive numbers", "squares of numbers",
    "the median of some numbers", "temperatures", "a journey in two parts", "things left after two changes",
    "coins and their value", "tickets for adults and children", "animals on a farm",
    "the day's production of a factory", "plants that grow", "prime numbers or divisors", "an angle of a triangle",
)  # fmt: skip
SETTINGS = (
    "at school", "in a bakery", "on a farm", "at home", "in a library", "at the zoo", "in a garden", "in an office",
    "on a bus", "at a birthday party", "in a workshop", "at the market", "in a kitchen", "at a football club",
    "on a trip", "in a hospital", "in a hotel", "at the beach", "with no story at all, only numbers", "in a museum",
    "in space", "in a band", "at a concert", "with friends who play a game", "in a toy shop",
    "at a construction site",
)  # fmt: skip
SHAPES = (
    "in one sentence", "in two sentences", "in three sentences", "in the first person", "as a short question",
    "as a chat message", "with very small numbers", "with numbers above 50", "that needs two steps",
    "that needs one step", "that needs three steps",
)  # fmt: skip
_TOLD = re.compile(r"\b(?:answer|solution|explanation|step \d)\b|\\|```|\*\*|_{3,}|[{}<>|#]|\([A-D]\)|\b[A-D]\)", re.I)


def topic_prompt(number: int) -> tuple[str, str]:
    """Topic and prompt of the own problem of this number."""
    rng = random.Random(f"own/{number}")
    topic, setting, shape = TOPICS[number % len(TOPICS)], rng.choice(SETTINGS), rng.choice(SHAPES)
    ask = f"Write an elementary math problem about {topic}, {setting}, {shape}. The answer must be one number."
    return topic, chat(("user", f"{ask} Reply with the problem only, without the answer."))


def well_formed(text: str) -> bool:
    """Whether a text looks like one short question with numbers and without its solution."""
    begins = re.match(r"(?:find|calculate|what|how|solve|compute)\b", text, re.I) is not None
    asks = text.count("?") == 1 or (begins and "?" not in text)
    short = 20 <= len(text) <= 400 and text.count("\n") < 3
    return short and asks and bool(re.search(r"\d", text)) and not _TOLD.search(text)
