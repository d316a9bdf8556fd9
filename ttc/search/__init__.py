"""Decisions as pure functions of arrays: whom to keep, pair, resample, expand, and when to stop.

Imports nothing of ttc.
"""
