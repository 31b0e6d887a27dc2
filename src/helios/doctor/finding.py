"""What an examination found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "problem"]
"""A warning narrows what can be made; a problem stops films from being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: Status
    message: str
    remedy: str = ""
    """The command that mends it, or what to do."""


def ok(name: str, message: str) -> Finding:
    """Something that is as it should be."""
    return Finding(name=name, status="ok", message=message)


def warning(name: str, message: str, remedy: str) -> Finding:
    """Something that some films need is missing."""
    return Finding(name=name, status="warning", message=message, remedy=remedy)


def problem(name: str, message: str, remedy: str) -> Finding:
    """Something without which nothing works is missing."""
    return Finding(name=name, status="problem", message=message, remedy=remedy)
