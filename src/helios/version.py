"""The version of Helios."""

__version__ = "0.1.0"
