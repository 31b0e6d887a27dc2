"""What was found, where, why it matters, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "note", "problem"]
"""A note is to be known and may be meant; a problem is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the picture, in its pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    """What was looked at, in a word or two: ``frozen``, ``contrast``."""
    status: Status
    what: str
    """What is there."""
    start_s: float | None = None
    """From when on, in seconds of the film; None: no moment of it."""
    end_s: float | None = None
    """Until when."""
    why: str = ""
    """Why it matters, or how it is told."""
    remedy: str = ""
    """What to do."""
    box: Box | None = None
    """Where in the picture; None: all of it, or nowhere."""
    picture: str = ""
    """The file with the picture of it, if one was asked for."""

    @property
    def when(self) -> str:
        """The moment or stretch, for people; empty without one."""
        if self.start_s is None:
            return ""
        if self.end_s is None:
            return f"at {self.start_s:.2f} s"
        return f"{self.start_s:.2f} to {self.end_s:.2f} s"

    def to_json(self) -> dict[str, Any]:
        """All fields, in the words of ``--json``."""
        box = self.box
        return {
            "check": self.check,
            "status": self.status,
            "what": self.what,
            "start_s": None if self.start_s is None else round(self.start_s, 4),
            "end_s": None if self.end_s is None else round(self.end_s, 4),
            "why": self.why,
            "remedy": self.remedy,
            "box": None if box is None else [box.x, box.y, box.width, box.height],
            "picture": self.picture or None,
        }


def ok(check: str, what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(check=check, status="ok", what=what)


def problems(findings: list[Finding]) -> int:
    """How many of them are problems."""
    return sum(finding.status == "problem" for finding in findings)
