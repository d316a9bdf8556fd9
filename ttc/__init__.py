"""ttc: spend test-time compute well."""

from ttc.version import __version__

__all__ = ["__version__"]
