"""What was found, where, why it matters, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

Status = Literal["ok", "note", "problem"]
"""A note is to be known and may be meant; a problem is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the picture, in its pixels."""

    x: int
    y: int
    width: int
    height: int


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def _corners(box: Box | None) -> tuple[int, int, int, int] | None:
    return None if box is None else (box.x, box.y, box.width, box.height)


def _or_null(path: str) -> str | None:
    return path or None


_Seconds = Annotated[float | None, PlainSerializer(_rounded)]
_WRITTEN = ConfigDict(use_attribute_docstrings=True, extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    __pydantic_config__: ClassVar[ConfigDict] = _WRITTEN

    check: str
    """What was looked at, in a word or two: ``frozen``, ``contrast``."""
    status: Status
    what: str
    """What is there."""
    start_s: _Seconds = None
    """From when on, in seconds of the film; None: no moment of it."""
    end_s: _Seconds = None
    """Until when."""
    why: str = ""
    """Why it matters, or how it is told."""
    remedy: str = ""
    """What to do."""
    box: Annotated[Box | None, PlainSerializer(_corners)] = None
    """Where in the picture, ``[x, y, width, height]`` in pixels; None: all of it, or nowhere."""
    picture: Annotated[str, PlainSerializer(_or_null)] = ""
    """The file with the picture of it, if one was asked for."""

    @property
    def when(self) -> str:
        """The moment or stretch, for people; empty without one."""
        if self.start_s is None:
            return ""
        if self.end_s is None:
            return f"at {self.start_s:.2f} s"
        return f"{self.start_s:.2f} to {self.end_s:.2f} s"


class CompositionReport(BaseModel):
    """What ``helios check`` found, as ``--json`` prints it."""

    model_config = _WRITTEN

    version: Literal[1] = 1
    composition: str
    problems: int
    """How many of the findings are problems."""
    findings: tuple[Finding, ...]


class FilmReport(BaseModel):
    """What ``helios verify`` found, as ``--json`` prints it."""

    model_config = _WRITTEN

    version: Literal[1] = 1
    film: str
    problems: int
    """How many of the findings are problems."""
    findings: tuple[Finding, ...]


def ok(check: str, what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(check=check, status="ok", what=what)


def problems(findings: list[Finding]) -> int:
    """How many of them are problems."""
    return sum(finding.status == "problem" for finding in findings)
