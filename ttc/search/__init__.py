"""Decisions as pure functions of arrays: whom to keep, pair, resample, expand, and when to stop.

May import: nothing of ttc.
"""
