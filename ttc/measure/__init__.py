"""Measuring models and servers before they are used: probe samples, and the calibration of a live server."""
