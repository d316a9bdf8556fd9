"""Measuring a live server: the calibration, from which seconds are predicted.

`calibrate.py` chooses the points and measures them, `stopwatch.py` times single calls, and `server_metrics.py` reads
what a server says of itself. The fitted laws and their file are in `prices`.

May import: what a run uses, `prices`, `version`.
"""
