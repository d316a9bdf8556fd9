"""Verifiers and judges."""
