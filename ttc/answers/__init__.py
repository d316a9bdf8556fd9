"""Take final answers out of texts, compare them as a grader would, and group equal ones for votes.

`extract.py` finds the answer in a text, `equivalence.py` says whether two answers are equal, and `grouping.py` makes
groups for votes. sympy runs in a process of its own (`worker.py`), for a hostile text may keep it busy for ever.

Where an answer is looked for:

- `boxes.py`, `markers.py`, `statements.py`, `choices.py`: boxes, tags, sentences that announce it, options;
- `concluding.py`, `closing.py`, `remarks.py`: the last line, and what to trim from it;
- `structured.py`: tool calls and JSON.

What an answer is read as, `reading.py` first:

- `clean.py`, `wording.py`, `vocabulary.py`, `scan.py`: one plain notation for LaTeX, Unicode, words and typing;
- `numerals.py`, `notations.py`, `quantity.py`, `units.py`: numbers in words, times and ratios, numbers with units;
- `expression.py`, `nodes.py`, `exact.py`, `equations.py`: formulas and equations;
- `lists.py`, `matrices.py`, `real_sets.py`: tuples and sets, matrices, intervals and inequalities.

How two readings are compared, `compare.py` first: `probing.py` at a few points, `printing.py` in a fixed order,
`symbolic.py` by sympy. `forms.py` has the kinds of readings.

May import: nothing of ttc.
"""

from ttc.answers.equivalence import canonical, equivalent
from ttc.answers.extract import extract_answer
from ttc.answers.grouping import group_answers, group_known, settle

__all__ = ["canonical", "equivalent", "extract_answer", "group_answers", "group_known", "settle"]
