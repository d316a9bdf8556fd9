"""The allocator: what to buy next for a problem, from a belief about its difficulty, at a price.

May import: what a run uses, `prices`, `search`.
"""
