"""The voices in which a language model rewrites a problem: one instruction and two examples each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """How a problem is to sound."""

    name: str
    ask: str
    """The instruction, behind `Rewrite the math problem `."""
    shown: tuple[tuple[str, str], ...]
    """Examples: a plain problem and how the voice says it."""
    own_person: bool = False
    """The speaker may be a person of the problem, whose name is then left out."""


SHOWN_NAMES = ("Laura", "Mark", "Jenny")
"""The persons of the examples; in no problem but these."""
_EGGS = "Laura has 36 eggs and sells 17 of them. How many eggs does Laura have left?"
_TRAIN = "A train travels at 85 km per hour for 3 hours. How many km does it travel?"
_PRODUCT = "What is 14 * 23?"
_SALE = "A jacket costs $60. In a sale it is 25% off. What is the sale price in dollars?"
_BOXES = "There are 12 boxes with 18 pencils in each. How many pencils are there in all?"
_AGE = "Mark is 34 years old. Jenny is 6 years older than Mark. How old is Jenny?"
_EQUATION = "Solve 7x + 13 = 62."
_AREA = "A rectangle is 15 cm long and 8 cm wide. What is its area in square centimeters?"
_PAY = "Laura buys 4 mugs at $7 each and pays with $50. How many dollars of change does Laura get?"

VOICES = (
    Voice("other", "in other words.", (
        (_EGGS, "Out of her 36 eggs, Laura sold 17. What number of eggs remains?"),
        (_TRAIN, "If a train moves for 3 hours with a speed of 85 km per hour, what distance in km does it cover?"),
        (_PRODUCT, "What do you get if you multiply 14 by 23?"),
    )),
    Voice("short", "as briefly as possible, in very few words.", (
        (_EGGS, "Laura: 36 eggs, 17 sold. How many eggs left?"),
        (_SALE, "$60 jacket, 25% off. Sale price in dollars?"),
        (_PRODUCT, "14 * 23?"),
    )),
    Voice("chatty", "the way someone would say it casually to a friend.", (
        (_BOXES, (
            "Hey, so I've got a quick one: there's 12 boxes and every box has 18 pencils in it, how many pencils "
            "is that in total?"
        )),
        (_EQUATION, "Can you help me out? I'm stuck on 7x + 13 = 62, what's x?"),
        (_EGGS, "So Laura had 36 eggs, right, and then she sold 17. How many eggs does she still have?"),
    )),
    Voice("formal", "in very formal, precise language.", (
        (_AGE, "Mark's age is 34 years, and Jenny's age exceeds that of Mark by 6 years. Determine Jenny's age."),
        (_PRODUCT, "Determine the product of the integers 14 and 23."),
        (_EGGS, "Laura is in possession of 36 eggs, of which 17 are sold. Determine the number of eggs remaining."),
    )),
    Voice("child", "the way a young child would ask it.", (
        (_EGGS, "Laura had 36 eggs but then she sold 17! How many eggs has Laura got now?"),
        (_AREA, (
            "I drew a rectangle and it's 15 cm long and 8 cm wide. How much area is inside, in square "
            "centimeters?"
        )),
        (_PRODUCT, "My homework says 14 * 23, what is that?"),
    )),
    Voice("email", "as a short message to a colleague or a teacher.", (
        (_BOXES, (
            "Hi, quick question about our stock: we have 12 boxes with 18 pencils each. Could you tell me how "
            "many pencils that makes in all? Thanks!"
        )),
        (_SALE, (
            "Dear team, the jacket is listed at $60 and the sale takes 25% off. What sale price in dollars "
            "should we print? Best regards"
        )),
        (_EQUATION, "Hello, could you please solve 7x + 13 = 62 for me? Thank you."),
    )),
    Voice("question first", "so that the question comes first and the facts follow.", (
        (_EGGS, "How many eggs does Laura have left if she started with 36 and sold 17 of them?"),
        (_TRAIN, "How many km does a train travel if it goes at 85 km per hour for 3 hours?"),
        (_AREA, "What is the area in square centimeters of a rectangle that is 15 cm long and 8 cm wide?"),
    )),
    Voice("command", "as a command, without any question mark.", (
        (_EGGS, "Laura has 36 eggs and sells 17. Find out how many eggs she has left."),
        (_AREA, "Calculate the area, in square centimeters, of a rectangle that is 15 cm by 8 cm."),
        (_PRODUCT, "Compute 14 times 23."),
    )),
    Voice("typos", "with a few small spelling mistakes, but with all numbers right.", (
        (_EGGS, "Laura has 36 eggs and sels 17 of them. How meny eggs does Laura hav left?"),
        (_TRAIN, "A train travles at 85 km per hour for 3 hours, how many km dose it travel?"),
        (_EQUATION, "Sovle 7x + 13 = 62"),
    )),
    Voice("lower case", "in lower case only, like a quick chat message, with little punctuation.", (
        (_EGGS, "laura has 36 eggs and sells 17, how many eggs left"),
        (_SALE, "jacket is $60 and 25% off in a sale, whats the sale price in dollars"),
        (_PRODUCT, "whats 14 * 23"),
    )),
    Voice("abbreviated", "with units and common words abbreviated.", (
        (_TRAIN, "Train goes 85 km/h for 3 h. How many km?"),
        (_AREA, "Rectangle: 15 cm x 8 cm. Area in sq cm?"),
        (_PAY, "Laura buys 4 mugs @ $7 ea., pays w/ $50. Change in $?"),
    )),
    Voice("words", "with all numbers written as words.", (
        (_EGGS, "Laura has thirty-six eggs and sells seventeen of them. How many eggs does Laura have left?"),
        (_BOXES, "There are twelve boxes with eighteen pencils in each. How many pencils are there in all?"),
        (_PRODUCT, "What is fourteen times twenty-three?"),
    )),
    Voice("story", "as a little story with some more detail, but without any new numbers.", (
        (_EGGS, (
            "On a sunny morning Laura carried 36 eggs to the village market. By noon she had sold 17 of them and "
            "packed up to go home. How many eggs did Laura have left?"
        )),
        (_BOXES, (
            "The school office ordered supplies for the new year. When the truck came, it brought 12 boxes, and "
            "each of them held 18 pencils. How many pencils were delivered in all?"
        )),
        (_AGE, (
            "At the family dinner everybody talked about birthdays. Mark is 34 years old, and Jenny laughed, "
            "because she is 6 years older than Mark. How old is Jenny?"
        )),
    )),
    Voice("textbook", "in the style of a textbook exercise.", (
        (_EGGS, "Exercise. Laura owns 36 eggs. She sells 17 of these eggs. How many eggs remain?"),
        (_EQUATION, "Find the value of x that satisfies the equation 7x + 13 = 62."),
        (_AREA, "A rectangle has a length of 15 cm and a width of 8 cm. Find its area in square centimeters."),
    )),
    Voice("first person", "in the first person, as if it were your own problem.", (
        (_EGGS, "I have 36 eggs and I sell 17 of them. How many eggs do I have left?"),
        (_PAY, "I'm buying 4 mugs at $7 each and I pay with $50. How many dollars of change do I get?"),
        (_AGE, "I am 34 years old and Jenny is 6 years older than me. How old is Jenny?"),
    ), own_person=True),
    Voice("second person", "so that it speaks to the reader as you.", (
        (_EGGS, "You have 36 eggs and you sell 17 of them. How many eggs do you have left?"),
        (_PAY, "You buy 4 mugs at $7 each and pay with $50. How many dollars of change do you get?"),
        (_PRODUCT, "Multiply 14 by 23. What do you get?"),
    ), own_person=True),
    Voice("forum", "as a post by someone who asks for help with it.", (
        (_SALE, (
            "Can anyone help? A jacket costs $60 and it's 25% off in a sale. I need to find the sale price in "
            "dollars. How do I do this?"
        )),
        (_EQUATION, "Stuck on this one: 7x + 13 = 62. What is x? Any help appreciated."),
        (_EGGS, (
            "Need help with my homework: Laura has 36 eggs, she sells 17 of them, and I have to say how many "
            "eggs she has left."
        )),
    )),
    Voice("learner", "in simple English, the way someone who is still learning English would say it.", (
        (_EGGS, "Laura have 36 eggs. She sell 17 eggs. Now how many eggs she have?"),
        (_TRAIN, "The train is going 85 km in one hour. It go 3 hours. How many km it make?"),
        (_PRODUCT, "How much make 14 multiply with 23?"),
    )),
    Voice("if", "as one single sentence that begins with If, Given or Suppose.", (
        (_EGGS, "If Laura has 36 eggs and sells 17 of them, how many eggs does she have left?"),
        (_TRAIN, "Given that a train travels at 85 km per hour, how many km does it travel in 3 hours?"),
        (_AREA, "Suppose a rectangle is 15 cm long and 8 cm wide; what is its area in square centimeters?"),
    )),
    Voice("notes", "as a list of facts with the thing that is wanted at the end.", (
        (_EGGS, "Eggs Laura has: 36. Eggs sold: 17. Wanted: how many eggs are left?"),
        (_AREA, "Rectangle. Length: 15 cm. Width: 8 cm. Find: area in square centimeters."),
        (_SALE, "Jacket: $60. Sale: 25% off. Wanted: sale price in dollars."),
    )),
)  # fmt: skip
BY_NAME = {voice.name: voice for voice in VOICES}

SYSTEM = (
    "You rewrite math problems. Keep every number, name and thing of the problem, keep what is asked, add no new "
    "numbers, "
    "and never solve it. Reply with the rewritten problem only."
)


def chat(*turns: tuple[str, str], system: str = "You are a helpful assistant.") -> str:
    """Turns in the ChatML format that Qwen2.5 was trained on, with the reply begun."""
    lines = [("system", system), *turns]
    return "".join(f"<|im_start|>{who}\n{said}<|im_end|>\n" for who, said in lines) + "<|im_start|>assistant\n"


def rewriting(voice: Voice, prompt: str) -> str:
    """The prompt for one rewriting; what all problems share comes first, so that it is computed once."""
    ask = f"Rewrite the math problem {voice.ask}\n\n"
    turns = [turn for was, became in voice.shown for turn in (("user", ask + was), ("assistant", became))]
    return chat(*turns, ("user", ask + prompt), system=SYSTEM)


def solving(problem: str) -> str:
    """The prompt for one solution."""
    return chat(("user", f"{problem}\n\nSolve this in a few short steps. Put the final answer within \\boxed{{}}."))


def programming(problem: str) -> str:
    """The prompt for one program that prints the answer."""
    ask = (
        "Write a short Python program that computes the answer to this problem and prints only the answer, one number."
    )
    return chat(("user", f"{ask} Reply with the program only.\n\n{problem}"))
