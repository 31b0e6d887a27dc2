"""Read lyrics in LRC: lines that begin with their times, and words that have times of their own."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from helios.errors import OptionError
from helios.model.captions import CaptionLine, CaptionWord

_STAMP = re.compile(r"\[(\d{1,5}):(\d{1,2}(?:[.:]\d{1,3})?)\]")
_INNER = re.compile(r"<(\d{1,5}):(\d{1,2}(?:[.:]\d{1,3})?)>")
_OFFSET = re.compile(r"^\s*\[offset:\s*(\S[^\]\n]*?)\s*\]", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(r"^\s*\[(ti|ar|al):\s*(\S[^\]\n]*?)\s*\]", re.IGNORECASE | re.MULTILINE)
_NAMES = {"ti": "title", "ar": "artist", "al": "album"}
LAST_LINE_S = 5.0
"""How long a line is seen that nothing follows."""


def lrc_lines(text: str) -> Iterator[CaptionLine]:
    """Lines that begin with times; ``<mm:ss.xx>`` before a word is the word's own.

    Raises:
        OptionError: they are to be moved by what is no number.
    """
    shift = _shift_s(text)
    timed: list[tuple[float, str]] = []
    for row in map(str.strip, text.splitlines()):
        stamps, place = [], 0
        while match := _STAMP.match(row, place):
            stamps.append(_seconds(match) + shift)
            place = match.end()
        timed += [(stamp, row[place:].strip()) for stamp in stamps]
    timed.sort(key=lambda each: each[0])
    times = [at for at, _ in timed]
    for start, said in timed:
        later = bisect_right(times, start)
        following = times[later] if later < len(times) else start + LAST_LINE_S
        words, end = _lrc_words(said, start, following, shift)
        if words and end > 0:
            yield CaptionLine(start_s=max(start, 0.0), end_s=end, words=words)


def _shift_s(text: str) -> float:
    """Seconds that all times are to be moved by; ``[offset:500]`` is half a second earlier."""
    offset = _OFFSET.search(text)
    if offset is None:
        return 0.0
    if not re.fullmatch(r"[+-]?\d{1,9}", offset[1]):
        raise OptionError(
            f"[offset:{offset[1]}] is no whole number of milliseconds",
            hint="Write [offset:500] for words that come half a second earlier, or leave it out.",
        )
    return -int(offset[1]) / 1000


def lrc_tags(text: str) -> dict[str, str]:
    """What lyrics say of their song: ``title``, ``artist`` and ``album``, as far as they do."""
    return {_NAMES[name.lower()]: said for name, said in _SAID.findall(text)}


def _lrc_words(
    said: str, start: float, following: float, shift: float
) -> tuple[tuple[CaptionWord, ...], float]:
    inner = list(_INNER.finditer(said))
    if not inner:
        whole = (CaptionWord(start_s=max(start, 0.0), end_s=following, text=said),)
        return (whole if said else ()), following
    parts = [(start, said[: inner[0].start()])]
    stops = [*(match.start() for match in inner[1:]), len(said)]
    before = parts[0][1]
    for match, stop in zip(inner, stops, strict=True):
        text = said[match.end() : stop]
        # A space on both sides of a time is one space.
        if not before.strip() or before[-1].isspace():
            text = text.lstrip()
        parts.append((_seconds(match) + shift, text))
        before += text
    end = parts[-1][0] if not parts[-1][1].strip() else following
    times = [at for at, _ in parts] + [end]
    words = [
        CaptionWord(start_s=max(at, 0.0), end_s=max(times[n + 1], at, 0.0), text=text)
        for n, (at, text) in enumerate(parts)
        if text.strip()
    ]
    return tuple(words), max(end, start)


def _seconds(match: re.Match[str]) -> float:
    return int(match[1]) * 60 + float(match[2].replace(":", "."))
