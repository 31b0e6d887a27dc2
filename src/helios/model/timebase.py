"""Time as the film counts it: rational frame rates, whole frames, whole samples.

Seconds are ``Fraction`` wherever a decision depends on them; a float never decides which
frame or sample something falls on.
"""

from __future__ import annotations

import math
import re
import reprlib
from fractions import Fraction

from helios.errors import OptionError

MAX_FPS = 1000
MAX_DURATION_S = 7 * 24 * 3600

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):([0-5]\d(?:\.\d{1,9})?)", re.ASCII)

# Decimal spellings of the NTSC family mean the exact rational: 29.97 is 30000/1001.
_NTSC = {Fraction(nominal * 1000, 1001) for nominal in (12, 15, 24, 30, 48, 60, 90, 120, 240)}


def parse_fps(value: object, name: str = "fps") -> Fraction:
    """Frames per second as an exact fraction.

    Accepts ``30``, ``"30"``, ``"30000/1001"``, ``29.97`` and any decimal; the decimal spellings
    of NTSC rates become the exact rate.

    Raises:
        OptionError: not a positive finite number, or above 1000.
    """
    fps = parse_number(value, name)
    if fps <= 0 or fps > MAX_FPS:
        raise OptionError(f"{name} must be above 0 and at most {MAX_FPS}, not {value}")
    for exact in _NTSC:
        if fps != exact and abs(fps - exact) < Fraction(1, 200):
            return exact
    return fps


def parse_seconds(value: object, name: str = "duration") -> Fraction:
    """A number of seconds, zero or more, as an exact fraction; ``"1:30"`` and ``"1:02:03.5"`` too.

    Raises:
        OptionError: negative, not finite or longer than a week.
    """
    clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock is not None:
        hours, minutes, rest = clock.groups()
        value = int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(rest)
    seconds = parse_number(value, name)
    if seconds < 0 or seconds > MAX_DURATION_S:
        raise OptionError(f"{name} must be between 0 and {MAX_DURATION_S} seconds, not {value}")
    return seconds


def parse_number(value: object, name: str) -> Fraction:
    """Any finite number, exactly: int, float (as its shortest decimal), "3/2", "1.5".

    Raises:
        OptionError: not a finite number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**64:
        return Fraction(value)
    text = repr(value) if isinstance(value, float) else value
    if not isinstance(text, str) or len(text.strip()) > 64 or "_" in text:
        raise OptionError(f"{name} must be a number, not {reprlib.repr(value)}")
    try:
        # Looked at before the number is made: 1e999999999 has a billion digits.
        exponent = int(text.lower().partition("e")[2] or 0)
        number = Fraction(text) if abs(exponent) <= 300 else None
    except (ValueError, ZeroDivisionError):
        number = None
    if number is None:
        raise OptionError(f"{name} must be a finite number, not {text!r}")
    return number


def frame_total(duration_s: Fraction, fps: Fraction) -> int:
    """Frames of a film: the last one may reach past ``duration_s``."""
    return math.ceil(duration_s * fps)


def frame_time(frame: int, fps: Fraction) -> Fraction:
    """When frame ``frame`` begins, in seconds."""
    return Fraction(frame) / fps


def sample_index(frame: int, fps: Fraction, sample_rate: int) -> int:
    """The sample at which frame ``frame`` begins, to the nearest whole sample."""
    return round(Fraction(frame) * sample_rate / fps)
