"""Word problems over integers: a stock that changes, a bill to add up, a journey in legs."""

import random

from ttc.lab.families.draft import Draft, Draw, added, grown, sized
from ttc.lab.words import CURRENCIES, ITEMS, NAMES, PLACES, WARES


def stock(difficulty: int, rng: random.Random) -> Draft:
    """A person owns things, gains and loses some, and is asked what is left."""
    name, (things, container) = rng.choice(NAMES), rng.choice(ITEMS)
    have = sized(rng, difficulty, 12, 2500)
    opening = rng.choice(
        ("{n} has {h} {t}.", "{n} starts with {h} {t}.", "At first {n} owns {h} {t}.", "{n} counts {h} {t}.")
    )
    story, steps = [opening.format(n=name, h=have, t=things)], []
    for _ in range(grown(difficulty, 2, 9)):
        change = rng.choice((_gain, _lose, _gain_groups, _lose_groups, _times, _part))
        sentence, step, have = change(name, things, container, have, difficulty, rng)
        story.append(sentence)
        steps.append(step)
    asks = (
        "How many {t} does {n} have now?",
        "How many {t} are left in the end?",
        "How many {t} does {n} end up with?",
    )
    return Draft(" ".join([*story, rng.choice(asks).format(t=things, n=name)]), have, tuple(steps))


def _gain(name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random) -> tuple[str, str, int]:
    more = sized(rng, difficulty, 12, 2500)
    how = rng.choice(("buys {m} more {t}", "finds {m} more {t}", "gets {m} {t} as a gift", "is given another {m} {t}"))
    sentence = f"{rng.choice(('Then', 'Later', 'Next,', 'After that,'))} {name} {how.format(m=more, t=things)}."
    lead = rng.choice(("With the new ones", "After that gain", "Adding these"))
    return sentence, f"{lead}: {have} + {more} = {have + more} {things}.", have + more


def _lose(name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random) -> tuple[str, str, int]:
    if have < 4:
        return _gain(name, things, box, have, difficulty, rng)
    less = min(sized(rng, difficulty, 10, 2500), rng.randint(1, have - 2))
    how = rng.choice(("gives away {m} {t}", "loses {m} {t}", "sells {m} of the {t}", "lends {m} {t} to a friend"))
    sentence = f"{rng.choice(('Then', 'Later', 'Next,', 'After that,'))} {name} {how.format(m=less, t=things)}."
    lead = rng.choice(("Taking these away", "After that loss", "What remains"))
    return sentence, f"{lead}: {have} - {less} = {have - less} {things}.", have - less


def _gain_groups(
    name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random
) -> tuple[str, str, int]:
    groups, size = sized(rng, difficulty, 4, 60), sized(rng, difficulty, 6, 99)
    total = groups * size
    sentence = rng.choice(
        (
            f"{name} buys {groups} {box} with {size} {things} in each.",
            f"A neighbour brings {name} {groups} {box} of {size} {things}.",
            f"Then {groups} {box} arrive, and each of them holds {size} {things}.",
        )
    )
    lead = rng.choice((f"The {box} hold", f"In the {box} there are", f"All {box} together"))
    return (
        sentence,
        f"{lead}: {groups} * {size} = {total}, so {have} + {total} = {have + total} {things}.",
        have + total,
    )


def _lose_groups(
    name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random
) -> tuple[str, str, int]:
    people, each = sized(rng, difficulty, 3, 30), sized(rng, difficulty, 4, 40)
    total = people * each
    if total >= have:
        return _gain_groups(name, things, box, have, difficulty, rng)
    who = rng.choice(("friends", "cousins", "neighbours", "children", "guests"))
    sentence = rng.choice(
        (
            f"{name} gives {each} {things} to each of {people} {who}.",
            f"Each of {people} {who} takes {each} {things} away.",
            f"Then {people} {who} come, and each one gets {each} {things}.",
        )
    )
    return (
        sentence,
        f"The {who} get {people} * {each} = {total}, so {have} - {total} = {have - total} {things}.",
        have - total,
    )


def _times(name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random) -> tuple[str, str, int]:
    factor = rng.randint(2, 3 if difficulty < 8 else 9)
    if have * factor > 40 * 8 ** (1 + difficulty / 6):
        return _lose(name, things, box, have, difficulty, rng)
    word = {2: "twice", 3: "three times"}.get(factor, f"{factor} times")
    sentence = rng.choice(
        (
            f"By the next week {name} has {word} as many {things}.",
            f"A month later the collection of {name} is {word} as large.",
        )
    )
    return sentence, f"That is {word} as many: {have} * {factor} = {have * factor} {things}.", have * factor


def _part(name: str, things: str, box: str, have: int, difficulty: int, rng: random.Random) -> tuple[str, str, int]:
    parts = [p for p in range(2, 10) if have % p == 0 and have // p > 3]
    if not parts:
        return _gain(name, things, box, have, difficulty, rng)
    part = rng.choice(parts)
    sentence = rng.choice(
        (
            f"{name} splits all {things} into {part} equal piles and keeps only one pile.",
            f"Then the {things} are shared equally among {part} people, and {name} is one of them.",
        )
    )
    return sentence, f"One share: {have} / {part} = {have // part} {things}.", have // part


def bill(difficulty: int, rng: random.Random) -> Draft:
    """Several wares at a price each, perhaps a discount, paid with money: what does it cost, or what comes back?"""
    name, money = rng.choice(NAMES), rng.choice(CURRENCIES)
    wares = rng.sample(WARES, grown(difficulty, 1, 7))
    parts, steps, total = [], [], 0
    for one, many in wares:
        count, price = sized(rng, difficulty, 5, 60), sized(rng, difficulty, 7, 199)
        parts.append(
            rng.choice((f"{count} {many} at {price} {money} each", f"{count} {many} for {price} {money} a {one}"))
        )
        cost = count * price
        steps.append(f"The {many} cost {count} * {price} = {cost} {money}{added(total, cost)}")
        total += cost
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    text = f"At the {rng.choice(PLACES)} {name} {rng.choice(('buys', 'orders', 'picks out', 'chooses'))} {listed}."
    if difficulty > 2 and rng.random() < 0.5:
        off = rng.randint(1, max(1, total // 4))
        text += f" A coupon takes {off} {money} off the bill."
        steps.append(f"With the coupon: {total} - {off} = {total - off} {money}.")
        total -= off
    if rng.random() < 0.5:
        return Draft(text + f" How many {money} does {name} pay?", total, tuple(steps))
    paid = total + sized(rng, difficulty, 9, 500)
    steps.append(f"The change is {paid} - {total} = {paid - total} {money}.")
    return Draft(
        text + f" {name} pays with {paid} {money}. How much change does {name} get back?", paid - total, tuple(steps)
    )


def journey(difficulty: int, rng: random.Random) -> Draft:
    """Legs of a trip at steady speeds, with some way back: how far is it in all, or how far is left?"""
    name, way = rng.choice(NAMES), rng.choice(("cyclist", "driver", "hiker", "train", "boat"))
    who = name if way in ("cyclist", "driver", "hiker") else f"The {way}"
    text, steps, total = "", [], 0
    for i in range(grown(difficulty, 1, 7)):
        hours, speed = sized(rng, difficulty, 4, 40), sized(rng, difficulty, 9, 160)
        leg = hours * speed
        text += ("Then" if i else who) + (" come " if i else " travels for ")
        text += f"{hours} hours at {speed} km per hour. "
        steps.append(f"Leg {i + 1} is {hours} * {speed} = {leg} km{added(total, leg, ' km')}")
        total += leg
    if rng.random() < 0.4:
        return Draft(
            text + rng.choice(("How many km is that in all?", "How long is the whole way in km?")), total, tuple(steps)
        )
    planned = total + sized(rng, difficulty, 20, 999)
    steps.append(f"The rest is {planned} - {total} = {planned - total} km.")
    ask = rng.choice(("How many km are left?", "How many km are still to go?"))
    return Draft(text + f"The whole way is {planned} km long. {ask}", planned - total, tuple(steps))


KINDS: dict[str, Draw] = {"stock": stock, "bill": bill, "journey": journey}
