"""Words with a meaning: numbers, bases, ways to say that there is no answer, names of functions and Greek letters."""

from typing import Final

SMALL_NUMBERS: Final = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty
"""
TENS: Final = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
NUMBER_WORDS: Final = {word: value for value, word in enumerate(SMALL_NUMBERS.split())} | TENS
BASES: Final = {word: value for word, value in NUMBER_WORDS.items() if 2 <= value <= 16}

MEANINGS: Final = {
    "no solution": (
        "no solution;no solutions;no real solution;no real solutions;none;emptyset;empty set;the empty set;"
        "there is no solution;there are no solutions;no real roots;no roots;no such number exists;no such value"
    ),
    "undefined": ("undefined;dne;does not exist;not defined;d.n.e;doesn't exist;nonexistent;the limit does not exist"),
    "infinitely many": "infinitely many;infinitely many solutions;infinite solutions;infinite number of solutions",
    "infinity": "infinity;inf;oo",
    "all reals": "all real numbers;all reals;real numbers;all real x;all real values;mathbb{r",
}
SYNONYMS: Final = {phrase: meaning for meaning, phrases in MEANINGS.items() for phrase in phrases.split(";")}
WORDS_OF_LETTERS: Final = "no on is it at up us we go or ok am pm to in of by my so as an if do he me be hi fed cab"
SHORT_WORDS: Final = frozenset(WORDS_OF_LETTERS.split())

GREEK_NAMES = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau phi varphi
chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell
"""
FUNCTION_NAMES = """
sin cos tan cot sec csc arcsin arccos arctan arccot asin acos atan sinh cosh tanh ln log lg exp abs floor ceil sqrt cbrt
root binom factorial
"""
GREEK = frozenset(GREEK_NAMES.split())
FUNCTIONS = frozenset(FUNCTION_NAMES.split())
