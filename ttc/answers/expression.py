"""Read a formula in plain or LaTeX notation into a small tree."""

import re
from fractions import Fraction
from typing import Final

from ttc.answers.nodes import Call, Node, Number, Symbol, TooDeep, Unreadable, number, repeating
from ttc.answers.vocabulary import FUNCTIONS, GREEK

MAX_DEPTH: Final = 80  # nested brackets and the atoms in them
MAX_LENGTH: Final = 1500  # characters

ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log"}
INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan"}
TOKEN = re.compile(
    r"\s*(?:(?P<repeat>\d*\.\d*(?:\\overline ?\{\d+\}|\\dot ?\{\d\}|\\bar ?\{\d+\}|\(\d+\)(?!\d))|\d*\.\d{3,}\.\.\.)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+(?![a-zA-Z\d.]))?)"
    r"|\\(?P<command>[a-zA-Z]+)|(?P<word>[a-zA-Z]+)|(?P<brace>\\[{}])|(?P<sign>\*\*|[-+*/^_!()\[\]{}|%'=<>,]))"
)


class Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise Unreadable(f"{len(text)} characters")
        self.tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None:
                raise Unreadable(text)
            kind = str(found.lastgroup)
            self.tokens.append((kind, found[kind]))
            position = found.end()
        self.at = 0
        self.depth = 0
        self.bars = 0

    def parse(self) -> Node:
        """Return the tree of the whole text or raise Unreadable."""
        tree = self.sum()
        if self.at < len(self.tokens):
            raise Unreadable(self.tokens[self.at][1])
        return tree

    def peek(self) -> tuple[str, str]:
        """The next token as (kind, text); kind "end" after the last."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these signs."""
        kind, text = self.peek()
        if kind in ("sign", "brace") and text in texts:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over the next token, which must be this sign."""
        if not self.take(text):
            raise Unreadable(f"missing {text}")

    def enter(self) -> None:
        """Count a bracket level."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooDeep(f"more than {MAX_DEPTH} nested brackets")

    def bracketed(self, closing: str) -> Node:
        """A sum up to the closing bracket."""
        tree = self.sum()
        self.expect(closing)
        return tree

    def sum(self) -> Node:
        """Terms joined by plus, minus and plus-minus signs."""
        terms: list[Node] = []
        while True:
            kind, text = self.peek()
            if self.take("+"):
                terms.append(self.product())
            elif self.take("-"):
                terms.append(Call("neg", (self.product(),)))
            elif kind == "command" and text in ("pm", "mp"):
                self.at += 1
                terms.append(Call("plusminus" if text == "pm" else "minusplus", (self.product(),)))
            elif not terms:
                terms.append(self.product())
            else:
                return terms[0] if len(terms) == 1 else Call("add", tuple(terms))

    def product(self) -> Node:
        """Factors joined by signs or merely written side by side, from left to right."""
        if self.take("-"):
            self.enter()
            tree: Node = Call("neg", (self.product(),))
            self.depth -= 1
            return tree
        factors = [self.power()]
        while True:
            if self.take("*"):
                factors.append(self.signed())
            elif self.take("/"):
                factors.append(Call("pow", (self.signed(), Number(Fraction(-1)))))
            elif self.starts_factor():
                factors.append(self.power())
            else:
                return factors[0] if len(factors) == 1 else Call("mul", tuple(factors))

    def signed(self) -> Node:
        """A factor that may have its own sign, as in 2 * -3."""
        self.enter()
        if self.take("-"):
            tree: Node = Call("neg", (self.signed(),))
        else:
            self.take("+")
            tree = self.power()
        self.depth -= 1
        return tree

    def starts_factor(self) -> bool:
        """Say whether the next token begins another factor of a product."""
        kind, text = self.peek()
        if kind in ("number", "repeat"):  # "2 3" is no product
            return self.tokens[self.at - 1][0] not in ("number", "repeat")
        if kind == "command":
            return text not in (
                "pm",
                "mp",
                "le",
                "ge",
                "ne",
                "in",
                "rangle",
                "rfloor",
                "rceil",
                "approx",
                "cap",
                "setminus",
                "to",
            )
        return kind == "word" or text in ("(", "[", "{") or (text == "|" and not self.bars)

    def power(self) -> Node:
        """An atom with its factorials, per cent or degree signs and exponent."""
        base, depth = self.atom(), self.depth
        while True:
            self.enter()  # 5!!!! is as deep as four brackets
            if self.take("!"):
                base = Call("factorial", (base,))
            elif self.take("%"):
                base = Call("mul", (base, Number(Fraction(1, 100))))
            elif self.peek() == ("word", "degrees"):
                self.at += 1
                base = Call("mul", (base, Call("mul", (Symbol("pi"), Number(Fraction(1, 180))))))
            else:
                break
        if self.take("^", "**"):
            base = Call("pow", (base, self.bracketed("}") if self.take("{") else self.signed()))
        self.depth = depth
        return base

    def group(self) -> Node:
        """An argument in braces or, as in LaTeX, one digit or atom without them."""
        if self.take("{"):
            return self.bracketed("}")
        kind, text = self.peek()
        if kind == "number" and len(text) > 1 and text.isdigit():
            self.tokens[self.at : self.at + 1] = [("number", text[0]), ("number", text[1:])]
        return self.atom()

    def atom(self) -> Node:
        """A number, name, bracket, root, fraction or function."""
        self.enter()
        tree = self.plain_atom()
        self.depth -= 1
        return tree

    def plain_atom(self) -> Node:
        """What `atom` reads, without counting the depth."""
        kind, text = self.peek()
        self.at += 1
        if kind == "number":
            return number(text)
        if kind == "repeat":
            return Number(repeating(text))
        if kind == "sign" and text in "([{":
            return self.bracketed({"(": ")", "[": "]", "{": "}"}[text])
        if kind == "sign" and text == "|":
            self.bars += 1
            tree = self.bracketed("|")
            self.bars -= 1
            return Call("abs", (tree,))
        if kind == "command":
            return self.command(text)
        if kind == "word":
            return self.word(text)
        raise Unreadable(text or "the end")

    def command(self, name: str) -> Node:  # noqa: PLR0911 - one for each command
        """What follows a backslash."""
        if name == "frac":
            top, bottom = self.group(), self.group()
            return Call("mul", (top, Call("pow", (bottom, Number(Fraction(-1))))))
        if name == "binom":
            return Call("binom", (self.group(), self.group()))
        if name == "sqrt":
            index = self.bracketed("]") if self.take("[") else Number(Fraction(2))
            return Call("root", (self.bracketed(")") if self.take("(") else self.group(), index))
        if name in ("lfloor", "lceil"):
            tree = self.sum()
            if self.peek() != ("command", name.replace("l", "r", 1)):
                raise Unreadable(name)
            self.at += 1
            return Call(name[1:], (tree,))
        if name == "pi":
            return Symbol("pi")
        if name in FUNCTIONS:
            return self.function(name)
        if name in GREEK:
            return self.variable(name)
        raise Unreadable("\\" + name)

    def word(self, name: str) -> Node:
        """Plain letters: a function, a constant or a product of variables."""
        if name in ("pi", "infinity", "oo", "inf"):
            return Symbol("pi" if name == "pi" else "infinity")
        if name in ("sqrt", "cbrt"):
            index = Number(Fraction(2 if name == "sqrt" else 3))
            return Call("root", (self.bracketed(")") if self.take("(") else self.atom(), index))
        if name in FUNCTIONS or name.lower() in FUNCTIONS:
            return self.function(name.lower())
        if name in GREEK:
            return self.variable(name)
        for known in ("sqrt", "pi"):  # 3pi is two tokens, but xpi or isqrt one word
            if name.endswith(known) and len(name) - len(known) <= 2:
                self.tokens[self.at : self.at] = [("word", known)]
                return self.word(name[: -len(known)])
        if len(name) > 3 or len(set(name)) < len(name) > 2:
            raise Unreadable(name)
        letters = [Symbol(letter) for letter in name[:-1]]
        last = self.variable(name[-1])
        return last if not letters else Call("mul", (*letters, last))

    def variable(self, name: str) -> Node:
        """A letter with its subscript and primes; f(...) and g(...) are applications."""
        if self.take("_"):
            subscript = ""
            if self.take("{"):
                while not self.take("}"):
                    subscript += self.peek()[1] or self.fail("}")
                    self.at += 1
            else:
                subscript = self.peek()[1]
                self.at += 1
            name += "_" + subscript
        while self.take("'"):
            name += "'"
        if name[0] in "fg" and self.take("("):
            return Call("apply " + name, (self.bracketed(")"),))
        return Symbol(name)

    def fail(self, text: str) -> str:
        """Give up where something is missing."""
        raise Unreadable(f"missing {text}")

    def function(self, name: str) -> Node:
        """A function with its power and base: sin^2 x, log_2 8."""
        name = ALIASES.get(name, name)
        extra: tuple[Node, ...] = ()
        power: Node | None = None
        if name == "log" and self.take("_"):
            name, extra = "logbase", (self.group(),)
        if self.take("^"):
            power = self.group() if not self.take("-") else Call("neg", (self.group(),))
            if power == Call("neg", (Number(Fraction(1)),)) and name in INVERSES:
                name, power = INVERSES[name], None
        tree: Node = Call(name, (*self.arguments(), *extra))
        return tree if power is None else Call("pow", (tree, power))

    def arguments(self) -> tuple[Node, ...]:
        """What a function is applied to: a bracket, or the product that follows."""
        for opening, closing in (("(", ")"), ("{", "}"), ("[", "]")):
            if self.take(opening):
                found = [self.sum()]
                while self.take(","):
                    found.append(self.sum())
                self.expect(closing)
                return tuple(found)
        factors = [self.power()]
        while self.starts_factor() and self.peek()[1] not in FUNCTIONS and self.peek()[1] not in "([":
            factors.append(self.power())
        return (Call("mul", tuple(factors)),) if len(factors) > 1 else tuple(factors)


def parse(text: str) -> Node:
    """Return the tree of a formula in the notation of `clean`; Unreadable if it is none."""
    return Parser(text).parse()
