"""What a program must know to make a film, in a page."""

from __future__ import annotations

from importlib.resources import files


def guide() -> str:
    """The text."""
    return files("helios.agents").joinpath("llms.txt").read_text()
