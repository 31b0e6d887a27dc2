"""Parts of a film that players show by their names."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One part: where it lies in the film, and its name."""

    start_s: Fraction
    end_s: Fraction
    title: str
