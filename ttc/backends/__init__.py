"""Backends: servers, embedded models, simulation, recordings."""
