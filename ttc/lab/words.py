"""The vocabulary of the problem texts: plain lists, filled into the families' sentences."""

# fmt: off
NAMES = (
    "Ada", "Ali", "Amir", "Anna", "Ben", "Bo", "Carla", "Chen", "Clara", "Dan", "Diego", "Elena", "Emma", "Eric",
    "Eva", "Farah", "Felix", "Finn", "Grace", "Hana", "Hugo", "Ida", "Igor", "Ines", "Ivan", "Jack", "Jana",
    "Jonas", "Julia", "Kai", "Karim", "Kofi", "Lea", "Leo", "Lena", "Lina", "Luis", "Maria", "Marta", "Max", "Maya",
    "Mei", "Mia", "Milo", "Nadia", "Nina", "Noah", "Nora", "Olga", "Omar", "Oscar", "Paul", "Pia", "Priya", "Rosa",
    "Ravi", "Sam", "Sara", "Sofia", "Tariq", "Theo", "Tom", "Uma", "Vera", "Yuki", "Zoe",
)
# fmt: on

# (things, the container they come in)
ITEMS = (
    ("apples", "crates"),
    ("marbles", "bags"),
    ("stickers", "packs"),
    ("pencils", "boxes"),
    ("coins", "rolls"),
    ("stamps", "sheets"),
    ("cards", "packs"),
    ("shells", "buckets"),
    ("buttons", "jars"),
    ("beads", "jars"),
    ("eggs", "cartons"),
    ("cookies", "tins"),
    ("books", "boxes"),
    ("nails", "boxes"),
    ("tulips", "bunches"),
    ("oranges", "nets"),
    ("candles", "packs"),
    ("bricks", "pallets"),
    ("tickets", "rolls"),
    ("bottles", "crates"),
    ("seeds", "packets"),
    ("photos", "albums"),
    ("plates", "stacks"),
    ("balloons", "packs"),
)

# (ware in the singular, in the plural)
WARES = (
    ("notebook", "notebooks"),
    ("pen", "pens"),
    ("sandwich", "sandwiches"),
    ("mug", "mugs"),
    ("T-shirt", "T-shirts"),
    ("ticket", "tickets"),
    ("plant", "plants"),
    ("lamp", "lamps"),
    ("chair", "chairs"),
    ("ball", "balls"),
    ("puzzle", "puzzles"),
    ("poster", "posters"),
    ("brush", "brushes"),
    ("cake", "cakes"),
    ("hat", "hats"),
    ("scarf", "scarves"),
    ("cable", "cables"),
    ("battery", "batteries"),
    ("towel", "towels"),
    ("bowl", "bowls"),
)

CURRENCIES = ("dollars", "euros", "pounds", "crowns", "francs")
PLACES = ("school", "market", "library", "farm", "museum", "workshop", "bakery", "harbour", "station", "garden")
