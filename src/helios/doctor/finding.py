"""What an examination found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["ok", "warning", "problem"]
"""A warning narrows what can be made; a problem stops films from being made."""

_WRITTEN = ConfigDict(use_attribute_docstrings=True, extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    __pydantic_config__: ClassVar[ConfigDict] = _WRITTEN

    name: str
    status: Status
    message: str
    remedy: str = ""
    """The command that mends it, or what to do."""


class MachineReport(BaseModel):
    """What ``helios doctor`` found, as ``--json`` prints it."""

    model_config = _WRITTEN

    version: Literal[1] = 1
    problems: int
    """How many of the findings are problems."""
    findings: tuple[Finding, ...]


def ok(name: str, message: str) -> Finding:
    """Something that is as it should be."""
    return Finding(name=name, status="ok", message=message)


def warning(name: str, message: str, remedy: str) -> Finding:
    """Something that some films need is missing."""
    return Finding(name=name, status="warning", message=message, remedy=remedy)


def problem(name: str, message: str, remedy: str) -> Finding:
    """Something without which nothing works is missing."""
    return Finding(name=name, status="problem", message=message, remedy=remedy)
