"""Fold formulas into a fixed order and print them."""

import math
from fractions import Fraction
from typing import Final

from ttc.answers.exact import SHOWN_BITS, exact
from ttc.answers.nodes import Call, Node, Number, Symbol

CONSTANTS: Final = {"pi": math.pi, "e": math.e, "i": 1j, "infinity": math.inf}
LONG_DIGITS: Final = 4000
LONG: Final = 10**LONG_DIGITS


def _flatten(name: str, args: list[Node]) -> list[Node]:
    return [part for arg in args for part in (arg.args if isinstance(arg, Call) and arg.name == name else (arg,))]


def fold(node: Node) -> Node:
    """Compute the rational parts, flatten sums and products and put their parts in a fixed order."""
    if not isinstance(node, Call):
        return Number(node.value) if isinstance(node, Number) else node
    args = [fold(part) for part in node.args]
    name = node.name
    if all(isinstance(part, Number) for part in args):
        value = exact(Call(name, tuple(args)), SHOWN_BITS)
        if value is not None:
            return Number(value)
    if name == "neg":
        name, args = "mul", [Number(Fraction(-1)), *args]
    if name in ("add", "mul"):
        parts = _flatten(name, args)
        unit = Fraction(name == "mul")
        constant = exact(Call(name, tuple(part for part in parts if isinstance(part, Number))), SHOWN_BITS)
        if constant is not None:
            parts = [part for part in parts if not isinstance(part, Number)]
            if constant != unit:
                parts.insert(0, Number(constant))
        parts.sort(key=lambda part: ("0" if isinstance(part, Number) else "1") + show(part))
        return parts[0] if len(parts) == 1 else Call(name, tuple(parts))
    if name == "pow" and args[1] == Number(Fraction(1)):
        return args[0]
    return Call(name, tuple(args))


def show(node: Node) -> str:  # noqa: PLR0911 - one for each operation
    """Print a folded formula in plain notation that reads back as the same formula."""
    if isinstance(node, Number):
        top, bottom = _digits(node.value.numerator), node.value.denominator
        return top if bottom == 1 else f"{top}/{_digits(bottom)}"
    if isinstance(node, Symbol):
        return (
            node.name
            if node.name in CONSTANTS or not node.name[:2].isalpha() or len(node.name) < 2
            else "\\" + node.name
        )
    args = [show(part) for part in node.args]
    if node.name == "add":
        return "+".join(args).replace("+-", "-")
    if node.name == "mul" and node.args[0] == Number(Fraction(-1)):
        rest = Call("mul", node.args[1:]) if len(node.args) > 2 else node.args[1]
        return "-" + (f"({show(rest)})" if _loose(rest) else show(rest))
    if node.name == "mul":
        return "*".join(f"({text})" if _loose(part) else text for part, text in zip(node.args, args, strict=True))
    if node.name == "pow":
        return "^".join(f"({text})" if not _tight(part) else text for part, text in zip(node.args, args, strict=True))
    if node.name == "root" and args[1] in ("2", "3"):
        return f"{'sqrt' if args[1] == '2' else 'cbrt'}({args[0]})"
    if node.name == "root":
        return f"\\sqrt[{args[1]}]{{{args[0]}}}"
    if node.name == "factorial":
        return (args[0] if _tight(node.args[0]) else f"({args[0]})") + "!"
    if node.name == "logbase":
        return f"\\log_{{{args[1]}}}({args[0]})"
    if node.name in ("plusminus", "minusplus"):
        return ("\\pm " if node.name == "plusminus" else "\\mp ") + (
            f"({args[0]})" if _loose(node.args[0]) else args[0]
        )
    return f"{node.name.removeprefix('apply ')}({','.join(args)})"


def _digits(number: int) -> str:
    """All digits of an integer: Python writes no more than 4300 at once."""
    if abs(number) < LONG:
        return str(number)
    high, low = divmod(abs(number), LONG)
    return ("-" if number < 0 else "") + _digits(high) + str(low).zfill(LONG_DIGITS)


def _tight(node: Node) -> bool:
    if isinstance(node, Number):
        return node.value.denominator == 1 and node.value >= 0
    return isinstance(node, Symbol) or node.name not in (
        "add",
        "mul",
        "pow",
        "neg",
        "plusminus",
        "minusplus",
        "factorial",
    )


def _loose(node: Node) -> bool:
    return isinstance(node, Call) and node.name in ("add", "plusminus", "minusplus", "neg")


def node_text(node: Node) -> str:
    """The printed form of any formula."""
    return show(fold(node))


def symbols(node: Node) -> frozenset[str]:
    """Names of the variables and constants in a formula."""
    if isinstance(node, Symbol):
        return frozenset((node.name,))
    if isinstance(node, Number):
        return frozenset()
    return frozenset().union(*(symbols(part) for part in node.args))


def expand_signs(node: Node) -> list[Node]:
    """The formulas that a formula with plus-minus signs stands for: upper signs, lower signs."""

    def choose(tree: Node, upper: bool) -> Node:
        if not isinstance(tree, Call):
            return tree
        args = tuple(choose(part, upper) for part in tree.args)
        if tree.name in ("plusminus", "minusplus"):
            return args[0] if (tree.name == "plusminus") == upper else Call("neg", args)
        return Call(tree.name, args)

    return [choose(node, True), choose(node, False)]


def has_signs(node: Node) -> bool:
    """Say whether a formula has a plus-minus sign."""
    return isinstance(node, Call) and (node.name in ("plusminus", "minusplus") or any(map(has_signs, node.args)))
