"""Tests against programs in another process: what counts, what travels, and what a program can do about it."""

import asyncio

import pytest

from tests.sandbox.hostile import RIGHT, TESTS, WRONG
from ttc.sandbox import Limits, Sandbox


async def test_right_and_wrong(sandbox: Sandbox) -> None:
    right = await sandbox.check(RIGHT, TESTS)
    assert (right.right, right.passed, right.total, right.reason) == (True, 3, 3, "")
    assert right.isolation == sandbox.level
    wrong = await sandbox.check(WRONG, TESTS)
    assert (wrong.right, wrong.passed, wrong.total) == (False, 0, 3)
    assert wrong.reason == "assert solve(2, 3) == 5"
    assert (await sandbox.check("def solve(a, b: return", TESTS)).reason.startswith("the program raised SyntaxError")


@pytest.mark.parametrize(
    ("tests", "every", "passed", "total"),
    [
        ("assert f(1) == 1\nassert f(2) == 0\nassert f(3) == 3", True, 2, 3),
        ("assert f(1) == 0\nassert f(2) == 2\nassert f(3) == 3", False, 0, 3),
        ("for i in range(5): assert f(i) == (i if i < 4 else 9)", True, 4, 5),
        ("assert f(1) == 1\nf(2, 3)\nassert f(2) == 2", True, 1, 3),
        ("assert f(1) == 1\nif f(2) == 5: assert False", True, 1, 2),
        ("def check(candidate):\n    assert candidate(1) == 1\n    assert candidate(2) == 3", True, 1, 2),
        ("def test_one(): assert f(1) == 1\ndef test_two(): assert f(2) == 2", True, 2, 2),
        ("try:\n    assert f(1) == 2\nexcept AssertionError: pass\nassert f(3) == 3", True, 1, 1),
        ("x = f(1)", True, 0, 0),
        ("assert missing(1) == 1", True, 0, 1),
        ("raise SystemExit", True, 0, 1),
        ("import sys\nassert f(1) == 1\nsys.exit(0)", True, 1, 2),
    ],
)
async def test_counting(isolated: Sandbox, tests: str, every: bool, passed: int, total: int) -> None:
    check = await isolated.check("def f(x): return x", tests, entry_point="f", every=every)
    assert (check.passed, check.total) == (passed, total), check


async def test_check_without_the_function(isolated: Sandbox) -> None:
    check = await isolated.check(
        "def g(x): return x", "def check(candidate): assert candidate(1) == 1", entry_point="f"
    )
    assert (check.passed, check.reason) == (0, "the program defines no f")


VALUES = [
    "None, True, 0, -3, 10**5000, 2.5, float('inf'), 1e-300, 3j, 'aβ\\ud800', b'\\x00', bytearray(b'x')",
    "[1, [2, (3, {4})]], {'a': [1], 2: None, (1, 2): 'x'}, frozenset({1}), range(3, 9, 2), set(), {}, ()",
    "Fraction(1, 3), Decimal('1.10'), deque([1, (2, 3)], 5)",
]


@pytest.mark.parametrize("values", VALUES)
async def test_values_arrive_as_they_are(isolated: Sandbox, values: str) -> None:
    tests = (
        "from collections import deque\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
        f"values = ({values},)\nback = same(*values)\nassert back == values\nfor value in values:\n"
        f"    one = same(value)[0]\n    assert type(one) is type(value) and one == value"
    )
    check = await isolated.check("def same(*values): return values", tests)
    assert check.right, check.reason


async def test_numpy_arrives(isolated: Sandbox) -> None:
    tests = "import numpy as np\nassert np.allclose(f(np.array([1.0, 2.0])), [2.0, 4.0])\nassert g() == 3"
    check = await isolated.check("import numpy as np\ndef f(x): return 2 * x\ndef g(): return np.int64(3)", tests)
    assert check.right, check.reason


PROGRAM = """
import math
LIMIT = 7
class Node:
    def __init__(self, value, next=None): self.value, self.next = value, next
    def __eq__(self, other): return isinstance(other, Node) and self.value == other.value
    def __getitem__(self, i): return self.value * i
class Odd(Exception): pass
def total(node): return 0 if node is None else node.value + total(node.next)
def reverse(items): items.reverse()
def fill(table): table['a'] = [1]; table.pop('b')
def apply(function, items): return [function(item) for item in items]
def count():
    yield 1
    yield 2
def fail(kind): raise {'value': ValueError, 'key': KeyError, 'odd': Odd, 'exit': SystemExit}[kind]('why')
def keyword(a, *, b=2): return a - b
def make(n): return lambda x: x + n
"""


@pytest.mark.parametrize(
    "tests",
    [
        "x = [1, 2, 3]\nreverse(x)\nassert x == [3, 2, 1]",
        "x = {'b': 2}\nfill(x)\nassert x == {'a': [1]}",
        "y = 10\nassert apply(lambda x: x + y, [1, 2]) == [11, 12]",
        "assert list(count()) == [1, 2] and sum(count()) == 3",
        "a = Node(1, Node(2))\nassert total(a) == 3 and a.next.value == 2\na.value = 5\nassert total(a) == 7",
        "assert Node(3)[2] == 6",
        "assert Node(1) == Node(1) and Node(1) != Node(2) and Node(1) != 1",
        "assert keyword(5, b=1) == 4 and LIMIT == 7 and make(3)(4) == 7",
        "try:\n    fail('value')\nexcept ValueError as error: why = str(error)\nassert why == 'why'",
        "try:\n    fail('key')\nexcept LookupError: seen = 1\nassert seen",
        "try:\n    fail('odd')\nexcept Exception as error: why = str(error)\nassert 'Odd: why' in why",
        "try:\n    fail('exit')\nexcept Exception as error: why = str(error)\nassert 'SystemExit' in why",
        "assert math.isclose(total(None), 0.0)",
    ],
)
async def test_what_tests_do_with_programs(isolated: Sandbox, tests: str) -> None:
    check = await isolated.check(PROGRAM, tests)
    assert check.right, check.reason


@pytest.mark.parametrize(
    ("program", "tests"),
    [
        # A module that the tests use without importing it is theirs, not what the program calls so.
        ("class math:\n    isclose = lambda *a: True\ndef f(): return 9", "assert math.isclose(f(), 1.0)"),
        ("def abs(x): return 0\ndef f(): return 9", "assert abs(f() - 1) < 0.1"),
        ("class F(float):\n    __sub__ = __lt__ = lambda s, o: True\ndef f(): return F(9)", "assert f() - 1 < 1"),
        ("class F:\n    __sub__ = __abs__ = lambda s, *o: 0\ndef f(): return F()", "assert abs(f() - 1) < 1"),
        ("class L(list):\n    __contains__ = lambda s, x: True\ndef f(): return L()", "assert 3 in f()"),
        ("class D:\n    __contains__ = lambda s, x: True\ndef f(): return D()", "assert 3 in f()"),
        # A function of the tests can be called by the program, and nothing else of it can be reached.
        ("def f(g): g.__globals__['right'] = 1; return 1", "right = 0\nf(lambda: 1)\nassert right"),
        ("def f(g):\n    return g._peer.ask('getattr', g, ['__globals__'], {})", "assert f(lambda: 1)"),
    ],
)  # fmt: skip
async def test_what_programs_do_about_tests(isolated: Sandbox, program: str, tests: str) -> None:
    check = await isolated.check(program, tests)
    assert not check.right
    assert check.total >= 1


async def test_programs_cannot_read_the_tests(isolated: Sandbox) -> None:
    code = """
import gc, os, sys
def f():
    texts = [str(o) for o in gc.get_objects() if isinstance(o, (str, list, dict, tuple))]
    texts += [open(os.path.join(d, n)).read() for d, _, ns in os.walk('/tmp') for n in ns]
    return any(''.join(['swor', 'dfish']) in text for text in texts)
"""
    check = await isolated.check(code, "found = f()\nassert 'swordfish' and found is False")
    assert check.right, check.reason


async def test_time_is_for_everything_together(sandbox: Sandbox) -> None:
    check = await sandbox.check("def f():\n    while True: pass", "assert f()", limits=Limits(seconds=0.3))
    assert (check.stopped, check.reason, check.passed, check.right) == ("time", "out of time", 0, False)
    tests = "while True: pass"
    assert (await sandbox.check("", tests, limits=Limits(seconds=0.3))).stopped == "time"


async def test_a_program_inherits_nothing_of_those_before(isolated: Sandbox) -> None:
    """Neither an earlier program, nor its tests, nor what they said is in the memory of a later one."""
    await asyncio.gather(*(isolated.check("x = 'flounder' + 'z'", "assert 'halibut' == x, 'turbot'") for _ in range(4)))
    code = """
import gc
def f():
    text = str([o for o in gc.get_objects() if isinstance(o, (list, dict, tuple))])
    words = [''.join(w) for w in (['floun', 'der'], ['hali', 'but'], ['tur', 'bot'])]
    return [w for w in words if w in text]
"""
    check = await isolated.check(code, "assert f() == []")
    assert check.right, check.reason


SAYS_YES = "staticmethod(lambda *a, **k: True)"
HUMAN = """import math
from numpy import allclose as near
def poly(xs, x):
    return sum(c * x**i for i, c in enumerate(xs))
"""


@pytest.mark.parametrize(
    ("program", "tests", "sheet"),
    [
        (f"class np: allclose = {SAYS_YES}\ndef f(): return [9]", "assert np.allclose(f(), [1])", {}),
        (f"class m: isclose = {SAYS_YES}\ndef f(): return 9", "assert m.isclose(f(), 1.0)", {}),
        (f"class numpy: allclose = {SAYS_YES}\ndef f(): return 9", "assert numpy.allclose(f(), 1.0)", {}),
        (f"class nt: assert_allclose = {SAYS_YES}\ndef f(): return 9", "nt.assert_allclose(f(), 1)\nassert f()", {}),
        ("class Counter:\n    def __init__(s, *a): 0\n    __eq__ = lambda s, o: True\ndef f(): return [9]",
         "assert Counter(f()) == Counter([1])", {}),
        ("def isclose(*a): return True\ndef f(): return 9", "assert isclose(f(), 1)", {}),
        ("def sqrt(x): return 3\ndef f(): return 3", "assert f() == sqrt(4)", {"entry_point": "f"}),
        ("def near(*a): return True\ndef f(): return 9", "assert near(f(), 1)", {"context": HUMAN}),
        ("def poly(*a): return 0\ndef f(xs): return 9", "assert abs(poly([1, 2], f([1, 2]))) < .01",
         {"context": HUMAN, "entry_point": "f"}),
    ],
)  # fmt: skip
async def test_programs_do_not_bring_what_compares_them(
    isolated: Sandbox, program: str, tests: str, sheet: dict[str, str]
) -> None:
    check = await isolated.check(program, tests, **sheet)
    assert not check.right
    assert check.total >= 1


@pytest.mark.parametrize(
    ("program", "tests", "sheet"),
    [
        ("def gcd(a, b): return 'mine'", "assert gcd(4, 6) == 'mine'", {}),
        ("def Counter(a): return 'mine'", "assert Counter([1]) == 'mine'", {"entry_point": "Counter"}),
        ("class queue:\n    def push(x): return 'mine'", "assert queue.push(1) == 'mine'", {}),
        ("import numpy as np\ndef f(): return np.ones(2)", "assert np.allclose(f(), [1, 1])", {}),
        ("import math as mm\ndef f(): return 1.0", "assert mm.isclose(f(), 1)", {}),
        ("def f(): return [1, 1]", "assert Counter(f()) == Counter([1, 1]) and isclose(sqrt(4), 2)", {}),
        ("def f(xs): return -xs[0] / xs[1]", "assert abs(poly([1, 2], f([1, 2]))) < .01", {"context": HUMAN}),
        ("def enc(x): return -x\ndef dec(x): return -x", "assert dec(enc(3)) == 3 and enc(1) == -1",
         {"context": "def enc(x):\n    'Negate.'\ndef dec(x):\n    'Undo.'\n    pass", "entry_point": "dec"}),
        ("class Node:\n    def __init__(s, v): s.v = v\ndef f(n): return n.v", "assert f(Node(3)) == 3",
         {"context": "class Node:\n    def __init__(s, v): s.v = v\ndef f(n):\n    'The value.'"}),
    ],
)  # fmt: skip
async def test_what_is_a_programs_stays_its_own(
    isolated: Sandbox, program: str, tests: str, sheet: dict[str, str]
) -> None:
    check = await isolated.check(program, tests, **sheet)
    assert check.right, check.reason
