"""Take final answers out of texts, compare them as a grader would, and group equal ones for votes.

`extract.py` finds the answer in a text, `equivalence.py` says whether two answers are equal, and `grouping.py` makes
groups for votes. sympy runs in a process of its own (`worker.py`), for a hostile text may keep it busy for ever.

The room imports no other room of ttc.
"""

from ttc.answers.equivalence import canonical, equivalent
from ttc.answers.extract import extract_answer
from ttc.answers.grouping import group_answers, group_known, settle

__all__ = ["canonical", "equivalent", "extract_answer", "group_answers", "group_known", "settle"]
