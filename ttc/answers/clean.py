"""Turn LaTeX, Unicode and plain typing into one plain notation that the readers understand."""

import re
from collections.abc import Callable

SPACE_SIGNS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
SPACES = dict.fromkeys(map(ord, SPACE_SIGNS), " ")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u2061\u2062"), None)
SIGNS = {
    "−": "-", "–": "-", "—": "-", "﹣": "-", "－": "-", "＋": "+", "×": "*", "✕": "*", "·": "*", "⋅": "*", "∙": "*",
    "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "√": " sqrt ", "∛": " cbrt ", "π": r"\pi ", "𝜋": r"\pi ", "∞": r"\infty ",
    "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ", "≠": r"\ne ", "＝": "=", "≈": r"\approx ", "∈": r"\in ",
    "∉": r"\notin ", "∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "∅": r"\emptyset ", "ℝ": r"\mathbb{R}",
    "ℤ": r"\mathbb{Z}", "±": r"\pm ", "∓": r"\mp ", "°": r"^\circ ", "º": r"^\circ ", "′": "'", "’": "'", "‘": "'",
    "“": "", "”": "", '"': "", "✓": "", "✔": "", "✅": "", "∎": "",
    "（": "(", "）": ")", "［": "[", "］": "]", "，": ",", "：": ":", "；": ";", "。": ".",
    "％": "%", "…": "...",  "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ",
    "⌉": r"\rceil ", "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4", "⅕": " 1/5", "⅖": " 2/5",
    "⅗": " 3/5", "⅘": " 4/5", "⅙": " 1/6", "⅚": " 5/6", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
    "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "θ": r"\theta ", "λ": r"\lambda ",
    "μ": r"\mu ", "φ": r"\phi ", "ω": r"\omega ", "σ": r"\sigma ", "￥": "¥", "≡": r"\equiv ",
}  # fmt: skip
FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
TRANSLATION = FULL_WIDTH | SPACES | INVISIBLE | {ord(sign): plain for sign, plain in SIGNS.items()}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

WRAPPERS = (
    r"text|mbox|mathrm|textrm|textbf|textit|textsf|texttt|mathbf|boldsymbol|bm|mathit|mathsf|hbox|operatorname\*?"
    r"|mathnormal|emph|textnormal|underline|mathcal"
)
NESTED = r"((?:[^{}]|\{[^{}]*\})*)"
THIN = r"(?:\{,\}|, ?\\!|\\,|\\!|\\;|\\:|\\ |~|\\thinspace\b)\s*"  # what LaTeX writes between thousands


def _without_thin(match: re.Match[str]) -> str:
    return re.sub(THIN, "", match.group())


RULES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\\(?:(?:display|text)style|limits|left|right|middle|[bB]igg?[lr]?|strut)(?![a-zA-Z])\.?"), ""),
    (re.compile(r"\\(?:angle|triangle|overline|overrightarrow)(?![a-zA-Z]) *\{? *([A-Z]{2,}) *\}?"), r"\1"),
    (re.compile(rf"(?<![\d.])[1-9]\d*(?:{THIN}\d{{3}}(?!\d))+|(?<=\.)\d{{3}}(?:{THIN}\d{{3}}(?!\d))+"), _without_thin),
    (re.compile(r"\\(?:!|negthinspace(?![a-zA-Z]))"), ""),
    (re.compile(r"\\[,;: >]|\\(?:quad|qquad|thinspace|enspace|hspace\*?\{[^{}]*\})(?![a-zA-Z])|~"), " "),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\[dt]binom(?![a-zA-Z])"), r"\\binom"),
    (re.compile(r"\\(?:times|cdot|ast|star)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])"), "/"),
    (re.compile(r"\\(?:leq|leqslant)(?![a-zA-Z])"), r"\\le "),
    (re.compile(r"\\(?:geq|geqslant)(?![a-zA-Z])"), r"\\ge "),
    (re.compile(r"\\(?:neq|not\s*=)(?![a-zA-Z])"), r"\\ne "),
    (re.compile(r"\\(?:varnothing|O)(?![a-zA-Z])"), r"\\emptyset "),
    (re.compile(r"\\(?:lvert|rvert|vert|mid)(?![a-zA-Z])"), "|"),
    (re.compile(r"\\(?:lbrack)(?![a-zA-Z])"), "["),
    (re.compile(r"\\(?:rbrack)(?![a-zA-Z])"), "]"),
    (re.compile(r"\\(?:lbrace)(?![a-zA-Z])"), r"\\{"),
    (re.compile(r"\\(?:rbrace)(?![a-zA-Z])"), r"\\}"),
    (re.compile(r"\\(?:lt)(?![a-zA-Z])"), "<"),
    (re.compile(r"\\(?:gt)(?![a-zA-Z])"), ">"),
    (re.compile(r"\\(?:ldots|dots|cdots|dotsc)(?![a-zA-Z])"), "..."),
    (re.compile(r"\\(?:R|reals|Reals)(?![a-zA-Z])"), r"\\mathbb{R}"),
    (re.compile(r"\\(?:degree|degrees|textdegree)(?![a-zA-Z])"), r"^\\circ "),
    (re.compile(r"\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])|\\circ\b"), " degrees "),
    (re.compile(r"\\imath(?![a-zA-Z])|\\mathrm\{i\}|\\mathbf\{i\}"), " i "),
    (re.compile(r"\\mathrm\{e\}"), " e "),
    (re.compile(r"\\(?:cup)(?![a-zA-Z])"), " ∪ "),
    (re.compile(r"\\langle(?![a-zA-Z]) ?"), "⟨"),
    (re.compile(r" ?\\rangle(?![a-zA-Z])"), "⟩"),
    (re.compile(r"\\infty(?![a-zA-Z])"), " infinity "),
    (re.compile(r"\\mathbb *\{? *([RZNQC]) *\}?"), r"\\mathbb{\1}"),
    (re.compile(r"\\frac\{ ([A-Za-z]+) \}\{ ([A-Za-z]+) \}"), r" \1/\2"),  # units in \\text
    (re.compile(r"\\%|\\(?:percent|textpercent)(?![a-zA-Z])"), "%"),
    (re.compile(r"\\(?:checkmark|blacksquare|square|qed|Box)(?![a-zA-Z])"), ""),
    (re.compile(r"\\textcolor\{\w*\}|\\color\{\w*\}|\\phantom\{[^{}]*\}"), ""),
    (re.compile(r"\\\$|\\textdollar(?![a-zA-Z])"), "¤"),
    (re.compile(r"\\[#&](?!\\)"), " "),
    (re.compile(r" *(?:\\pmod *\{? *(\d+) *\}?|\( *\\?mod *(\d+) *\))"), r" \\pmod{\1\2}"),
]  # fmt: skip
ESCAPED = re.compile(  # a backslash that was escaped once too often
    r"(?<!\\)\\\\(?=(?:[dt]?frac|left|right|sqrt|text|pi|cdot|times|boxed|le|leq|ge|geq|in|infty|cup)(?![a-zA-Z]))"
)
ROW_END = "¶"  # stands for \\ between the rows of a matrix
TEXT = re.compile(rf"\\(?:{WRAPPERS})(?![a-zA-Z])\s*\{{{NESTED}\}}")
BARE_WRAPPER = re.compile(rf"\\(?:{WRAPPERS}|bf|rm|it)(?![a-zA-Z])")
BOXED = re.compile(r"\\(?:[bB]oxed|fbox|framebox)\s*\{")
MIXED = re.compile(r"(?<![\d.^_{/*a-zA-Z)}])(\d+) *\\frac ?\{ ?(\d+) ?\} ?\{ ?(\d+) ?\}")
MIXED_PLAIN = re.compile(r"(?<![\d.^_{/*)}])(\d+)(?: +|-(?=\d+/\d+ (?:[a-z]|$)))(\d+) ?/ ?(\d+)(?![\d.])")
GROUPED = re.compile(r"(?<![\d.,])(?<!\d )([1-9]\d{0,2}(?:[ ']\d{3})+)(?![\d'])(?! \d)")


INNER = re.compile(r"(?<![\\$])\$(?! )([^$]*?(?<![\s\\]))\$(?!\d)|\\\((.+?)\\\)|\$\$(.+?)\$\$|(?<!\\)\\\[(.+?)\\\]")
# a formula within an answer; a dollar before a digit and after a blank is a currency, as in "$5 - $3"


def matching(text: str, start: int, opening: str = "{", closing: str = "}") -> int:
    """Return the index of the bracket that closes the one at `start`, or -1; escaped brackets do not count."""
    depth = 0
    position = start
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            position += 2
            continue
        depth += (sign == opening) - (sign == closing)
        if depth == 0:
            return position
        position += 1
    return -1


def strip_wrapping(text: str) -> str:
    """Take away what merely surrounds an answer: dollars, \\( \\), bold marks, a box, the full stop."""
    before = None
    while text != before:
        before = text
        text = text.strip().removesuffix("\\").strip() if not text.endswith("\\\\") else text.strip()
        for opening, closing in (
            ("$$", "$$"),
            ("$", "$"),
            (r"\(", r"\)"),
            (r"\[", r"\]"),
            ("**", "**"),
            ("`", "`"),
            ("__", "__"),
        ):
            if len(text) > len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing):
                inner = text[len(opening) : -len(closing)]
                if opening not in inner.replace(r"\$", "") and not (opening == "$" and inner.endswith("\\")):
                    text = inner.strip()
        box = BOXED.match(text)
        if box and matching(text, box.end() - 1) == len(text) - 1:
            text = text[box.end() : -1]
        if text.endswith((".", ",", ";", ":")) and not text.endswith(("...", "\\,", "\\;", "\\:", "m.")):
            text = text[:-1]
    return text


def _bare(formula: re.Match[str]) -> str:
    return next(group for group in formula.groups() if group is not None)


def _raise_digits(match: re.Match[str]) -> str:
    return "^{" + match.group().translate(RAISED) + "}"


def _lower_digits(match: re.Match[str]) -> str:
    return "_{" + match.group().translate(LOWERED) + "}"


def _mixed(match: re.Match[str]) -> str:
    whole, top, bottom = match.groups()
    return f"({whole}+{top}/{bottom})" if int(top) < int(bottom) else match.group()


def _ungroup(match: re.Match[str]) -> str:
    return match.group().replace(" ", "").replace("'", "")


def clean(answer: str) -> str:
    """Return the answer in plain notation: one kind of space, minus, fraction and bracket, no layout commands.

    Words in \\text{...} stay as plain words, dollar signs become `¤` and degrees the word `degrees`.
    """
    text = strip_wrapping(ESCAPED.sub(r"\\", answer) if "\\\\" in answer else answer)
    if text.isascii() and text.isdigit():
        return text
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", _raise_digits, text)
    text = re.sub("[₀₁₂₃₄₅₆₇₈₉]+", _lower_digits, text)
    text = strip_wrapping(text.translate(TRANSLATION))
    text = text.replace(ROW_END, " ")
    text = re.sub(r"\\\\(?: ?\[[^\]]*\])?", ROW_END, text)
    if "\\begin{cases}" in text and "&" not in text:
        text = re.sub(r"\\(?:begin|end)\{cases\}|\\left ?\\\{|\\right ?\.", "", text).replace(ROW_END, ",")
    for _ in range(3):  # wrappers in wrappers
        text, count = TEXT.subn(r" \1 ", text)
        if not count:
            break
    if "\\" in text:
        text = BARE_WRAPPER.sub(" ", text)
        for pattern, plain in RULES:
            text = pattern.sub(plain, text)
        text = re.sub(r"\\frac ?(\d) ?(\d)(?!\d)", r"\\frac{\1}{\2}", text)
        text = re.sub(r"\\frac ?(\d) ?\{", r"\\frac{\1}{", text)
    text = INNER.sub(_bare, text)
    text = text.replace("{,}", ",").replace("{, }", ", ").replace("{;}", ";").replace("{:}", ":").replace("$", "¤")
    text = re.sub(r"\s+", " ", text).strip()
    text = GROUPED.sub(_ungroup, text)
    text = MIXED_PLAIN.sub(_mixed, MIXED.sub(_mixed, text))
    return strip_wrapping(text).strip()
