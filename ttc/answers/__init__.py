"""Take final answers out of texts, compare them as a grader would, and group equal ones for votes."""

from ttc.answers.equivalence import canonical, equivalent
from ttc.answers.extract import extract_answer
from ttc.answers.grouping import group_answers, settle

__all__ = ["canonical", "equivalent", "extract_answer", "group_answers", "settle"]
