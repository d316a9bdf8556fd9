"""The version of ttc, read by the build and by `ttc --version`."""

__version__ = "0.2.0.dev0"
