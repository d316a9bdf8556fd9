"""Names by the pronoun that stands for them, and things in the singular and plural."""

# fmt: off
FEMALE = (
    "Ada", "Anna", "Carla", "Clara", "Elena", "Emma", "Eva", "Farah", "Grace", "Hana", "Ida", "Ines", "Jana", "Julia",
    "Lea", "Lena", "Lina", "Maria", "Marta", "Maya", "Mei", "Mia", "Nadia", "Nina", "Nora", "Olga", "Pia", "Priya",
    "Rosa", "Sara", "Sofia", "Uma", "Vera", "Zoe", "Lucy", "Amy", "Fatima", "Alice", "Susan", "Kate",
)
MALE = (
    "Ali", "Amir", "Ben", "Bo", "Chen", "Dan", "Diego", "Eric", "Felix", "Finn", "Hugo", "Igor", "Ivan", "Jack",
    "Jonas", "Karim", "Kofi", "Leo", "Luis", "Max", "Milo", "Noah", "Omar", "Oscar", "Paul", "Ravi", "Tariq", "Theo",
    "Tom", "Peter", "John", "David", "Mike", "Carlos", "Ahmed", "Henry", "Lucas", "Victor", "Samuel", "Bob",
)
THINGS = (
    ("apple", "apples"), ("marble", "marbles"), ("sticker", "stickers"), ("pencil", "pencils"), ("coin", "coins"),
    ("stamp", "stamps"), ("card", "cards"), ("shell", "shells"), ("button", "buttons"), ("bead", "beads"),
    ("egg", "eggs"), ("cookie", "cookies"), ("book", "books"), ("candle", "candles"), ("orange", "oranges"),
    ("ticket", "tickets"), ("bottle", "bottles"), ("balloon", "balloons"), ("muffin", "muffins"), ("toy", "toys"),
    ("pen", "pens"), ("plate", "plates"), ("flower", "flowers"), ("lemon", "lemons"), ("candy", "candies"),
    ("notebook", "notebooks"), ("photo", "photos"), ("pear", "pears"), ("key", "keys"), ("brick", "bricks"),
)
# fmt: on
