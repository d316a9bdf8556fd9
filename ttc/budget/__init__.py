"""The rule of a budget: what a run may cost, and the ledger that holds it.

May import: `errors`, `types`.
"""
