"""Captions: lines of words with their times, as the overlay page ``captions`` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_FASTEST_READ = 25.0
"""Characters a second; broadcasters ask for less (BBC subtitle guidelines: about 17)."""
_LONGEST_LINE = 84
"""Characters: two rows of 42, which is usual in the safe part of a wide picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionWord:
    """What is marked at once, and the half-open time in which it is."""

    start_s: float
    end_s: float
    text: str
    """With the space around it that it was written with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionLine:
    """The words that are seen together, and for how long."""

    start_s: float
    end_s: float
    words: tuple[CaptionWord, ...]
    speaker: str | None = None

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(word.text for word in self.words).strip()

    def values(self) -> dict[str, Any]:
        """As the page reads it."""
        words = [
            {"start": _rounded(w.start_s), "end": _rounded(w.end_s), "text": w.text}
            for w in self.words
        ]
        line = {"start": _rounded(self.start_s), "end": _rounded(self.end_s), "joined": True}
        return {**line, **({"speaker": self.speaker} if self.speaker else {}), "words": words}


def caption_troubles(lines: Sequence[CaptionLine]) -> Iterator[str]:
    """What viewers will not be able to read, a sentence for each."""
    for before, line in pairwise(lines):
        if line.start_s < before.end_s - 1e-6:
            yield f"{_clock(line)}: it comes before the last line has gone, which it replaces"
    for line in lines:
        if line.end_s <= line.start_s + 1e-6:
            yield f"{_clock(line)}: it ends before it begins, and is never seen"
            continue
        count = len(line.text)
        speed = count / (line.end_s - line.start_s)
        if count > _LONGEST_LINE:
            yield f"{_clock(line)}: {count} characters are more than two rows ({_LONGEST_LINE})"
        if speed > _FASTEST_READ and count > 5:
            yield f"{_clock(line)}: {speed:.1f} characters a second; {_FASTEST_READ:.0f} are read"


def beyond_end(lines: Sequence[Any], duration_s: float) -> Iterator[str]:
    """What is said of lines, as a page reads them, that begin when the film is over."""
    starts = [line.get("start") for line in lines if isinstance(line, dict)]
    late = [at for at in starts if isinstance(at, int | float) and at >= duration_s]
    if late:
        yield (
            f"{len(late)} of {len(lines)} lines begin after the film's end "
            f"({duration_s:.2f} s), the first at {min(late):.2f} s: they are never seen"
        )


def _clock(line: CaptionLine) -> str:
    minutes, seconds = divmod(line.start_s, 60)
    return f"{minutes:.0f}:{seconds:05.2f} {line.text[:24]!r}"


def _rounded(seconds: float) -> float:
    return round(seconds, 4)
