"""One run: the session that a strategy meets, its one door for model calls, and what it becomes, a Result.

May import types, errors, prompts, answers, search, budget and the contract of backends.
"""
